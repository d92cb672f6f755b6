"""One grasp a place: the weaker of two grasps that say the same is dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.angles import angle_difference
from grasp_detector.geometry.jaccard import paired_jaccard_index
from grasp_detector.geometry.metric import ANGLE_TOLERANCE


def suppress(
    grasps: ArrayLike,
    confidence: ArrayLike,
    limit: int,
    overlap: float = 0.25,
    angle: float = ANGLE_TOLERANCE,
) -> NDArray[np.intp]:
    """Indices of the grasps to keep, best first (greedy non-maximum suppression).

    Two grasps across the same place are kept where their angles differ: they are two ways to
    take hold.

    Args:
        grasps: ``(N, 5)``.
        confidence: ``(N,)``.
        limit: keep at most so many.
        overlap: Jaccard index above which two grasps of like angle are the same.
        angle: angle difference (radians) up to which two overlapping grasps are the same.

    Returns:
        ``(K,)`` indices, K <= limit, confidence falling; ties keep their order.
    """
    grasps = np.asarray(grasps, dtype=np.float64).reshape(-1, 5)
    remaining = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    kept: list[np.intp] = []
    while len(remaining) and len(kept) < limit:
        best, remaining = remaining[0], remaining[1:]
        kept.append(best)
        remaining = remaining[~alike(grasps[remaining], grasps[best], overlap, angle)]
    return np.array(kept, dtype=np.intp)


def alike(
    grasps: NDArray[np.float64],
    grasp: NDArray[np.float64],
    overlap: float = 0.25,
    angle: float = ANGLE_TOLERANCE,
) -> NDArray[np.bool_]:
    """Which grasps ``(N, 5)`` say the same as another one, ``(5,)``; see `suppress`."""
    apart = np.hypot(grasps[:, 0] - grasp[0], grasps[:, 1] - grasp[1])
    reach = (np.hypot(grasps[:, 3], grasps[:, 4]) + np.hypot(grasp[3], grasp[4])) / 2
    same = (angle_difference(grasps[:, 2], grasp[2]) <= angle) & (apart < reach)
    same &= grasp[3] * grasp[4] > 0
    same[same] = paired_jaccard_index(grasps[same], grasp[None]) > overlap
    return same
