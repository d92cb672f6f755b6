"""What computes the network: ONNX Runtime on a CPU, torch anywhere."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.onnx_cache import onnx_file
from grasp_detector.detector.runtime import onnx_runtime
from grasp_detector.errors import InputError

_log = logging.getLogger(__name__)

ENGINES = ("auto", "onnx", "torch")
DEVICES = ("auto", "cpu", "cuda")


class Engine(Protocol):
    """A network ready to run."""

    name: str
    device: str

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(B, 3, 224, 224)`` with the mean subtracted to the raw grid ``(B, 7 + K, N, N)``."""


class OnnxEngine:
    """ONNX Runtime on the CPU; torch is not imported."""

    name, device = "onnx", "cpu"

    def __init__(self, weights: Path) -> None:
        onnxruntime = onnx_runtime()
        options = onnxruntime.SessionOptions()
        # Threads that spin while they wait lose all when another process wants the core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(onnx_file(weights)), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine`."""
        grid: NDArray[np.float32] = self._session.run(None, {self._input: pictures})[0]
        return grid


class TorchEngine:
    """torch, eager, on the CPU or on CUDA."""

    name = "torch"

    def __init__(self, weights: Path, device: str) -> None:
        import torch

        from grasp_detector.model.weights import load_network

        if device == "cuda" and not torch.cuda.is_available():
            raise InputError("device 'cuda': torch finds no CUDA device here; use 'cpu' or 'auto'")
        self.device = device
        self._torch = torch
        network, _ = load_network(weights)
        self._network = network.to(device)

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine`."""
        with self._torch.inference_mode():
            raw = self._network(self._torch.from_numpy(pictures).to(self.device))
        grid: NDArray[np.float32] = raw.cpu().numpy()
        return grid


def make_engine(weights: Path, engine: str = "auto", device: str = "auto") -> Engine:
    """The engine asked for; "auto" is torch where there is CUDA and ONNX Runtime elsewhere.

    Raises:
        InputError: unknown or unavailable engine or device, or weights that cannot be used.
    """
    for name, value, known in (("engine", engine, ENGINES), ("device", device, DEVICES)):
        if value not in known:
            raise InputError(f"unknown {name} {value!r}: choose one of {', '.join(known)}")
    if engine == "onnx" and device == "cuda":
        raise InputError("engine 'onnx' runs on the CPU: use engine 'torch' for device 'cuda'")
    if device == "auto":
        device = "cuda" if engine != "onnx" and _has_cuda() else "cpu"
    if engine == "auto" and device == "cpu" and find_spec("onnxruntime") is not None:
        try:
            return OnnxEngine(weights)
        except InputError as error:
            # A cache that cannot be written, say. Torch needs none; if it is the weights that are
            # broken, it will say so.
            _log.warning("torch, which is slower, takes the place of ONNX Runtime: %s", error)
    return OnnxEngine(weights) if engine == "onnx" else TorchEngine(weights, device)


def _has_cuda() -> bool:
    """Whether torch has a CUDA device; torch is asked only where there is NVIDIA's driver."""
    if not any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/nvmap")):
        return False
    import torch

    return torch.cuda.is_available()
