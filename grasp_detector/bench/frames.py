"""Whole frames, 640x480 with depth and camera; each engine in a process of its own, as in a node.

Two runtimes in one process would wait for each other's threads.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB
from grasp_detector.bench.spread import Spread
from grasp_detector.detector import GraspDetector
from grasp_detector.processes import run_module

STAGES = ("fuse", "infer", "decode")
# So many frames, the first of which do not count; fewer where they take longer than that.
_WARM_UP, _FRAMES, _LEAST, _SECONDS = 15, 60, 5, 4.0


def frame_rows(weights: Path, engines: Sequence[str], rounds: int) -> list[dict[str, Any]]:
    """`GraspDetector.detect`, whole and stage by stage, for each engine; processes in turns."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name in engines:
            found[name] += json.loads(
                run_module("grasp_detector.bench.frames", [str(weights), name])
            )
    return [
        {
            "engine": name,
            "seconds": Spread.of([each["whole"] for each in frames]).to_list(),
            "p99": float(np.quantile([each["whole"] for each in frames], 0.99)),
            "stages": {
                stage: Spread.of([each[stage] for each in frames]).to_list() for stage in STAGES
            },
        }
        for name, frames in found.items()
    ]


def time_frames(weights: Path, engine: str) -> list[dict[str, float]]:
    """Seconds of each stage, and whole, of frames one after the other."""
    detector = GraspDetector(weights, "cpu", engine)
    taken: list[dict[str, float]] = []
    began = perf_counter()
    while len(taken) < _WARM_UP + _FRAMES:
        start = perf_counter()
        if len(taken) >= _WARM_UP + _LEAST and start - began > _SECONDS:
            break
        detector.detect(RGB, DEPTH, intrinsics=INTRINSICS)
        taken.append({"whole": perf_counter() - start, **detector.timings})
    return taken[_WARM_UP:]


if __name__ == "__main__":
    print(json.dumps(time_frames(Path(sys.argv[1]), sys.argv[2])))
