"""The Cornell Grasping Dataset in its original layout, complete or a part of it.

``NN/pcdNNNNr.png`` (or ``.jpg``) is the picture, ``NN/pcdNNNNcpos.txt`` its positive rectangles,
``NN/pcdNNNNcneg.txt`` its negative ones, ``NN/pcdNNNN.txt`` its point cloud, and ``z.txt`` says
which object it shows: ``NNNN id name background`` a line, names without blanks (``Coffee_Mug``).
Only picture and positive rectangles are needed.

Depth comes from the point cloud, see `point_cloud`; where there is none, from ``NN/pcdNNNNd.tiff``
(floating-point metres). That file is not of the original data set: copies of it in circulation hold
each point's distance to the robot's base.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.files import entries, read_numbers, read_text
from grasp_detector.data.pictures import depth_beside
from grasp_detector.data.reading import Reading, usable
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError
from grasp_detector.geometry import corners_to_grasp

_PICTURE = re.compile(r"pcd([0-9]{4,})r\.(?i:png|jpg|jpeg)")
_LABELS = re.compile(r"pcd([0-9]{4,})cpos\.txt")
_ROW = 4  # words in a line of z.txt
_MOST = 1e6  # pixels: what lies farther off is no label
# Corners of a rectangle, each rounded to a whole pixel, miss it by less than so many pixels; people
# who draw by hand by some part of its sides.
_ROUNDED, _ODD = 2.0, 0.2


def cornell_pictures(folder: Path) -> dict[str, list[Path]]:
    """Name -> colour pictures, by name, of all that a folder holds in the Cornell layout.

    The first of a name is to be read: of a picture that is there as PNG and as JPEG the former.
    """
    found: dict[str, list[Path]] = {}
    for place in entries(folder):
        for path in sorted(entries(place), key=lambda path: path.suffix.lower(), reverse=True):
            if (match := _PICTURE.fullmatch(path.name)) and path.is_file():
                found.setdefault(match[1], []).append(path)
    return dict(sorted(found.items()))


def read_cornell_pictures(folder: Path, pictures: dict[str, list[Path]]) -> Reading:
    """The labelled ones among `cornell_pictures`; InputError if z.txt cannot be read."""
    reading = Reading(folder, "Cornell")
    objects = _read_objects(folder / "z.txt", reading)
    labelled = (
        _LABELS.fullmatch(path.name) for place in entries(folder) for path in entries(place)
    )
    reading.pictureless.extend(sorted({match[1] for match in labelled if match} - set(pictures)))
    reading.note_doubles(pictures)
    for name, (path, *_) in pictures.items():
        grasps, negatives = (
            reading.labels(name, path.with_name(f"pcd{name}c{kind}.txt"), read_rectangles)
            for kind in ("pos", "neg")
        )
        if name in reading.broken:
            continue
        if not len(grasps):
            reading.unlabelled.append(name)
            continue
        if name not in objects:
            reading.strangers.append(name)
        object_id, object_name = objects.get(name, ("", ""))
        depth = depth_beside(path)
        reading.samples.append(Sample(name, object_id, object_name, path, depth, grasps, negatives))
    return reading


def read_rectangles(path: Path) -> tuple[NDArray[np.float64], list[int]]:
    """Rectangles of a ``cpos`` or ``cneg`` file.

    Returns:
        ``(M, 5)`` grasps, and the numbers, from 1, of rectangles that were dropped whole: with NaN
        in one of their lines, without area, or of corners in another order.

    Raises:
        InputError: not four lines of two numbers a rectangle.
    """
    numbers = read_numbers(path, 2, None, "x and y with a blank between them, such as 253 319.7")
    if len(numbers) % 4:
        raise InputError(
            f"{str(path)!r} holds {len(numbers)} lines: a rectangle is four lines of x and y"
        )
    if (np.abs(numbers) > _MOST).any():
        raise InputError(f"{str(path)!r} holds numbers that are no pixels of a picture")
    corners = numbers.reshape(-1, 4, 2)
    grasps = corners_to_grasp(corners)
    kept = usable(grasps) & _rectangular(corners)
    return grasps[kept], (np.flatnonzero(~kept) + 1).tolist()


def _rectangular(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether corners ``(M, 4, 2)`` are those of rectangles, in order, but for rounding."""
    a, b, c, d = np.moveaxis(corners, -2, 0)
    opening, plate = (b - a + c - d) / 2, (c - b + d - a) / 2
    w, h = np.hypot(*opening.T), np.hypot(*plate.T)
    uneven = np.hypot(*(a - b + c - d).T)  # by how much opposite edges differ
    leaning = np.abs((opening * plate).sum(axis=-1))  # the sides' lengths times the cosine
    even = uneven <= _ROUNDED + _ODD * np.minimum(w, h)
    upright = leaning <= _ROUNDED * np.maximum(w, h) + _ODD * w * h
    square: NDArray[np.bool_] = even & upright
    return square


def _read_objects(path: Path, reading: Reading) -> dict[str, tuple[str, str]]:
    """Picture -> its object's id and name, of ``z.txt``; none where there is no file."""
    objects: dict[str, tuple[str, str]] = {}
    if not path.exists():
        return objects
    for line in read_text(path).splitlines():
        name, *words = line.split() or [""]
        if len(words) >= _ROW:
            reading.spaced.append(name)
        if words:
            # The same object, whether its id is written 7 or 007: folds are dealt by it.
            number = words[0].lstrip("0") or "0" if words[0].isdecimal() else words[0]
            told = (number, words[1] if len(words) > 1 else "")
            if objects.get(name, told) != told:
                reading.repeated.append(name)
            objects[name] = told
        elif name:
            reading.wordless.append(name)
    return objects
