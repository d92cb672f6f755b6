"""The Cornell Grasping Dataset in its original layout, complete or a part of it.

``NN/pcdNNNNr.png`` (or ``.jpg``) is the picture, ``NN/pcdNNNNcpos.txt`` its positive rectangles,
``NN/pcdNNNNd.tiff`` its depth where there is any, and ``z.txt`` says which object it shows.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.categories import UNKNOWN
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError
from grasp_detector.geometry import corners_to_grasp

_log = logging.getLogger(__name__)
_PICTURE = re.compile(r"pcd(\d{4})r\.(png|jpg|jpeg)")


def read_cornell(folder: Path) -> list[Sample]:
    """All labelled pictures of a Cornell folder, by name.

    Rectangles with ``NaN`` are dropped whole and counted in the log; a picture without any
    positive rectangle is left out, since the metric cannot judge it.

    Raises:
        InputError: no such folder, no picture in it, or a label file that is not one.
    """
    if not folder.is_dir():
        raise InputError(f"data {str(folder)!r} is not a folder")
    objects = _read_objects(folder / "z.txt")
    samples, dropped, unlabelled, unknown = [], 0, 0, 0
    # Of a picture that is there as PNG and as JPEG the former, which sorts last, is kept.
    pictures = {
        found[1]: path
        for path in sorted(folder.glob("*/pcd*"))
        if (found := _PICTURE.fullmatch(path.name))
    }
    for name, path in pictures.items():
        labels = path.with_name(f"pcd{name}cpos.txt")
        if not labels.is_file():
            unlabelled += 1
            continue
        grasps, bad = read_rectangles(labels)
        dropped += bad
        if not len(grasps):
            unlabelled += 1
            continue
        if name not in objects:
            unknown += 1
        object_id, object_name = objects.get(name, ("", ""))
        depth = path.with_name(f"pcd{name}d.tiff")
        depth_path = depth if depth.is_file() else None
        samples.append(Sample(name, object_id, object_name, path, depth_path, grasps))
    if not samples:
        raise InputError(
            f"{str(folder)!r} holds no labelled picture: NN/pcdNNNNr.png with NN/pcdNNNNcpos.txt "
            "(the Cornell layout) is expected"
        )
    strange = {s.object_name for s in samples if s.object_name and s.category == UNKNOWN}
    if strange:
        _log.warning("%s: in no category: %s", folder, ", ".join(sorted(strange)))
    for count, what in (
        (dropped, "rectangles with NaN were dropped"),
        (unlabelled, "pictures have no positive rectangle and were left out"),
        (unknown, "pictures are not in z.txt: their objects are not known"),
    ):
        if count:
            _log.warning("%s: %d %s", folder, count, what)
    return samples


def read_rectangles(path: Path) -> tuple[NDArray[np.float64], int]:
    """Rectangles of a ``cpos`` or ``cneg`` file.

    Returns:
        ``(M, 5)`` grasps, and how many rectangles with NaN were dropped.

    Raises:
        InputError: not four lines of two numbers a rectangle.
    """
    try:
        numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is not a rectangle file: {error}") from error
    if numbers.size % 8:
        raise InputError(
            f"{str(path)!r} holds {numbers.size} numbers: a rectangle is four lines of x and y"
        )
    corners = numbers.reshape(-1, 4, 2)
    whole = np.isfinite(corners).all(axis=(1, 2))
    return corners_to_grasp(corners[whole]), int((~whole).sum())


def _read_objects(path: Path) -> dict[str, tuple[str, str]]:
    """Picture -> (object id, object name), from ``z.txt``; empty where there is none."""
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    rows = [line.split() for line in lines]
    return {row[0]: (row[1], row[2] if len(row) > 2 else "") for row in rows if len(row) > 1}
