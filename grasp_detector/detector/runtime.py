"""The inference runtimes, imported so that they keep to their work."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from grasp_detector.errors import InputError

# Beyond so many, the threads of one small network wait for each other more than they compute, and
# a robot has other work for its cores.
_MOST_THREADS = 4


def onnx_runtime() -> ModuleType:
    """The module ``onnxruntime``; as it comes, importing it notes events in the user's cache.

    Raises:
        InputError: it is not installed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    return _imported("onnxruntime")


def open_vino() -> ModuleType:
    """The module ``openvino``.

    Raises:
        InputError: it is not installed.
    """
    return _imported("openvino")


def default_threads() -> int:
    """Threads of a CPU engine: the cores that this process may use, at most four."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux
    cores = len(allowed(0)) if allowed else os.cpu_count() or 1
    return min(cores, _MOST_THREADS)


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"{name} cannot be imported ({error}): pip install {name}") from error
