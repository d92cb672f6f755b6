"""Flat prints: labels, sheets and pictures, which have outlines but no height.

Colour alone takes them for things to grasp. Only depth tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WORD = 4.0  # lines high, with the space behind it
_INKED = (0.5, 0.75)  # of a line's height, and of a word's length


@dataclass(frozen=True)
class Print:
    """Something printed on the sides of a thing that face along one of its axes.

    Attributes:
        axis: 0, 1 or 2.
        centre: ``(2,)`` metres along the two axes after it (1 is followed by 2 and 0).
        turn: radians.
        size: ``(2,)`` metres before it is turned.
        oval: an ellipse, not a rectangle.
        colour: ``(3,)`` reflectance.
        ink: ``(3,)`` of lines of words on it.
        line: metres from line to line; 0 = nothing is written.
    """

    axis: int
    centre: tuple[float, float]
    turn: float
    size: tuple[float, float]
    oval: bool
    colour: NDArray[np.float32]
    ink: NDArray[np.float32]
    line: float


def stamp(
    prints: Iterable[Print],
    points: NDArray[np.float32],
    facing: NDArray[np.integer] | int,
    colour: NDArray[np.float32],
) -> None:
    """Put prints on what is there, one over the other.

    Args:
        prints: from the lowest to the highest.
        points: ``(N, 3)`` in the thing's frame, metres.
        facing: ``(N,)`` the axis along which each point's surface faces most, or one of all.
        colour: ``(N, 3)`` reflectance, which is changed.
    """
    for each in prints:
        u = points[:, (each.axis + 1) % 3] - np.float32(each.centre[0])
        v = points[:, (each.axis + 2) % 3] - np.float32(each.centre[1])
        cos, sin = np.float32(np.cos(each.turn)), np.float32(np.sin(each.turn))
        u, v = cos * u + sin * v, cos * v - sin * u
        across, along = (2 * np.abs(x) / size for x, size in zip((u, v), each.size, strict=True))
        inside = across**2 + along**2 < 1 if each.oval else np.maximum(across, along) < 1
        inside &= facing == each.axis
        colour[inside] = each.colour
        if each.line > 0:
            line = v[inside] / each.line
            word = u[inside] / (_WORD * each.line) + 0.37 * np.floor(line)
            written = (line % 1 < _INKED[0]) & (word % 1 < _INKED[1])
            colour[np.flatnonzero(inside)[written]] = each.ink
