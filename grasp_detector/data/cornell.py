"""The Cornell Grasping Dataset in its original layout, complete or a part of it.

``NN/pcdNNNNr.png`` (or ``.jpg``) is the picture, ``NN/pcdNNNNcpos.txt`` its positive rectangles,
``NN/pcdNNNNcneg.txt`` its negative ones, ``NN/pcdNNNN.txt`` its point cloud, and ``z.txt`` says
which object it shows. Only picture and positive rectangles are needed.

Depth comes from the point cloud, see `point_cloud`; where there is none, from ``NN/pcdNNNNd.tiff``
(floating-point metres). That file is not of the original data set: copies of it in circulation hold
each point's distance to the robot's base.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.files import entries, read_text
from grasp_detector.data.reading import Reading, usable
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError
from grasp_detector.geometry import corners_to_grasp

_PICTURE = re.compile(r"pcd([0-9]{4,})r\.(png|jpg|jpeg)")
_MOST = 1e6  # pixels: what lies farther off is no label


def cornell_pictures(folder: Path) -> dict[str, Path]:
    """Name -> colour picture, by name, of all that a folder holds in the Cornell layout."""
    # Of a picture that is there as PNG and as JPEG the former, which sorts last, is kept.
    found = {
        match[1]: path
        for place in entries(folder)
        for path in entries(place)
        if (match := _PICTURE.fullmatch(path.name)) and path.is_file()
    }
    return dict(sorted(found.items()))


def read_cornell_pictures(folder: Path, pictures: dict[str, Path]) -> Reading:
    """The labelled ones among `cornell_pictures`.

    Raises:
        InputError: a label file that is not one.
    """
    objects = _read_objects(folder / "z.txt")
    reading = Reading(folder, "Cornell")
    for name, path in pictures.items():
        grasps, negatives = (
            reading.labels(path.with_name(f"pcd{name}c{kind}.txt"), read_rectangles)
            for kind in ("pos", "neg")
        )
        if not len(grasps):
            reading.unlabelled.append(name)
            continue
        if name not in objects:
            reading.strangers.append(name)
        object_id, object_name = objects.get(name, ("", ""))
        depths = (path.with_name(f"pcd{name}{end}") for end in (".txt", "d.tiff"))
        depth = next((file for file in depths if file.is_file()), None)
        reading.samples.append(Sample(name, object_id, object_name, path, depth, grasps, negatives))
    return reading


def read_rectangles(path: Path) -> tuple[NDArray[np.float64], list[int]]:
    """Rectangles of a ``cpos`` or ``cneg`` file.

    Returns:
        ``(M, 5)`` grasps, and the numbers, from 1, of rectangles that were dropped whole: with NaN
        in one of their lines, or without area.

    Raises:
        InputError: not four lines of two numbers a rectangle.
    """
    text = read_text(path, "ascii")
    try:
        numbers = np.array(text.split(), dtype=np.float64)
    except ValueError as error:
        raise InputError(f"{str(path)!r} is not a rectangle file: {error}") from error
    if numbers.size % 8:
        raise InputError(
            f"{str(path)!r} holds {numbers.size} numbers: a rectangle is four lines of x and y"
        )
    if (np.abs(numbers) > _MOST).any():
        raise InputError(f"{str(path)!r} holds numbers that are no pixels of a picture")
    grasps = corners_to_grasp(numbers.reshape(-1, 4, 2))
    kept = usable(grasps)
    return grasps[kept], (np.flatnonzero(~kept) + 1).tolist()


def _read_objects(path: Path) -> dict[str, tuple[str, str]]:
    """Picture -> (object id, object name), from ``z.txt``; empty where there is none."""
    if not path.exists():
        return {}
    rows = [line.split() for line in read_text(path).splitlines()]
    return {row[0]: (row[1], row[2] if len(row) > 2 else "") for row in rows if len(row) > 1}
