"""ONNX files, made once out of safetensors and kept, so that later starts need no torch.

A kept file carries the weights' SHA-256 in its name, and a record beside it the file's own: one
that was damaged is made anew, never loaded.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from grasp_detector.cache import cache_folder
from grasp_detector.errors import InputError
from grasp_detector.files import locked, write_whole

_log = logging.getLogger(__name__)

# Part of the name of a kept file: raise it when the network's code changes what is exported.
_VERSION = 2


def onnx_file(weights: Path) -> Path:
    """The ONNX file of a weight file, exported now if it is not kept yet.

    The export runs in a process of its own: torch would stay in this one's memory for good.

    Raises:
        InputError: the weights cannot be read or exported, or the cache cannot be written.
    """
    kept = _kept(weights, ".onnx")
    if _is_whole(kept):
        return kept
    with locked(kept.with_suffix(".lock"), wait=True):
        if not _is_whole(kept):  # another process may have made it meanwhile
            _log.warning("exporting %s to ONNX, once: this takes some seconds", weights.name)
            run_module("grasp_detector.detector.export", [str(weights), str(kept)])
            note_whole(kept)
    return kept


def int8_file(weights: Path) -> Path:
    """The int8 ONNX file of a weight file.

    Raises:
        InputError: the weights cannot be read, or were not calibrated on this machine.
    """
    kept = int8_path(weights)
    if not _is_whole(kept):
        raise InputError(
            f"engine 'openvino-int8': {weights.name} is not calibrated yet: "
            "grasp-detector calibrate FOLDER"
        )
    return kept


def int8_path(weights: Path) -> Path:
    """Where the int8 file of a weight file is kept; raises InputError if it cannot be read."""
    return _kept(weights, ".int8.onnx")


def forget(weights: Path) -> None:
    """Remove what is kept of a weight file that nobody will ask for again."""
    kept = _kept(weights, "")
    for path in kept.parent.glob(f"{kept.name}.*"):
        path.unlink(missing_ok=True)


def note_whole(kept: Path) -> None:
    """Write the record by which a kept file is known to be whole."""
    write_whole(_record(kept), json.dumps({"sha256": _digest(kept)}) + "\n")


def run_module(module: str, arguments: list[str]) -> str:
    """Run a module of ours in a process of its own and return what it printed.

    Raises:
        InputError: it failed; with the last line that it said.
    """
    package = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH")) if p)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": search},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        # Ctrl-C is for whoever waits: this is soon done, and then done for good.
        start_new_session=True,
    )
    name = module.rpartition(".")[2]
    if done.returncode < 0:
        raise InputError(f"{name} of {arguments[0]!r} was ended by signal {-done.returncode}")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{name} of {arguments[0]!r} failed: {last}")
    return done.stdout


def _kept(weights: Path, suffix: str) -> Path:
    return cache_folder() / f"{weights.stem}-{_digest(weights)[:16]}-{_VERSION}{suffix}"


def _is_whole(kept: Path) -> bool:
    """Whether a kept file is there and is what was written."""
    try:
        return bool(json.loads(_record(kept).read_bytes())["sha256"] == _digest(kept))
    except (OSError, InputError, ValueError, KeyError, TypeError):
        return False


def _record(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
