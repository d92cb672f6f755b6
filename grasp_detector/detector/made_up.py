"""Pictures of nothing in particular: what a network is calibrated with where there are no others.

Least and greatest values of a network's layers are hardly of what is shown, as long as all of
brightness, colour, contrast and depth is in it: flat shapes on a table will do.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.rgbd import central_crop, fuse

_HEIGHT, _WIDTH = 480, 640
_MOST_SHAPES = 12
_LEAST_REACH, _MOST_REACH = 8, 90  # pixels from a shape's middle to its ends
_HIGHEST = 500  # millimetres over the table
_WITH_DEPTH, _HOLES = 0.6, 0.05  # shares of the pictures, and of their pixels


def made_up_pictures(count: int) -> list[NDArray[np.uint8]]:
    """Fused ``(224, 224, 3)`` pictures, the same ones every time."""
    rng = np.random.default_rng(0)
    return [_picture(rng) for _ in range(count)]


def _picture(rng: np.random.Generator) -> NDArray[np.uint8]:
    rgb = np.full((_HEIGHT, _WIDTH, 3), rng.integers(30, 250, 3), dtype=np.uint8)
    table = int(rng.integers(700, 1000))  # millimetres
    depth = np.full((_HEIGHT, _WIDTH), table, dtype=np.uint16)
    for _ in range(rng.integers(1, _MOST_SHAPES)):
        _add_shape(rgb, depth, table, rng)
    noise = rng.normal(0, rng.uniform(0, 15), rgb.shape)
    rgb = np.clip(rgb + noise, 0, 255).astype(np.uint8)
    depth[rng.random(depth.shape) < _HOLES] = 0
    seen = depth if rng.random() < _WITH_DEPTH else None
    return fuse(rgb, seen, central_crop(_HEIGHT, _WIDTH).to_network)


def _add_shape(
    rgb: NDArray[np.uint8], depth: NDArray[np.uint16], table: int, rng: np.random.Generator
) -> None:
    """Draw a box or a disc that stands on the table."""
    x, y = rng.integers(80, 560, 2).tolist()
    reach = rng.integers(_LEAST_REACH, _MOST_REACH, 2).tolist()
    angle = float(rng.uniform(0, 180))
    colour, top = rng.integers(0, 256, 3).tolist(), table - int(rng.integers(5, _HIGHEST))
    if rng.random() < 0.5:
        cv2.ellipse(rgb, (x, y), reach, angle, 0, 360, colour, -1)
        cv2.ellipse(depth, (x, y), reach, angle, 0, 360, (top,), -1)
    else:
        corners = np.rint(cv2.boxPoints(((x, y), reach, angle))).astype(np.int32)
        cv2.fillConvexPoly(rgb, corners, colour)
        cv2.fillConvexPoly(depth, corners, (top,))
