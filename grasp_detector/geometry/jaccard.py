"""The exact Jaccard index of grasp rectangles: intersection over union of their areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Half-lengths of a rectangle at its corners, and whole ones along the edges from there, ``(4, 1)``.
_ALONG = np.array([[-0.5], [0.5], [0.5], [-0.5]])
_ACROSS = np.array([[-0.5], [-0.5], [0.5], [0.5]])
_OPENINGS = np.roll(_ALONG, -1, axis=0) - _ALONG
_PLATES = np.roll(_ACROSS, -1, axis=0) - _ACROSS


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
    apart = a[:, None, :2] - b[None, :, :2]
    distance = np.hypot(apart[..., 0], apart[..., 1])
    reach = np.hypot(a[:, 3], a[:, 4])[:, None] + np.hypot(b[:, 3], b[:, 4])[None, :]
    areas = a[:, 3] * a[:, 4], b[:, 3] * b[:, 4]
    solid = (areas[0][:, None] > 0) & (areas[1][None, :] > 0)
    i, j = np.nonzero((distance < reach / 2) & solid)
    index[i, j] = paired_jaccard_index(a[i], b[j])
    return index


def paired_jaccard_index(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Jaccard index of ``a[k]`` and ``b[k]``, ``(K, 5)`` each, as ``(K,)``; see `jaccard_index`.

    Either may be a single ``(1, 5)``. At least one of each two must have an area.
    """
    overlap = _intersection_area(a, b)
    together = a[:, 3] * a[:, 4] + b[:, 3] * b[:, 4] - overlap
    return _clip(overlap / together, 0.0, 1.0)


def _intersection_area(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area common to the rectangles ``a[k]`` and ``b[k]``, ``(K, 5)`` each, as ``(K,)``.

    Seen from the middle of b along its own edges, b is a box, and the outline of a is pressed into
    it: what is outside runs to and fro on the box's border and encloses nothing. By Green's theorem
    the area is the integral of v du along the pressed outline; on each edge of a, u moves only
    while inside the box, and there v is a line that is cut off at the box's border at either end.
    """
    x, y = a[:, 0] - b[:, 0], a[:, 1] - b[:, 1]
    cos, sin = np.cos(b[:, 2]), np.sin(b[:, 2])
    turn = a[:, 2] - b[:, 2]
    across, along = np.sin(turn), np.cos(turn)
    opening, plate = (along * a[:, 4], across * a[:, 4]), (-across * a[:, 3], along * a[:, 3])
    # Corner by corner and edge by edge, (4, K); the first edge runs along the opening.
    u = x * cos + y * sin + _ALONG * opening[0] + _ACROSS * plate[0]
    v = y * cos - x * sin + _ALONG * opening[1] + _ACROSS * plate[1]
    step_u, step_v = _OPENINGS * opening[0], _OPENINGS * opening[1]
    step_u, step_v = step_u + _PLATES * plate[0], step_v + _PLATES * plate[1]
    half_v = b[:, 3] / 2
    begin, end = _between(u, step_u, b[:, 4] / 2)
    first, second = _between(v, step_v, half_v)
    at = np.stack([begin, _clip(first, begin, end), _clip(second, begin, end), end])
    pressed = _clip(v + at * step_v, -half_v, half_v)
    parts = (at[1:] - at[:-1]) * (pressed[1:] + pressed[:-1])
    return np.abs((parts.sum(axis=0) * step_u).sum(axis=0)) / 2


def _between(
    start: NDArray[np.float64], step: NDArray[np.float64], half: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where ``start + t * step``, t from 0 to 1, enters and leaves the slab from -half to half."""
    # An edge that runs along the border, or almost, crosses nothing that would matter.
    steep = np.abs(step) > 1e-12
    inverse = 1.0 / np.where(steep, step, np.inf)
    middle, reach = -start * inverse, np.abs(half * inverse)
    reach = np.where(steep, reach, np.inf)
    return _clip(middle - reach, 0.0, 1.0), _clip(middle + reach, 0.0, 1.0)


def _clip(
    values: NDArray[np.float64], low: float | NDArray[np.float64], high: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """`np.clip`, whose own dispatch takes longer than the few numbers here."""
    clipped: NDArray[np.float64] = np.minimum(np.maximum(values, low), high)
    return clipped
