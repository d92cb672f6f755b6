"""Outputs, looked at before the work: what cannot be written then has cost nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from grasp_detector.errors import InputError
from grasp_detector.files import check_replaceable


def check_file(path: Path | None, inputs: Iterable[Path] = ()) -> None:
    """See that a file can be written here, and that none is lost that is read.

    Args:
        path: that is to be written; None = nothing is.
        inputs: files that are read, by whatever names.

    Raises:
        InputError: it is a folder, a device, a pipe or one of the inputs, or its folder cannot be
            written.
    """
    if path is None:
        return
    try:
        check_replaceable(path)
        if path.exists() and any(each.exists() and path.samefile(each) for each in inputs):
            raise InputError(f"{str(path)!r} is read, and would be replaced: choose another output")
        _check_place(path, path.parent)
    except OSError as error:  # a name that is too long, a folder that nobody may look into
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def check_folder(path: Path | None) -> None:
    """See that files can be written into this folder, which need not be there yet.

    Args:
        path: of the folder; None = nothing is written.

    Raises:
        InputError: it is no folder, or cannot be written.
    """
    if path is None:
        return
    try:
        _check_place(path, path)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def _check_place(path: Path, folder: Path) -> None:
    """Raise InputError unless there is, or can be made, a folder that can be written."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        raise InputError(f"{str(path)!r} cannot be written: {str(there)!r} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"{str(path)!r} cannot be written: no permission in {str(there)!r}")
