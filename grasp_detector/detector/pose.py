"""From a rectangle in the picture to a gripper in space."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.surface import Lattice
from grasp_detector.geometry import Rigid, matrix_to_quaternion
from grasp_detector.geometry.rigid import Quaternion

APPROACHES = ("axis", "normal")
"""Where a gripper may come from: along the camera's optical axis, or along the surface's normal."""

Vector = tuple[float, float, float]

_OPTICAL_AXIS: Vector = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class GripperPose:
    """A gripper in the camera's optical frame (x right, y down, z forward; REP-103).

    Its own z axis is the approach, its x axis the opening.

    Attributes:
        position: metres; between the plates, on the nearest of what stands there.
        orientation: quaternion x, y, z, w.
        opening: between the plates, metres.
        jaw: length of a plate, metres.
        depth: of the position, metres along the optical axis.
    """

    position: tuple[float, float, float]
    orientation: Quaternion
    opening: float
    jaw: float
    depth: float

    def seen_from(self, camera: Rigid) -> GripperPose:
        """The same gripper in another frame, in which the camera's is ``camera``."""
        x, y, z = camera.points(self.position).tolist()
        orientation = camera.orientation(self.orientation)
        return replace(self, position=(x, y, z), orientation=orientation)


def gripper_pose(
    grasp: NDArray[np.float64],
    depth: NDArray[np.generic],
    camera: Intrinsics,
    approach: str = "axis",
) -> GripperPose | None:
    """The gripper in space whose plates are seen as the rectangle.

    Args:
        grasp: ``(5,)`` pixels of the picture.
        depth: ``(H, W)`` registered to it.
        camera: of the picture.
        approach: one of `APPROACHES`; where there is no surface that has a normal (the rim of a
            cup, an edge), or one that leans more than 60 degrees, the optical axis takes its place.

    Returns:
        None where there is no depth between the jaws.
    """
    lattice = Lattice(grasp, depth)
    down, heights = _OPTICAL_AXIS, None
    if approach == "normal":
        rays = camera.rays(lattice.pixels)
        normal = lattice.normal(rays)
        if normal is not None:
            down = (float(normal[0]), float(normal[1]), float(normal[2]))
            heights = (rays @ normal[:2] + normal[2]) * lattice.metres
    height = lattice.nearest(heights)
    # A plane through scattered depth may lean so that what is seen lies behind the hand.
    if height is None or height <= 0.0:
        return None
    # The plates are where the middles of two sides are seen, and their length is what those of the
    # others are apart. All of them lie in the plane across the approach. From here on in plain
    # numbers: NumPy takes ten times as long for so few.
    x, y, theta, h, w = grasp.tolist()
    cos, sin = math.cos(theta), math.sin(theta)
    right, front = (w / 2 * cos, w / 2 * sin), (-h / 2 * sin, h / 2 * cos)
    middles = [(x + sign * u, y + sign * v) for u, v in (right, front) for sign in (-1, 1)]
    points: list[Vector] = []
    for u, v in camera.rays(middles).tolist():
        facing = u * down[0] + v * down[1] + down[2]
        if not facing > 0.0:  # also where the lens shows nothing
            return None
        reach = height / facing
        points.append((u * reach, v * reach, reach))
    left_side, right_side, back, ahead = points
    opening, jaw = math.dist(left_side, right_side), math.dist(back, ahead)
    if min(opening, jaw) <= 0.0:
        return None
    ends = list(zip(left_side, right_side, strict=True))
    position = _vector((a + b) / 2 for a, b in ends)
    x_axis = _vector((b - a) / opening for a, b in ends)
    rotation = list(zip(x_axis, _cross(down, x_axis), down, strict=True))
    return GripperPose(position, matrix_to_quaternion(rotation), opening, jaw, position[2])


def _vector(values: Iterable[float]) -> Vector:
    x, y, z = values
    return x, y, z


def _cross(a: Vector, b: Vector) -> Vector:
    (ax, ay, az), (bx, by, bz) = a, b
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
