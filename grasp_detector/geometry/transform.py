"""Grasps under a similarity of the picture plane (rotation, uniform scale, shift, mirror)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.rectangle import corners_to_grasp, grasp_to_corners


def similarity(
    source: tuple[float, float],
    target: tuple[float, float],
    scale: float = 1.0,
    angle: float = 0.0,
    mirror: bool = False,
) -> NDArray[np.float64]:
    """Matrix that takes the point ``source`` to ``target``, turning and scaling about it.

    Args:
        source: a point, pixels.
        target: where it goes, pixels.
        scale: target pixels per source pixel.
        angle: radians, from x towards y.
        mirror: left and right exchanged first.

    Returns:
        ``(2, 3)`` affine matrix, as OpenCV takes it.
    """
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirror:
        linear = linear @ np.diag([-1.0, 1.0])
    shift = np.asarray(target, dtype=np.float64) - linear @ np.asarray(source, dtype=np.float64)
    return np.column_stack([linear, shift])


def transform_grasps(grasps: ArrayLike, matrix: ArrayLike) -> NDArray[np.float64]:
    """Grasps ``(..., 5)`` carried along by a similarity ``(2, 3)``."""
    matrix = np.asarray(matrix, dtype=np.float64)
    corners = grasp_to_corners(grasps)
    return corners_to_grasp(corners @ matrix[:, :2].T + matrix[:, 2])
