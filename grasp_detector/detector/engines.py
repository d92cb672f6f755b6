"""What computes the network, behind one small interface, and which of them is taken."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.choice import choose, fastest
from grasp_detector.detector.runtime import py_torch
from grasp_detector.errors import InputError

_log = logging.getLogger(__name__)

CPU_ENGINES = ("onnx", "openvino", "openvino-bf16", "openvino-int8", "torch")
CUDA_ENGINES = ("torch", "onnx", "tensorrt")
ENGINES = ("auto", *dict.fromkeys(CPU_ENGINES + CUDA_ENGINES))
DEVICES = ("auto", "cpu", "cuda")


class Engine(Protocol):
    """A network ready to run; threads may share it, and may wait for each other then."""

    name: str
    device: str

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(B, 3, S, S)``, S = `ModelSpec.side`, less the mean, to the grid ``(B, 7 + K, N, N)``.

        The result is the caller's own: the next call does not change it.
        """


def make_engine(
    weights: Path, engine: str = "auto", device: str = "auto", threads: int | None = None
) -> Engine:
    """The engine asked for.

    "auto" is torch where there is CUDA; elsewhere ONNX Runtime or OpenVINO, whichever is faster
    here (`choice.fastest`), and torch where neither can be had.

    Args:
        weights: a weight file.
        engine: one of `ENGINES`.
        device: one of `DEVICES`.
        threads: of the CPU engines but torch; None = as many as suit one picture.

    Raises:
        InputError: unknown or unavailable engine or device, or weights that cannot be used.
    """
    for name, value, known in (("engine", engine, ENGINES), ("device", device, DEVICES)):
        if value not in known:
            raise InputError(f"unknown {name} {value!r}: choose one of {', '.join(known)}")
    if device == "auto":
        device = "cuda" if engine == "tensorrt" or _prefers_cuda(engine) else "cpu"
    if engine == "auto":
        if device == "cuda":
            return _make("torch", weights, device, threads)
        return _automatic(weights, threads)
    able = CUDA_ENGINES if device == "cuda" else CPU_ENGINES
    if engine not in able:
        raise InputError(
            f"engine {engine!r} does not run on {device!r}: choose one of {', '.join(able)}"
        )
    return _make(engine, weights, device, threads)


def _automatic(weights: Path, threads: int | None) -> Engine:
    """The fastest CPU engine; where that cannot be told ONNX Runtime, and at last torch."""
    try:
        name, times = fastest(weights)
        if times:
            said = ", ".join(f"{each} {1e3 * time:.1f} ms" for each, time in times.items())
            _log.info("engine %s is the fastest here: %s of one core", name, said)
        while len(times) > 1:
            try:
                return _make(name, weights, "cpu", threads)
            except InputError as error:  # int8 has to be made anew, and cannot be
                _log.warning("another engine takes the place of %s: %s", name, error)
                times = {each: time for each, time in times.items() if each != name}
                name = choose(times)
        return _make(name, weights, "cpu", threads)
    except InputError as error:
        # A cache that cannot be written, say. Torch needs none; if it is the weights that are
        # broken, it will say so.
        _log.warning("torch, which is slower, takes the place of other engines: %s", error)
        return _make("torch", weights, "cpu", threads)


def _make(engine: str, weights: Path, device: str, threads: int | None) -> Engine:
    """Only the runtime that is asked for is imported."""
    if engine == "torch":
        from grasp_detector.detector.torch_engine import CudaEngine, TorchEngine

        return CudaEngine(weights) if device == "cuda" else TorchEngine(weights)
    if engine in ("onnx", "tensorrt"):
        from grasp_detector.detector.onnx_engine import OnnxEngine

        return OnnxEngine(weights, device, engine == "tensorrt", threads)
    from grasp_detector.detector.openvino_engine import OpenVinoEngine

    return OpenVinoEngine(weights, engine.partition("-")[2] or "f32", threads)


def _prefers_cuda(engine: str) -> bool:
    """Whether an engine goes to CUDA by itself: torch, where there is any.

    torch is asked only where there is NVIDIA's driver: importing it takes seconds.
    """
    if engine not in ("auto", "torch"):
        return False
    if not any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/nvmap")):
        return False
    try:
        return bool(py_torch().cuda.is_available())
    except InputError:
        return False
