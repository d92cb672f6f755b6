"""Rigid transforms of space: from one frame to another, and the quaternions that messages hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Quaternion = tuple[float, float, float, float]
"""x, y, z, w, of length 1."""


@dataclass(frozen=True)
class Rigid:
    """A frame seen from another one: what turns its coordinates into those of the other.

    Attributes:
        rotation: ``(3, 3)``.
        translation: ``(3,)`` metres, where the frame's origin is in the other.
    """

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]

    @classmethod
    def from_quaternion(cls, translation: ArrayLike, quaternion: ArrayLike) -> Rigid:
        """From ``(3,)`` metres and a quaternion x, y, z, w, which need not be of length 1.

        Raises:
            ValueError: they are not finite, or the quaternion is 0.
        """
        shift = np.asarray(translation, dtype=np.float64)
        if not np.isfinite(shift).all():
            raise ValueError(f"a translation of {shift.tolist()} is none")
        return cls(quaternion_to_matrix(quaternion), shift)

    def points(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points ``(..., 3)`` of the frame, in the other one; metres."""
        moved: NDArray[np.float64] = np.asarray(points) @ self.rotation.T + self.translation
        return moved

    def orientation(self, quaternion: ArrayLike) -> Quaternion:
        """An orientation in the frame, in the other one."""
        return matrix_to_quaternion(self.rotation @ quaternion_to_matrix(quaternion))


def quaternion_to_matrix(quaternion: ArrayLike) -> NDArray[np.float64]:
    """Rotation ``(3, 3)`` of a quaternion x, y, z, w, which need not be of length 1.

    Raises:
        ValueError: it is 0 or not finite.
    """
    given = np.asarray(quaternion, dtype=np.float64)
    length = float(np.linalg.norm(given))
    if not (np.isfinite(length) and length > 1e-6):
        raise ValueError(f"a quaternion of {given.tolist()} is no rotation")
    x, y, z, w = given / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def matrix_to_quaternion(rotation: ArrayLike) -> Quaternion:
    """Quaternion x, y, z, w of a rotation ``(3, 3)``; w is not negative."""
    # In plain numbers: NumPy takes ten times as long for so few.
    (xx, a, b), (c, yy, d), (e, f, zz) = np.asarray(rotation, dtype=np.float64).tolist()
    xy, xz, yz, xw, yw, zw = c + a, e + b, f + d, f - d, b - e, c - a
    # The product of the quaternion with itself as a column and a row, times four: its largest
    # diagonal element shows which column can be divided by without losing digits.
    columns = (
        (1 + xx - yy - zz, xy, xz, xw),
        (xy, 1 - xx + yy - zz, yz, yw),
        (xz, yz, 1 - xx - yy + zz, zw),
        (xw, yw, zw, 1 + xx + yy + zz),
    )
    column = columns[max(range(4), key=lambda index: columns[index][index])]
    length = math.copysign(math.hypot(*column), column[3])
    x, y, z, w = (value / length for value in column)
    return x, y, z, w
