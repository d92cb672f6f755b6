"""ONNX files, made once out of safetensors and kept, so that later starts need no torch."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path

from grasp_detector.cache import cache_folder
from grasp_detector.errors import InputError

_log = logging.getLogger(__name__)

# Part of the name of a kept file: raise it when the network's code changes what is exported.
_VERSION = 1


def onnx_file(weights: Path) -> Path:
    """The ONNX file of a weight file, exported now if it is not kept yet.

    The export runs in a process of its own: torch would stay in this one's memory for good.

    Raises:
        InputError: the weights cannot be exported, or the cache cannot be written.
    """
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    kept = cache_folder() / f"{weights.stem}-{digest}-{_VERSION}.onnx"
    if kept.is_file():
        return kept
    _log.warning("exporting %s to ONNX, once: this takes some seconds", weights.name)
    package = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH")) if p)
    done = subprocess.run(
        [sys.executable, "-m", "grasp_detector.detector.export", str(weights), str(kept)],
        env={**os.environ, "PYTHONPATH": search},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        # Ctrl-C is for whoever waits: the export is soon done, and then done for good.
        start_new_session=True,
    )
    if done.returncode < 0:
        raise InputError(f"the export to ONNX was ended by signal {-done.returncode}")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"weights {str(weights)!r} could not be exported to ONNX: {last}")
    return kept
