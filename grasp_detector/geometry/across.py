"""The grasp that a mask suggests: across where it is narrow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def across(mask: NDArray[np.bool_], plate: float, margin: float) -> NDArray[np.float64]:
    """The grasp ``(5,)`` across the minor axis of a mask, through its middle.

    Args:
        mask: ``(H, W)``, not empty.
        plate: width of the jaw, pixels: what it meets is what must fit between the plates.
        margin: pixels on either side.
    """
    points = np.argwhere(mask)[:, ::-1].astype(float)
    middle = points.mean(0)
    _, axes = np.linalg.eigh(np.cov((points - middle).T, bias=True) + 1e-9 * np.eye(2))
    minor, major = axes.T
    along, beside = (points - middle) @ minor, (points - middle) @ major
    met = along[np.abs(beside) <= plate / 2]
    low, high = (met.min(), met.max()) if len(met) else (0.0, 0.0)
    x, y = middle + minor * (low + high) / 2
    theta = np.arctan2(minor[1], minor[0])
    return np.array([x, y, theta, plate, high - low + 2 * margin])
