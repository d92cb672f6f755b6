"""Angles of a gripper: a half turn changes nothing, so everything is modulo pi."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def wrap_angle(theta: ArrayLike) -> NDArray[np.float64]:
    """The same opening axis as an angle in [-pi/2, pi/2), radians; any shape."""
    wrapped = np.mod(np.asarray(theta, dtype=np.float64) + np.pi / 2, np.pi) - np.pi / 2
    # For a tiny negative argument np.mod rounds up to pi itself, which is outside the interval.
    return np.where(wrapped >= np.pi / 2, -np.pi / 2, wrapped)


def angle_difference(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Smallest angle between two opening axes, radians in [0, pi/2]; shapes broadcast."""
    difference = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return np.abs(wrap_angle(difference))
