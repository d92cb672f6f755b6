"""ONNX files, made once out of safetensors and kept, so that later starts need no torch.

A kept file carries the weights' SHA-256 in its name, and a record beside it the file's own: one
that was damaged is made anew, never loaded.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import suppress
from glob import escape
from pathlib import Path

from grasp_detector.cache import cache_folder
from grasp_detector.errors import InputError
from grasp_detector.files import locked, write_whole
from grasp_detector.processes import run_module
from grasp_detector.weights_sums import sha256

_log = logging.getLogger(__name__)

# Part of the name of a kept file: raise it when the network's code changes what is exported.
_VERSION = 2
CALIBRATION = 3
"""The same of an int8 file."""
_MADE_UP = ".made-up"
_UNUSED = 90 * 86400.0  # seconds without use after which a file is removed when another is made


def onnx_file(weights: Path) -> Path:
    """The ONNX file of a weight file, exported now if it is not kept yet.

    The export runs in a process of its own: torch would stay in this one's memory for good.

    Raises:
        InputError: the weights cannot be read or exported, or the cache cannot be written.
    """
    kept = _kept(weights, ".onnx")
    if _is_whole(kept):
        with suppress(OSError):  # a cache that cannot be written
            kept.touch()
        return kept
    with locked(kept.with_suffix(".lock"), wait=True):
        if not _is_whole(kept):  # another process may have made it meanwhile
            # What an export that was killed had written; the lock says that nobody waits for it.
            _remove(kept.parent, f".{escape(kept.name)}.*")
            _log.warning("exporting %s to ONNX, once: this takes some seconds", weights.name)
            run_module("grasp_detector.detector.export", [str(weights), str(kept)])
            note_whole(kept)
            _remove_unused(kept.parent)
    return kept


def int8_file(weights: Path) -> Path:
    """The int8 ONNX file of a weight file: the user's, or else one of made-up pictures, made now.

    Raises:
        InputError: the weights cannot be read or calibrated, or the cache cannot be written.
    """
    for kept in (int8_path(weights), int8_path(weights, made_up=True)):
        if _is_whole(kept):
            with suppress(OSError):  # a cache that cannot be written
                kept.touch()
            return kept
    with locked(kept.with_suffix(".lock"), wait=True):
        if not _is_whole(kept):
            _remove(kept.parent, f".{escape(kept.name)}.*")  # of one that was killed
            onnx_file(weights)  # says that it is made, where it is
            _log.warning("calibrating %s to int8, once: this takes some seconds", weights.name)
            run_module("grasp_detector.detector.int8", [str(weights)])
    return kept


def int8_path(weights: Path, made_up: bool = False) -> Path:
    """Where the int8 file of a weight file is kept; raises InputError if it cannot be read.

    Args:
        weights: the weight file.
        made_up: the file that was calibrated with made-up pictures, not with the user's.
    """
    return _kept(weights, f".{CALIBRATION}{_MADE_UP if made_up else ''}.int8.onnx")


def forget(weights: Path) -> None:
    """Remove what is kept of a weight file that nobody will ask for again; its lock stays.

    Raises:
        InputError: the weights cannot be read, or the cache cannot be written.
    """
    lock = _kept(weights, ".lock")
    name = escape(lock.stem)
    # Another process may be at the export: what it has half written is its own until then.
    with locked(lock, wait=True):
        for pattern in (f"{name}.*.json", f"{name}.*onnx", f".{name}.*onnx.*"):
            _remove(lock.parent, pattern)


def note_whole(kept: Path) -> None:
    """Write the record by which a kept file is known to be whole."""
    write_whole(_record(kept), json.dumps({"sha256": sha256(kept)}) + "\n")


def _kept(weights: Path, suffix: str) -> Path:
    return cache_folder() / f"{weights.stem}-{sha256(weights)[:16]}-{_VERSION}{suffix}"


def _is_whole(kept: Path) -> bool:
    """Whether a kept file is there and is what was written."""
    try:
        return bool(json.loads(_record(kept).read_bytes())["sha256"] == sha256(kept))
    except (OSError, InputError, ValueError, KeyError, TypeError):
        return False


def _record(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def _remove_unused(folder: Path) -> None:
    """Remove exports that nobody has used for long; what users calibrated stays."""
    for path in folder.glob("*.onnx"):
        with suppress(OSError):  # another process has removed it
            users = ".int8" in path.suffixes and _MADE_UP not in path.suffixes
            if not users and path.stat().st_mtime < time.time() - _UNUSED:
                path.unlink()
                _record(path).unlink(missing_ok=True)


def _remove(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        path.unlink(missing_ok=True)
