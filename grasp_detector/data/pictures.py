"""Pictures to look at, with the depth that lies beside them; labels are not asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.files import entries, read_rgb
from grasp_detector.data.point_cloud import read_any_depth
from grasp_detector.data.reading import listed
from grasp_detector.errors import InputError

_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
_DEPTHS = (".png", ".tiff", ".tif")
# Pictures and depth of other formats: whoever has them may wonder where they are.
_UNREAD = (
    *(".webp", ".gif", ".heic", ".heif", ".avif", ".jp2", ".ppm", ".pgm", ".dng"),
    *(".exr", ".npy", ".npz"),
)
# What lies beside colour pictures in data sets, and what we have drawn ourselves.
_OTHER = re.compile(r"(.*_)?(depth|labels|mask|grasps)|pcd\d+d")
_CORNELL = re.compile(r"(pcd\d+)r")
_JACQUARD = re.compile(r"([0-9]+_[0-9A-Za-z]+)_RGB")
_COLOR = re.compile(r"(?:(.*)_)?(?:rgb|color|colour)", re.IGNORECASE)


@dataclass(frozen=True)
class PictureFiles:
    """The files of one picture; without depth the second is None."""

    color: Path
    depth: Path | None

    def read(self) -> tuple[NDArray[np.uint8], NDArray[np.generic] | None]:
        """Read ``(H, W, 3)`` uint8 RGB and ``(H, W)`` uint16 mm or float m.

        Raises:
            InputError: a file that is no such picture, or two of different sizes.
        """
        if _has_depth(self.color):
            raise InputError(
                f"{str(self.color)!r} has 16 bits in one channel, as depth has: call colour and "
                "depth NAME_rgb.png and NAME_depth.png"
            )
        rgb = read_rgb(self.color)
        if self.depth is None:
            return rgb, None
        depth = read_any_depth(self.depth)
        if depth.shape != rgb.shape[:2]:
            (height, width), (high, wide) = depth.shape, rgb.shape[:2]
            raise InputError(
                f"{str(self.depth)!r} has {width}x{height} pixels, its colour picture "
                f"{wide}x{high}: register depth to colour"
            )
        return rgb, depth


def list_pictures(folder: Path) -> list[PictureFiles]:
    """Return the colour pictures in a folder and in the folders in it, by name, with their depth.

    Hidden files are none: some systems put one, which is no picture, beside each picture.

    Raises:
        InputError: no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise InputError(f"{str(folder)!r} is not a folder")
    pictures = [
        path for path in _visible(folder) if path.suffix.lower() in _PICTURES and path.is_file()
    ]
    found = [
        PictureFiles(path, depth_beside(path))
        for path in pictures
        if not _OTHER.fullmatch(path.stem)
    ]
    if pictures and not found:
        raise InputError(
            f"no pictures in {str(folder)!r} but what is called depth, labels, mask or grasps: "
            f"{listed([str(path.relative_to(folder)) for path in pictures])}: rename pictures"
        )
    if not found:
        raise InputError(f"no pictures in {str(folder)!r}: none ends in {', '.join(_PICTURES)}")
    return found


def list_unread(folder: Path) -> list[Path]:
    """Return what `list_pictures` passes over for its format alone, by name."""
    return [path for path in _visible(folder) if path.suffix.lower() in _UNREAD]


def _has_depth(path: Path) -> bool:
    """Whether a PNG's header tells of 16 bits and one channel; other files and broken ones: no."""
    if path.suffix.lower() != ".png":
        return False
    try:
        with path.open("rb") as file:
            return file.read(26)[24:] == b"\x10\x00"
    except OSError:  # which is for those to say who read it
        return False


def _visible(folder: Path) -> list[Path]:
    here = [path for path in entries(folder) if not path.name.startswith(".")]
    below = (file for place in here if place.is_dir() for file in entries(place))
    return sorted((*here, *(file for file in below if not file.name.startswith("."))))


def depth_beside(color: Path) -> Path | None:
    """The depth file that belongs to a colour picture by its name, or None.

    ``NAME_depth.png`` (or ``.tiff``) for ``NAME.png``, ``NAME_rgb.png`` or ``NAME_color.png``,
    ``depth.png`` for ``rgb.png`` or ``color.png``. In data sets the better of two: for
    ``pcdNNNNr.png`` the cloud ``pcdNNNN.txt``, else ``pcdNNNNd.tiff``; for ``N_ID_RGB.png``
    ``N_ID_perfect_depth.tiff``, else ``N_ID_stereo_depth.tiff``.
    """
    if match := _CORNELL.fullmatch(color.stem):
        names = [f"{match[1]}.txt", f"{match[1]}d.tiff"]
    elif match := _JACQUARD.fullmatch(color.stem):
        kinds = ("perfect_depth.tiff", "stereo_depth.tiff", *(f"depth{end}" for end in _DEPTHS))
        names = [f"{match[1]}_{kind}" for kind in kinds]
    elif match := _COLOR.fullmatch(color.stem):
        names = [f"{match[1]}_depth{end}" if match[1] else f"depth{end}" for end in _DEPTHS]
    else:
        names = [f"{color.stem}_depth{end}" for end in _DEPTHS]
    return next((path for name in names if (path := color.with_name(name)).is_file()), None)
