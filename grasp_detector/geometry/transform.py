"""Grasps under a similarity of the picture plane (rotation, uniform scale, shift, mirror)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.angles import wrap_angle


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
    matrix, grasps = np.asarray(matrix, dtype=np.float64), np.asarray(grasps, dtype=np.float64)
    linear = matrix[:, :2]
    theta = grasps[..., 2]
    opening = np.stack([np.cos(theta), np.sin(theta)], axis=-1) @ linear.T
    moved = np.empty_like(grasps)
    moved[..., :2] = grasps[..., :2] @ linear.T + matrix[:, 2]
    moved[..., 2] = wrap_angle(np.arctan2(opening[..., 1], opening[..., 0]))
    moved[..., 3:] = grasps[..., 3:] * np.sqrt(abs(np.linalg.det(linear)))
    return moved
