"""The picture that everything is timed on: bars on a table, as a Kinect would see them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector import Intrinsics
from grasp_detector.geometry import grasp_to_corners

INTRINSICS = Intrinsics(525.0, 525.0, 319.5, 239.5)
# x, y, theta, width and length of each bar, pixels; its height over the table, millimetres.
_BARS = (
    ((290, 200, 0.4, 26, 120), 40),
    ((370, 240, -0.9, 22, 100), 30),
    ((300, 300, 1.3, 30, 90), 60),
    ((240, 250, 0.0, 20, 70), 25),
)
_TABLE = 800


def _scene() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    rng = np.random.default_rng(0)
    rgb = np.full((480, 640, 3), 205, np.uint8)
    depth = np.full((480, 640), _TABLE, np.uint16)
    for index, ((x, y, theta, width, length), height) in enumerate(_BARS):
        corners = np.rint(grasp_to_corners([x, y, theta, width, length])).astype(np.int32)
        cv2.fillConvexPoly(rgb, corners, (40 + 40 * index, 90, 150 - 30 * index))
        cv2.fillConvexPoly(depth, corners, _TABLE - height)
    rgb += rng.integers(0, 12, rgb.shape, np.uint8)
    depth += rng.integers(0, 3, depth.shape, np.uint16)
    depth[rng.random(depth.shape) < 0.03] = 0  # holes, as every such sensor has
    return rgb, depth


RGB, DEPTH = _scene()
"""``(480, 640, 3)`` uint8 and ``(480, 640)`` uint16 millimetres."""
