"""The exact Jaccard index of grasp rectangles: intersection over union of their areas."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry.rectangle import grasp_to_corners


def jaccard_index(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Jaccard index of every rectangle of ``a`` with every rectangle of ``b``.

    The polygons are intersected exactly: counting pixels instead flips verdicts near the metric's
    threshold.

    Args:
        a: ``(N, 5)`` grasps.
        b: ``(M, 5)`` grasps.

    Returns:
        ``(N, M)``, each in [0, 1]; 0 where a rectangle has no area.
    """
    a = np.asarray(a, dtype=np.float64).reshape(-1, 5)
    b = np.asarray(b, dtype=np.float64).reshape(-1, 5)
    index = np.zeros((len(a), len(b)))
    area_a, area_b = a[:, 3] * a[:, 4], b[:, 3] * b[:, 4]
    corners_a, corners_b = grasp_to_corners(a), grasp_to_corners(b)
    radius_a, radius_b = np.hypot(a[:, 3], a[:, 4]) / 2, np.hypot(b[:, 3], b[:, 4]) / 2
    distance = np.linalg.norm(a[:, None, :2] - b[None, :, :2], axis=-1)
    near = distance < radius_a[:, None] + radius_b[None, :]
    solid = (area_a[:, None] > 0) & (area_b[None, :] > 0)
    for i, j in zip(*np.nonzero(near & solid), strict=True):
        # OpenCV computes in float32: around the pair's own centre no digits are lost to the
        # position in the picture.
        origin = a[i, :2]
        overlap, _ = cv2.intersectConvexConvex(
            (corners_a[i] - origin).astype(np.float32), (corners_b[j] - origin).astype(np.float32)
        )
        index[i, j] = overlap / (area_a[i] + area_b[j] - overlap)
    return np.clip(index, 0.0, 1.0)
