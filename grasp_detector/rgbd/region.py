"""Which part of a picture is looked at, whatever the camera's resolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.errors import InputError
from grasp_detector.rgbd.crop import SHARE, Crop, central_crop

# Part of a square that the next one shows again: what is cut by the border of one is whole in the
# other.
_AGAIN = 0.25


@dataclass(frozen=True)
class Region:
    """A rectangle of a picture, pixels; ``(x, y)`` is its upper left pixel.

    Raises:
        InputError: it is empty.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise InputError(f"the region is empty: {self.width}x{self.height} pixels")

    def holds(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Which points ``(..., 2)`` lie in it."""
        x, y = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
        across = (self.x <= x) & (x < self.x + self.width)
        return across & (self.y <= y) & (y < self.y + self.height)


def crops(
    height: int, width: int, region: Region | None = None, share: float = SHARE
) -> list[Crop]:
    """The squares to look at.

    All have the same size, so that the network sees objects as large as it always does. One lies
    over a small region; a larger one is covered by several, which overlap.

    Args:
        height: of the picture, pixels.
        width: of the picture, pixels.
        region: where grasps are looked for; None = only in the middle of the picture.
        share: side of a square, as a part of the picture's shorter side; at most 1.

    Raises:
        InputError: the picture is empty, or the region has no pixel in it.
    """
    side = max(1, round(min(height, width) * share))
    middle = central_crop(height, width, side)
    if region is None:
        return [middle]
    columns = _starts(region.x, region.x + region.width, side, width)
    rows = _starts(region.y, region.y + region.height, side, height)
    if not (columns and rows):
        raise InputError(
            f"the region of {region.width}x{region.height} pixels from ({region.x}, {region.y}) "
            f"lies outside the picture, which has {width}x{height}"
        )
    return [Crop(x, y, side) for y in rows for x in columns]


def looked_at(
    height: int, width: int, region: Region | None = None, share: float = SHARE
) -> Region:
    """Where grasps are looked for: in the region, or in the middle's square; as for `crops`."""
    if region is not None:
        return region
    (square,) = crops(height, width, None, share)
    return Region(round(square.x), round(square.y), round(square.size), round(square.size))


def _starts(low: int, high: int, side: int, length: int) -> list[float]:
    """Where squares begin that cover what of ``low`` to ``high`` is in the picture."""
    low, high = max(low, 0), min(high, length)
    if low >= high:
        return []
    if high - low <= side:
        return [min(max((low + high - side) / 2, 0.0), float(length - side))]
    count = 1 + int(np.ceil((high - low - side) / (side * (1 - _AGAIN))))
    starts: list[float] = np.linspace(low, high - side, count).tolist()
    return starts
