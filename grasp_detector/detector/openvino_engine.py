"""OpenVINO on the CPU: float32, bfloat16 where the processor computes in it, or int8."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.onnx_cache import int8_file, onnx_file
from grasp_detector.detector.runtime import default_threads, open_vino_core
from grasp_detector.errors import InputError


class OpenVinoEngine:
    """A network in OpenVINO; torch is not imported.

    Args:
        weights: a weight file.
        precision: "f32", "bf16" or "int8".
        threads: None = `default_threads`.

    Raises:
        InputError: OpenVINO or the precision is not there, or weights that cannot be exported or
            (int8) calibrated.
    """

    device = "cpu"

    def __init__(self, weights: Path, precision: str = "f32", threads: int | None = None) -> None:
        self.name = "openvino" if precision == "f32" else f"openvino-{precision}"
        core = open_vino_core()
        abilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "bf16" and "BF16" not in abilities:  # AVX-512 BF16 or AMX
            raise InputError(
                f"engine {self.name!r}: this processor does not compute in bfloat16: use 'openvino'"
            )
        path = int8_file(weights) if precision == "int8" else onnx_file(weights)
        compiled = core.compile_model(
            core.read_model(str(path)),
            "CPU",
            settings("bf16" if precision == "bf16" else "f32", threads),
        )
        self._request = compiled.create_infer_request()
        self._lock = Lock()  # a request that is busy refuses another picture

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine`."""
        with self._lock:
            grid: NDArray[np.float32] = self._request.infer([pictures], share_inputs=True)[0]
        return grid


def settings(precision: str, threads: int | None = None) -> dict[str, object]:
    """How OpenVINO is to run on the CPU: one picture at a time, beside others.

    Args:
        precision: "f32" or "bf16".
        threads: None = `default_threads`.
    """
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads or default_threads(),
        # Pinned to a core, a thread waits for whoever else is there, and all wait for it.
        "ENABLE_CPU_PINNING": False,
        # By itself OpenVINO takes bfloat16 where it can: what is called float32 is float32.
        "INFERENCE_PRECISION_HINT": precision,
    }
