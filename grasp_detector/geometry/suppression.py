"""One grasp a place: the weaker of two grasps that say the same is dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.angles import angle_difference
from grasp_detector.geometry.jaccard import paired_jaccard_index
from grasp_detector.geometry.metric import ANGLE_TOLERANCE

_AT_ONCE = 100  # grasps of which all pairs are judged at once


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
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    likeness = Likeness(grasps[order], overlap, angle)
    left = np.ones(len(order), dtype=bool)
    kept: list[np.intp] = []
    for index, grasp in enumerate(order):
        if len(kept) == limit:
            break
        if left[index]:
            kept.append(grasp)
            left[index + 1 :] &= ~likeness.after(index)
    return np.array(kept, dtype=np.intp)


def alike(
    grasps: NDArray[np.float64],
    grasp: NDArray[np.float64],
    overlap: float = 0.25,
    angle: float = ANGLE_TOLERANCE,
) -> NDArray[np.bool_]:
    """Which grasps ``(N, 5)`` say the same as another one, ``(5,)``; see `suppress`."""
    same = _may_be_alike(grasps, grasp, angle)
    same[same] = paired_jaccard_index(grasps[same], grasp[None]) > overlap
    return same


class Likeness:
    """Which of many grasps say the same; see `suppress`.

    Of the first ones, which are asked about most, all pairs are judged at once: one grasp against
    some others is so few numbers that NumPy takes longer to be called than to compute.

    Args:
        grasps: ``(N, 5)``, the surest first.
        overlap: Jaccard index above which two grasps of like angle are the same.
        angle: angle difference (radians) up to which two overlapping grasps are the same.
    """

    def __init__(
        self, grasps: NDArray[np.float64], overlap: float = 0.25, angle: float = ANGLE_TOLERANCE
    ) -> None:
        self._grasps, self._overlap, self._angle = grasps, overlap, angle
        first = grasps[:_AT_ONCE]
        self._known = np.zeros((len(first), len(first)), dtype=bool)
        i, j = np.nonzero(np.triu(_may_be_alike(first[:, None], first[None], angle), 1))
        self._known[i, j] = paired_jaccard_index(first[i], first[j]) > overlap

    def after(self, index: int) -> NDArray[np.bool_]:
        """Which of the grasps after that one say the same as it, ``(N - 1 - index,)``."""
        grasps, known = self._grasps, self._known
        if index >= len(known):
            return alike(grasps[index + 1 :], grasps[index], self._overlap, self._angle)
        same = known[index, index + 1 :]
        if len(grasps) == len(known):
            return same
        rest = alike(grasps[len(known) :], grasps[index], self._overlap, self._angle)
        return np.concatenate([same, rest])


def _may_be_alike(
    a: NDArray[np.float64], b: NDArray[np.float64], angle: float
) -> NDArray[np.bool_]:
    """Whether grasps ``(..., 5)`` have like angles and are near enough to overlap; broadcasts."""
    apart = np.hypot(a[..., 0] - b[..., 0], a[..., 1] - b[..., 1])
    reach = (np.hypot(a[..., 3], a[..., 4]) + np.hypot(b[..., 3], b[..., 4])) / 2
    like: NDArray[np.bool_] = angle_difference(a[..., 2], b[..., 2]) <= angle
    return like & (apart < reach) & (b[..., 3] * b[..., 4] > 0)
