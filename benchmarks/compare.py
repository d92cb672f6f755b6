"""One frame's stages in two checkouts, in turns: what a change has brought.

    tools/with_ros python benchmarks/compare.py OLD NEW --json docs/performance/before_after.json

OLD and NEW are folders that hold grasp_detector, such as `git worktree add OLD COMMIT` makes. Each
runs as it comes: with its own default weights, in the engine that it takes by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from grasp_detector.bench.machine import about
from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB
from grasp_detector.bench.spread import Spread
from grasp_detector.files import write_whole

# Knows nothing but the interface that both have.
_FRAMES = """
import json, sys, time
import numpy as np
from grasp_detector.detector import GraspDetector, Intrinsics
scene = np.load(sys.argv[1])
rgb, depth, camera = scene["rgb"], scene["depth"], Intrinsics(*scene["camera"].tolist())
detector = GraspDetector(device="cpu")
taken = []
for index in range(60):
    start = time.perf_counter()
    detector.detect(rgb, depth, intrinsics=camera)
    whole = time.perf_counter() - start
    if index >= 20:
        taken.append({**detector.timings, "whole": whole})
print(json.dumps({"engine": detector.engine, "taken": taken}))
"""


def main() -> None:
    """Measure both in turns and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--names", nargs=2, default=["before", "after"], help="of the two")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in options.names}
    engines = {}
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "scene.npz"
        camera = [INTRINSICS.fx, INTRINSICS.fy, INTRINSICS.cx, INTRINSICS.cy]
        np.savez(scene, rgb=RGB, depth=DEPTH, camera=np.array(camera))
        for _ in range(options.rounds):
            for name, tree in zip(options.names, (options.old, options.new), strict=True):
                said = _run(tree.resolve(), [str(scene)])
                engines[name] = said["engine"]
                found[name] += said["taken"]
    rows = {
        name: {
            "engine": engines[name],
            "stages": {
                stage: Spread.of([each[stage] for each in taken]).to_list() for stage in taken[0]
            },
        }
        for name, taken in found.items()
    }
    write_whole(options.json, json.dumps({"machine": about(), "rows": rows}, indent=1) + "\n")


def _run(tree: Path, arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _FRAMES, *arguments],
        env={**os.environ, "PYTHONPATH": str(tree)},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


if __name__ == "__main__":
    main()
