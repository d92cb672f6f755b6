"""The exact Jaccard index of grasp rectangles: intersection over union of their areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.rectangle import grasp_to_corners


def jaccard_index(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Jaccard index of every rectangle of ``a`` with every rectangle of ``b``.

    The polygons are intersected exactly: counting pixels instead flips verdicts near the metric's
    threshold, and OpenCV's ``intersectConvexConvex`` takes the union's area for the
    intersection's in some cases where edges lie on one line.

    Args:
        a: ``(N, 5)`` grasps.
        b: ``(M, 5)`` grasps.

    Returns:
        ``(N, M)``, each in [0, 1]; 0 where a rectangle has no area.
    """
    a = np.asarray(a, dtype=np.float64).reshape(-1, 5)
    b = np.asarray(b, dtype=np.float64).reshape(-1, 5)
    index = np.zeros((len(a), len(b)))
    distance = np.hypot(*np.moveaxis(a[:, None, :2] - b[None, :, :2], -1, 0))
    reach = np.hypot(a[:, 3], a[:, 4])[:, None] + np.hypot(b[:, 3], b[:, 4])[None, :]
    areas = a[:, 3] * a[:, 4], b[:, 3] * b[:, 4]
    solid = (areas[0][:, None] > 0) & (areas[1][None, :] > 0)
    i, j = np.nonzero((distance < reach / 2) & solid)
    overlap = _intersection_area(a[i], b[j])
    index[i, j] = overlap / (areas[0][i] + areas[1][j] - overlap)
    return np.clip(index, 0.0, 1.0)


def _intersection_area(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area common to the rectangles ``a[k]`` and ``b[k]``, ``(K, 5)`` each, as ``(K,)``.

    Seen from the middle of b along its own edges, b is a box, and the outline of a is cut to it
    one axis after the other. What is outside is pressed onto the box's border, where it runs to
    and fro and encloses nothing: by Green's theorem the outline's area is then the intersection's.
    """
    offset = grasp_to_corners(a) - b[:, None, :2]
    cos, sin = np.cos(b[:, 2, None]), np.sin(b[:, 2, None])
    u = offset[..., 0] * cos + offset[..., 1] * sin
    v = offset[..., 1] * cos - offset[..., 0] * sin
    u, v = _press(u, v, b[:, 4, None] / 2)
    v, u = _press(v, u, b[:, 3, None] / 2)
    twice = u * np.roll(v, -1, axis=1) - v * np.roll(u, -1, axis=1)
    return np.abs(twice.sum(axis=1)) / 2


def _press(
    along: NDArray[np.float64], across: NDArray[np.float64], half: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outlines ``(K, P)`` pressed into the slab ``|along| <= half``, as ``(K, 3 P)``.

    Every edge gets a point where it crosses either border, in the order it comes to them, so that
    no corner is cut off when all points are pressed.
    """
    step_along = np.roll(along, -1, axis=1) - along
    step_across = np.roll(across, -1, axis=1) - across
    # An edge that runs along the border, or almost, crosses nothing that would matter.
    steep = np.abs(step_along) > 1e-12
    divisor = np.where(steep, step_along, 1.0)
    parts = [np.where(steep, (side * half - along) / divisor, 0.0) for side in (-1.0, 1.0)]
    first, second = np.clip(np.sort(parts, axis=0), 0.0, 1.0)
    at = np.stack([np.zeros_like(first), first, second], axis=-1)
    points = along[..., None] + at * step_along[..., None]
    pressed = np.clip(points, -half[..., None], half[..., None])
    beside = across[..., None] + at * step_across[..., None]
    shape = (len(along), 3 * along.shape[1])
    return pressed.reshape(shape), beside.reshape(shape)
