"""The rectangle metric of the Cornell data set (section V-A of the paper)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.angles import angle_difference
from grasp_detector.geometry.jaccard import jaccard_index

JACCARD_THRESHOLD = 0.25
ANGLE_TOLERANCE = np.deg2rad(30.0)


def best_jaccard(predicted: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """Best Jaccard index of each predicted grasp among the labels that agree in angle.

    Args:
        predicted: ``(N, 5)`` grasps.
        truth: ``(M, 5)`` labelled grasps of the same picture; M may be 0.

    Returns:
        ``(N,)``; 0 where no label lies within 30 degrees.
    """
    predicted = np.asarray(predicted, dtype=np.float64).reshape(-1, 5)
    truth = np.asarray(truth, dtype=np.float64).reshape(-1, 5)
    difference = angle_difference(predicted[:, None, 2], truth[None, :, 2])
    index = np.where(difference <= ANGLE_TOLERANCE, jaccard_index(predicted, truth), 0.0)
    return index.max(axis=1, initial=0.0)


def rectangle_metric(
    predicted: ArrayLike, truth: ArrayLike, threshold: float = JACCARD_THRESHOLD
) -> NDArray[np.bool_]:
    """Which predicted grasps are correct.

    A grasp is correct if some label lies within 30 degrees (modulo pi) of it and has a Jaccard
    index with it greater than the threshold.

    Args:
        predicted: ``(N, 5)`` grasps.
        truth: ``(M, 5)`` labelled grasps of the same picture.
        threshold: the Jaccard index that must be exceeded.

    Returns:
        ``(N,)`` of bool.
    """
    return best_jaccard(predicted, truth) > threshold
