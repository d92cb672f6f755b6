"""ONNX Runtime, imported so that it keeps to its work."""

from __future__ import annotations

import importlib
import os
from types import ModuleType


def onnx_runtime() -> ModuleType:
    """The module ``onnxruntime``; as it comes, importing it notes events in the user's cache."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    return importlib.import_module("onnxruntime")
