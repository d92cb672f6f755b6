"""The Jacquard data set (Depierre et al., 2018) in its original layout, complete or a part of it.

Simulated pictures of 1024x1024 pixels, some of each object: ``ID/N_ID_RGB.png`` is the N-th of the
object ``ID``, at the top or in one of the download's parts (``Jacquard_Dataset_0/ID/...``). With it
come ``N_ID_grasps.txt``, ``N_ID_perfect_depth.tiff``, ``N_ID_stereo_depth.tiff`` and
``N_ID_mask.png``.

A line of the grasp file is ``x;y;theta;opening;jaws``: the centre (pixels, y down), the angle of
the opening in degrees (from x towards y, as ours; code that counts angles against the clock turns
its sign), the opening and the length of the jaws, both pixels. The same grasp is listed once for
each length of the jaws that held.

Depth is metres. The perfect one is taken where it is there; the stereo one (-1 = none) else. The
mask is not read.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.files import entries, read_numbers
from grasp_detector.data.pictures import depth_beside
from grasp_detector.data.reading import Reading, usable
from grasp_detector.data.sample import Sample
from grasp_detector.geometry import wrap_angle

_PICTURE = re.compile(r"([0-9]+_([0-9A-Za-z]+))_RGB\.png")


def jacquard_pictures(folder: Path) -> dict[str, list[Path]]:
    """Name -> colour pictures, by name, of all that a folder holds in the Jacquard layout.

    The first of a name is to be read.
    """
    objects = entries(folder)
    parts = [place for part in objects for place in entries(part)]
    found: dict[str, list[Path]] = {}
    for place in [*objects, *parts]:
        for path in entries(place):
            match = _PICTURE.fullmatch(path.name)
            if match and match[2] == place.name and path.is_file():
                found.setdefault(match[1], []).append(path)
    return dict(sorted(found.items()))


def read_jacquard_pictures(folder: Path, pictures: dict[str, list[Path]]) -> Reading:
    """The labelled ones among `jacquard_pictures`."""
    reading = Reading(folder, "Jacquard")
    reading.note_doubles(pictures)
    for name, (path, *_) in pictures.items():
        grasps = reading.labels(name, path.with_name(f"{name}_grasps.txt"), read_grasps)
        if name in reading.broken:
            continue
        if not len(grasps):
            reading.unlabelled.append(name)
            continue
        depth = depth_beside(path)
        reading.samples.append(Sample(name, path.parent.name, "", path, depth, grasps))
    return reading


def read_grasps(path: Path) -> tuple[NDArray[np.float64], list[int]]:
    """Grasps of a ``_grasps.txt`` file.

    Returns:
        ``(M, 5)`` grasps, and the numbers, from 1, of lines that were dropped: NaN or no area.

    Raises:
        InputError: not five numbers a line.
    """
    table = read_numbers(path, 5, ";", "x;y;theta;opening;jaws in numbers", "ascii")
    x, y, degrees, opening, jaws = table.T
    with np.errstate(invalid="ignore"):
        theta = wrap_angle(np.deg2rad(degrees))
    grasps = np.stack([x, y, theta, jaws, opening], axis=1)
    kept = usable(grasps)
    return grasps[kept], (np.flatnonzero(~kept) + 1).tolist()
