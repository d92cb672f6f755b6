"""Where files are kept that can be made again."""

from __future__ import annotations

import os
from pathlib import Path

from grasp_detector.errors import InputError


def cache_folder() -> Path:
    """The package's part of the user's cache; it may not exist yet.

    Raises:
        InputError: the user has no home, as in some containers and services.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # unset, or one that XDG's specification wants to be ignored
        try:
            base = Path.home() / ".cache"
        except RuntimeError as error:
            raise InputError("there is no home folder: set HOME or XDG_CACHE_HOME") from error
    return base / "grasp_detector"
