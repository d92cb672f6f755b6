"""How good the grasps are that a network answers with, while it learns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grasp_detector.geometry import best_jaccard
from grasp_detector.model.grid import decode

_ENOUGH = 0.5  # a better Jaccard index is not a better grasp: people label no more alike
_LOOKED_AT = 0.05  # cells that are neither warm nor said to be are spared the geometry


def grasp_quality(
    raw: NDArray[np.floating], heat: NDArray[np.floating], labels: NDArray[np.floating]
) -> NDArray[np.float32]:
    """What the rectangle metric thinks of every cell's grasp.

    Args:
        raw: ``(B, 7 + K, N, N)`` network output.
        heat: ``(B, N, N)`` of the labels; only where it, or the output's own, is above 0.05 is
            the answer other than 0.
        labels: ``(B, M, 5)`` network pixels; rows of zeros are none.

    Returns:
        ``(B, N, N)`` in [0, 1]: the best Jaccard index of the cell's grasp with the labels within
        30 degrees, over 0.5 and at most 1.
    """
    grasps, confidence = decode(raw)
    looked_at = np.maximum(confidence, heat.reshape(confidence.shape)) > _LOOKED_AT
    quality = np.zeros(confidence.shape, dtype=np.float32)
    for picture, cells in enumerate(looked_at):
        true = labels[picture][labels[picture].any(axis=1)]
        quality[picture, cells] = best_jaccard(grasps[picture, cells], true)
    return np.clip(quality / _ENOUGH, 0.0, 1.0).reshape(heat.shape)
