"""The inference runtimes, imported so that they keep to their work."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from grasp_detector.errors import InputError
from grasp_detector.hardware import cores

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
    """The module ``openvino``; as it comes, importing it tells its makers, who ask nobody.

    That is done in a thread and in a copy of the process, with all its sockets and shared memory:
    not in a robot.

    Raises:
        InputError: it is not installed.
    """
    with _hidden("openvino_telemetry"):
        return _imported("openvino")


def py_torch() -> ModuleType:
    """The module ``torch``.

    Raises:
        InputError: it is not installed, or libraries that it needs are not.
    """
    return _imported("torch")


def open_vino_core() -> Any:
    """OpenVINO's core: one for the process, for as long as it lives.

    Each core's CPU plugin gives the thread that made it another stack for signals, and takes it
    away in the end, even one that a later core goes back to: of two, the next signal (Ctrl-C, a
    child that ended) then found no stack, and killed the process.

    Raises:
        InputError: it is not installed.
    """
    return _only_core(open_vino())


def default_threads() -> int:
    """Threads of a CPU engine: the cores that this process may use, at most four."""
    return min(cores(), _MOST_THREADS)


@cache
def _only_core(openvino: ModuleType) -> Any:
    return openvino.Core()


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Within, the module cannot be imported, as if it were not installed."""
    there = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]  # so the language has it
    try:
        yield
    finally:
        sys.modules.pop(name, None)
        if there is not None:
            sys.modules[name] = there


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # OSError: a library of CUDA that torch loads itself
        raise InputError(f"{name} cannot be imported ({error}): pip install {name}") from error
