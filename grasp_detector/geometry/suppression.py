"""Which grasps say the same, so that of one place only the surest is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grasp_detector.geometry.jaccard import paired_jaccard_index
from grasp_detector.geometry.metric import ANGLE_TOLERANCE

_AT_ONCE = 100  # grasps of which all pairs are judged at once


def alike(
    grasps: NDArray[np.float64],
    grasp: NDArray[np.float64],
    overlap: float = 0.25,
    angle: float = ANGLE_TOLERANCE,
) -> NDArray[np.bool_]:
    """Which grasps ``(N, 5)`` say the same as another one, ``(5,)``.

    Two grasps across the same place do not where their angles differ: they are two ways to take
    hold.

    Args:
        grasps: ``(N, 5)``.
        grasp: ``(5,)``.
        overlap: Jaccard index above which two grasps of like angle are the same.
        angle: angle difference (radians) up to which two overlapping grasps are the same.
    """
    same = _may_be_alike(grasps, grasp, angle)
    same[same] = paired_jaccard_index(grasps[same], grasp[None]) > overlap
    return same


class Likeness:
    """Which of many grasps say the same; see `alike`.

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
    x, y = a[..., 0] - b[..., 0], a[..., 1] - b[..., 1]
    reach = (np.hypot(a[..., 3], a[..., 4]) + np.hypot(b[..., 3], b[..., 4])) / 2
    # As `angle_difference` has it, in half of the time.
    like: NDArray[np.bool_] = np.cos(2 * (a[..., 2] - b[..., 2])) >= np.cos(
        2 * min(angle, np.pi / 2)
    )
    return like & (x * x + y * y < reach * reach) & (b[..., 3] * b[..., 4] > 0)
