"""One labelled picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.categories import category_of
from grasp_detector.errors import InputError


@dataclass(frozen=True)
class Sample:
    """A picture, its depth where there is any, and the grasps that somebody labelled.

    Attributes:
        name: id of the picture within its data set.
        object_id: which object it shows; pictures of one object share it; "" = not known.
        object_name: in words.
        rgb_path: the colour picture.
        depth_path: its depth, or None.
        grasps: ``(M, 5)`` positive grasps, pixels of the picture.
    """

    name: str
    object_id: str
    object_name: str
    rgb_path: Path
    depth_path: Path | None
    grasps: NDArray[np.float64]

    @property
    def category(self) -> int:
        """Number of the object's category, -1 if it is in none."""
        return category_of(self.object_name)

    def rgb(self) -> NDArray[np.uint8]:
        """``(H, W, 3)`` uint8, red first; InputError if the file cannot be read."""
        return read_rgb(self.rgb_path)

    def depth(self) -> NDArray[np.generic] | None:
        """``(H, W)`` uint16 millimetres or float32 metres, or None where there is none."""
        return None if self.depth_path is None else read_depth(self.depth_path)


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A picture file as ``(H, W, 3)`` uint8, red first.

    Raises:
        InputError: missing, broken or too large.
    """
    return np.ascontiguousarray(_read(path, cv2.IMREAD_COLOR)[..., ::-1])


def read_depth(path: Path) -> NDArray[np.generic]:
    """A depth file: 16-bit PNG in millimetres, or floating-point TIFF in metres.

    Raises:
        InputError: missing, broken or of another kind.
    """
    depth = _read(path, cv2.IMREAD_UNCHANGED)
    if depth.ndim != 2 or depth.dtype not in (np.uint16, np.float32, np.float64):
        raise InputError(
            f"{str(path)!r} is no depth: {depth.dtype} of shape {depth.shape}; 16-bit millimetres "
            "or floating-point metres in one channel are needed"
        )
    return depth


def _read(path: Path, flags: int) -> NDArray[np.generic]:
    try:
        data = np.fromfile(path, dtype=np.uint8)
        picture = cv2.imdecode(data, flags) if data.size else None
    except (OSError, cv2.error) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    if picture is None:
        raise InputError(f"{str(path)!r} is not a picture that OpenCV can read")
    return picture
