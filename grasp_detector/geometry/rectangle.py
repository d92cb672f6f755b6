"""Between the five numbers of a grasp and the four corners of its rectangle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.angles import wrap_angle

# Half-lengths along the opening axis and along the plate, corner by corner: the edge from the
# first corner to the second runs along the opening, as in the Cornell files.
_ALONG = np.array([-0.5, 0.5, 0.5, -0.5])
_ACROSS = np.array([-0.5, -0.5, 0.5, 0.5])


def grasp_to_corners(grasps: ArrayLike) -> NDArray[np.float64]:
    """Corners of grasp rectangles.

    Args:
        grasps: ``(..., 5)``: x, y, theta, h, w.

    Returns:
        ``(..., 4, 2)`` pixels, in Cornell's order: edge 0-1 along the opening (length w), edge
        1-2 along a jaw plate (length h).

    Raises:
        ValueError: the last axis is not 5 long.
    """
    grasps = np.asarray(grasps, dtype=np.float64)
    if grasps.shape[-1:] != (5,):
        raise ValueError(f"grasps have shape {grasps.shape}, not (..., 5)")
    x, y, theta, h, w = (grasps[..., [index]] for index in range(5))
    cos, sin = np.cos(theta), np.sin(theta)
    corners = np.empty((*grasps.shape[:-1], 4, 2))
    corners[..., 0] = x + _ALONG * (cos * w) + _ACROSS * (-sin * h)
    corners[..., 1] = y + _ALONG * (sin * w) + _ACROSS * (cos * h)
    return corners


def corners_to_grasp(corners: ArrayLike) -> NDArray[np.float64]:
    """Five numbers of rectangles given by their corners.

    Opposite edges are averaged, so that corners rounded to the pixel still give their best
    rectangle.

    Args:
        corners: ``(..., 4, 2)`` pixels in Cornell's order; either direction of turning.

    Returns:
        ``(..., 5)``: x, y, theta in [-pi/2, pi/2), h, w.

    Raises:
        ValueError: the last axes are not (4, 2).
    """
    corners = np.asarray(corners, dtype=np.float64)
    if corners.shape[-2:] != (4, 2):
        raise ValueError(f"corners have shape {corners.shape}, not (..., 4, 2)")
    a, b, c, d = np.moveaxis(corners, -2, 0)
    centre = (a + b + c + d) / 4
    opening = (b - a + c - d) / 2
    plate = (c - b + d - a) / 2
    theta = wrap_angle(np.arctan2(opening[..., 1], opening[..., 0]))
    w = np.hypot(opening[..., 0], opening[..., 1])
    h = np.hypot(plate[..., 0], plate[..., 1])
    return np.stack([centre[..., 0], centre[..., 1], theta, h, w], axis=-1)
