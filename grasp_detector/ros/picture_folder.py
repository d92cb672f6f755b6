"""A folder of pictures as a camera sees them: colour, depth where there is one, intrinsics."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.files import read_depth, read_rgb
from grasp_detector.detector import Intrinsics
from grasp_detector.errors import InputError

CORNELL_COLOR = re.compile(r"(pcd\d+)r\.(png|jpg|jpeg)")
SCENE_COLOR = re.compile(r"(.+)_rgb\.(png|jpg|jpeg)")


@dataclass(frozen=True)
class PictureFiles:
    """The files of one pair; without depth the second is None."""

    color: Path
    depth: Path | None


def list_pictures(folder: Path) -> list[PictureFiles]:
    """Return the pairs in a folder, by name.

    Either ``*_rgb.png`` with ``*_depth.png`` beside them, or the layout of the Cornell data set:
    ``NN/pcdNNNNr.png`` with ``pcdNNNNd.tiff``. JPEG will do for colour, and depth may be missing.

    Raises:
        InputError: no such folder, or none of these in it.
    """
    if not folder.is_dir():
        raise InputError(f"{str(folder)!r} is not a folder")
    found = []
    for file in sorted((*folder.iterdir(), *folder.glob("*/*"))):
        if match := SCENE_COLOR.fullmatch(file.name):
            depth = file.with_name(f"{match[1]}_depth.png")
        elif match := CORNELL_COLOR.fullmatch(file.name):
            depth = file.with_name(f"{match[1]}d.tiff")
        else:
            continue
        found.append(PictureFiles(file, depth if depth.is_file() else None))
    if not found:
        raise InputError(
            f"no pictures in {str(folder)!r}: neither *_rgb.png nor NN/pcdNNNNr.png (or .jpg)"
        )
    return found


def read_pictures(files: PictureFiles) -> tuple[NDArray[np.uint8], NDArray[np.generic]]:
    """Read a pair: (H, W, 3) uint8 RGB and (H, W) uint16 mm or float m, zeros without depth.

    Raises:
        InputError: a file that is no such picture, or two of different sizes.
    """
    rgb = read_rgb(files.color)
    if files.depth is None:
        return rgb, np.zeros(rgb.shape[:2], np.uint16)
    depth = read_depth(files.depth)
    if depth.shape != rgb.shape[:2]:
        raise InputError(f"{str(files.depth)!r} is not of its colour picture's size")
    return rgb, depth


def read_camera(folder: Path) -> Intrinsics | None:
    """Read ``camera.json`` (fx, fy, cx, cy in pixels) in a folder; None where there is none.

    Raises:
        InputError: a file without these numbers.
    """
    file = folder / "camera.json"
    if not file.is_file():
        return None
    try:
        values = json.loads(file.read_text())
        return Intrinsics(*(float(values[name]) for name in ("fx", "fy", "cx", "cy")))
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{str(file)!r} holds no fx, fy, cx, cy") from error
