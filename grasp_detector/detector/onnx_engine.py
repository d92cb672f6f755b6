"""ONNX Runtime: on the CPU, and on NVIDIA's GPUs by its CUDA and TensorRT providers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grasp_detector.cache import cache_folder
from grasp_detector.detector.onnx_cache import onnx_file
from grasp_detector.detector.runtime import default_threads, onnx_runtime
from grasp_detector.errors import InputError


class OnnxEngine:
    """A network in ONNX Runtime; torch is not imported.

    Args:
        weights: a weight file.
        device: "cpu" or "cuda".
        tensorrt: by TensorRT, in half precision, instead of by CUDA.
        threads: on the CPU; None = `default_threads`.

    Raises:
        InputError: weights that cannot be exported, or a provider that is not there.
    """

    def __init__(
        self,
        weights: Path,
        device: str = "cpu",
        tensorrt: bool = False,
        threads: int | None = None,
    ) -> None:
        self.name, self.device = "tensorrt" if tensorrt else "onnx", device
        onnxruntime = onnx_runtime()
        providers = _providers(device, tensorrt)
        wanted = _name(providers[0])
        there = onnxruntime.get_available_providers()
        if wanted not in there:
            raise InputError(
                f"engine {self.name!r} on {device!r} needs {wanted}, which this onnxruntime lacks: "
                "pip install onnxruntime-gpu"
            )
        self._session = onnxruntime.InferenceSession(
            str(onnx_file(weights)), session_options(threads), providers=providers
        )
        # A provider whose libraries are missing is passed over with nothing but a line in the log.
        if wanted not in self._session.get_providers():
            raise InputError(
                f"engine {self.name!r} on {device!r}: {wanted} does not start here; its libraries "
                "(CUDA, cuDNN, TensorRT) must fit this onnxruntime"
            )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine`."""
        grid: NDArray[np.float32] = self._session.run(None, {self._input: pictures})[0]
        return grid


def session_options(threads: int | None = None) -> Any:
    """How ONNX Runtime is to run beside others; threads: None = `default_threads`."""
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = threads or default_threads()
    # Threads that spin while they wait lose all when another process wants the core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _providers(device: str, tensorrt: bool) -> list[str | tuple[str, dict[str, Any]]]:
    """The provider wanted, then those that take over what it cannot do."""
    if device == "cpu":
        return ["CPUExecutionProvider"]
    # Float32 without TensorFloat-32: what is called float32 here is float32.
    cuda = ("CUDAExecutionProvider", {"use_tf32": "0"})
    if not tensorrt:
        return [cuda, "CPUExecutionProvider"]
    kept = cache_folder() / "tensorrt"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{str(kept)!r} cannot be written: {error.strerror}") from error
    options = {
        "trt_fp16_enable": True,
        "trt_engine_cache_enable": True,  # building takes minutes
        "trt_engine_cache_path": str(kept),
    }
    return [("TensorrtExecutionProvider", options), cuda, "CPUExecutionProvider"]


def _name(provider: str | tuple[str, dict[str, Any]]) -> str:
    return provider if isinstance(provider, str) else provider[0]
