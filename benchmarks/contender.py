"""One detector in one engine, in a process of its own that is told when its turn is.

    python -m benchmarks.contender NAME ENGINE [ONNX]

Each line of the standard input is a number of calls; each line of the output, their times in JSON.
Two runtimes in one process would wait for each other's threads.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.dense_ways import PUBLISHED, Array, Published, decode
from grasp_detector.bench.others import STAGES
from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB
from grasp_detector.detector.onnx_engine import session_options
from grasp_detector.detector.openvino_engine import settings
from grasp_detector.detector.runtime import onnx_runtime, open_vino_core

OURS, POSES = "ours", "ours, with poses"


@dataclass(frozen=True)
class Contender:
    """What is timed.

    Attributes:
        frame: from a pair to grasps; the seconds of each of `STAGES`.
        network: the network alone.
    """

    frame: Callable[[], Sequence[float]]
    network: Callable[[], object]


def make_contender(name: str, engine: str, onnx: Path | None = None) -> Contender:
    """A contender: `OURS`, `POSES`, or one of `PUBLISHED` in "torch" or from an ONNX file."""
    if name in PUBLISHED:
        return theirs(PUBLISHED[name], engine, onnx)
    return ours(engine, poses=name == POSES)


def ours(engine: str, poses: bool = False) -> Contender:
    """`GraspDetector.detect` with its default weights, at most ten grasps."""
    from grasp_detector.detector import GraspDetector
    from grasp_detector.detector.engines import make_engine
    from grasp_detector.rgbd import central_crop, fuse, to_network
    from grasp_detector.weights_path import default_weights

    detector = GraspDetector(device="cpu", engine=engine)
    network = make_engine(default_weights(), engine, "cpu")
    fused = fuse(RGB, DEPTH, central_crop(*RGB.shape[:2]).to_network)
    picture = to_network(fused, detector.info.spec.side)[None]

    def frame() -> Sequence[float]:
        detector.detect(RGB, DEPTH, intrinsics=INTRINSICS if poses else None)
        return [detector.timings[stage] for stage in ("fuse", "infer", "decode")]

    return Contender(frame, lambda: network(picture))


def theirs(published: Published, engine: str, onnx: Path | None) -> Contender:
    """A published detector; its network in torch, eager, or from an ONNX file."""
    network = in_torch(published) if onnx is None else from_onnx(onnx, engine)
    picture = published.prepare(RGB, DEPTH)

    def frame() -> Sequence[float]:
        start = perf_counter()
        seen = published.prepare(RGB, DEPTH)
        prepared = perf_counter()
        maps = network(seen)
        answered = perf_counter()
        decode(maps, published.crop, *RGB.shape[:2])
        return prepared - start, answered - prepared, perf_counter() - answered

    return Contender(frame, lambda: network(picture))


def in_torch(published: Published) -> Callable[[Array], Sequence[Array]]:
    """The untrained network, eager, torch's own number of threads."""
    import torch

    torch.manual_seed(0)
    network = published.build()

    def run(pictures: Array) -> Sequence[Array]:
        with torch.inference_mode():
            return [each.numpy() for each in network(torch.from_numpy(pictures))]

    return run


def from_onnx(path: Path, engine: str) -> Callable[[Array], Sequence[Array]]:
    """A network in ONNX Runtime or OpenVINO, with the settings that ours has there."""
    if engine == "onnx":
        session = onnx_runtime().InferenceSession(str(path), session_options())
        name = session.get_inputs()[0].name
        return lambda pictures: session.run(None, {name: pictures})
    chosen = settings("bf16" if engine.endswith("bf16") else "f32")
    core = open_vino_core()
    request = core.compile_model(core.read_model(path), "CPU", chosen).create_infer_request()

    def run(pictures: Array) -> Sequence[Array]:
        return list(request.infer([pictures], share_inputs=True).values())

    return run


def turn(contender: Contender, calls: int) -> dict[str, Any]:
    """Seconds of so many frames and of the network alone; one more call of each does not count."""
    frames, alone = [], []
    for _ in range(calls + 1):
        start = perf_counter()
        stages = contender.frame()
        frames.append([perf_counter() - start, *stages])
    for _ in range(calls + 1):
        start = perf_counter()
        contender.network()
        alone.append(perf_counter() - start)
    columns = np.array(frames[1:]).T.tolist()
    return {**dict(zip(("whole", *STAGES), columns, strict=True)), "alone": alone[1:]}


def main() -> None:
    """Answer until the input ends."""
    name, engine, *onnx = sys.argv[1:]
    contender = make_contender(name, engine, Path(onnx[0]) if onnx else None)
    for line in sys.stdin:
        print(json.dumps(turn(contender, int(line))), flush=True)


if __name__ == "__main__":
    main()
