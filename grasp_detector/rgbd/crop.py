"""The square part of a picture that the network sees, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.errors import InputError
from grasp_detector.geometry import similarity, transform_grasps

NETWORK_SIZE = 224
"""Side of the network's input, pixels (section IV of the paper)."""

SHARE = 2 / 3
"""Of the picture's shorter side: the paper cuts 320x320 from the middle of 640x480."""


@dataclass(frozen=True)
class Crop:
    """A square of a picture, ``size`` pixels wide, whose upper left corner is ``(x, y)``.

    Coordinates are of pixel centres: the picture's first pixel is at (0, 0) and covers
    [-0.5, 0.5]. The square may reach beyond the picture, whose edge is then repeated.
    """

    x: float
    y: float
    size: float

    @property
    def to_network(self) -> NDArray[np.float64]:
        """``(2, 3)`` matrix from picture pixels to network pixels."""
        half = (self.size - 1) / 2
        middle = (NETWORK_SIZE - 1) / 2
        return similarity(
            (self.x + half, self.y + half), (middle, middle), NETWORK_SIZE / self.size
        )

    @property
    def to_picture(self) -> NDArray[np.float64]:
        """``(2, 3)`` matrix from network pixels to picture pixels."""
        inverse: NDArray[np.float64] = np.asarray(cv2.invertAffineTransform(self.to_network))
        return inverse

    def grasps_to_network(self, grasps: ArrayLike) -> NDArray[np.float64]:
        """Grasps ``(..., 5)`` of the picture, in network pixels."""
        return transform_grasps(grasps, self.to_network)

    def grasps_to_picture(self, grasps: ArrayLike) -> NDArray[np.float64]:
        """Grasps ``(..., 5)`` in network pixels, in pixels of the picture."""
        return transform_grasps(grasps, self.to_picture)


def central_crop(height: int, width: int, size: int | None = None) -> Crop:
    """The square in the middle of a picture.

    Args:
        height: of the picture, pixels.
        width: of the picture, pixels.
        size: side of the square, pixels; None is two thirds of the shorter side, which is the
            paper's 320 at 640x480.

    Raises:
        InputError: the picture is empty, or the square is larger than the picture.
    """
    if height < 1 or width < 1:
        raise InputError(f"the picture is empty: {width}x{height} pixels")
    shorter = min(height, width)
    side = max(1, round(shorter * SHARE)) if size is None else size
    if not 1 <= side <= shorter:
        raise InputError(f"a crop of {side} pixels does not fit a picture of {width}x{height}")
    return Crop((width - side) / 2, (height - side) / 2, side)
