"""torch: eager float32 on the CPU; half precision in a CUDA graph on NVIDIA's GPUs."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.runtime import py_torch
from grasp_detector.errors import InputError

if TYPE_CHECKING:
    from torch import nn


class TorchEngine:
    """A network in torch, eager, on the CPU.

    Raises:
        InputError: torch is not installed, or weights that cannot be loaded.
    """

    name, device = "torch", "cpu"

    def __init__(self, weights: Path) -> None:
        torch = py_torch()
        from grasp_detector.model.weights import load_network

        self._inference = torch.inference_mode
        self._from_numpy = torch.from_numpy
        self._network, _ = load_network(weights)

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine`."""
        with self._inference():
            grid: NDArray[np.float32] = self._network(self._from_numpy(pictures)).numpy()
        return grid


class CudaEngine:
    """A network in torch on a GPU: half precision, channels last, replayed as a CUDA graph.

    At one picture a time a hundred small kernels take longer to be started one by one than to run;
    a graph starts them all at once. The graph is of one batch size, and made anew for another.

    Raises:
        InputError: torch is not installed, it finds no CUDA device, or weights that cannot be
            loaded.
    """

    name, device = "torch", "cuda"

    def __init__(self, weights: Path) -> None:
        torch = py_torch()
        from grasp_detector.model.weights import load_network

        if not torch.cuda.is_available():
            raise InputError("device 'cuda': torch finds no CUDA device here; use 'cpu' or 'auto'")
        network, _ = load_network(weights)
        # Bytes minus 144 are whole numbers below 2048: half precision holds the input exactly.
        network = network.half().cuda()
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network = network
        self._captured: _Captured | None = None
        self._lock = Lock()  # the graph has one input and one output

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine`."""
        with self._lock:
            if self._captured is None or self._captured.shape != pictures.shape:
                self._captured = _Captured(self._network, pictures.shape)
            return self._captured(pictures)


class _Captured:
    """A network as a CUDA graph, for one shape of input."""

    def __init__(self, network: nn.Module, shape: tuple[int, ...]) -> None:
        import torch

        self.shape = shape
        self._from_numpy = torch.from_numpy
        # What the GPU copies from and to must stay where it is: pinned.
        self._sent = torch.empty(shape, dtype=torch.float16, pin_memory=True)
        self._input = torch.zeros(shape, dtype=torch.float16, device="cuda").contiguous(
            memory_format=torch.channels_last
        )
        self._stream = torch.cuda.Stream()
        with torch.inference_mode():
            # Warmed up first, as capturing asks: libraries choose their kernels and take memory.
            self._stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self._stream):
                for _ in range(3):
                    network(self._input)
            self._stream.synchronize()
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph, stream=self._stream):
                self._output = network(self._input).float()
        self._received = torch.empty(self._output.shape, dtype=torch.float32, pin_memory=True)
        self._on_stream = torch.cuda.stream

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        self._sent.copy_(self._from_numpy(pictures))
        with self._on_stream(self._stream):
            self._input.copy_(self._sent, non_blocking=True)
            self._graph.replay()
            self._received.copy_(self._output, non_blocking=True)
        self._stream.synchronize()
        # A copy: the next call writes over what was received.
        grid: NDArray[np.float32] = self._received.numpy().copy()
        return grid
