"""Where the shipped weights lie: in a checkout, a pip or a colcon installation alike."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterator
from pathlib import Path

from grasp_detector.errors import InputError

DEFAULT_NAME = "multigrasp.safetensors"


def default_weights() -> Path:
    """Path of the default weights.

    ``$GRASP_DETECTOR_WEIGHTS`` comes first, then the source checkout, the ament prefixes, Python's
    own prefix and the user's.

    Raises:
        InputError: no such file in any of these places.
    """
    named = os.environ.get("GRASP_DETECTOR_WEIGHTS")
    if named:
        if not Path(named).is_file():
            raise InputError(f"GRASP_DETECTOR_WEIGHTS names {named!r}, which is not a file")
        return Path(named)
    for folder in _folders():
        path = folder / DEFAULT_NAME
        if path.is_file():
            return path
    looked = ", ".join(str(folder) for folder in _folders())
    raise InputError(f"no weights {DEFAULT_NAME} found in {looked}; name a file with weights=")


def _folders() -> Iterator[Path]:
    yield Path(__file__).resolve().parent.parent / "weights"
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            yield Path(prefix) / "share" / "grasp_detector" / "weights"
    for base in (sys.prefix, site.getuserbase()):
        yield Path(base) / "share" / "grasp_detector" / "weights"
