"""From a rectangle in the picture to a gripper in space."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.surface import Lattice
from grasp_detector.geometry import Rigid, grasp_to_corners, matrix_to_quaternion
from grasp_detector.geometry.rigid import Quaternion

APPROACHES = ("axis", "normal")
"""Where a gripper may come from: along the camera's optical axis, or along the surface's normal."""

_OPTICAL_AXIS = np.array([0.0, 0.0, 1.0])


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
    down, heights = _OPTICAL_AXIS, lattice.metres
    if approach == "normal":
        rays = camera.rays(lattice.pixels)
        normal = lattice.normal(rays)
        if normal is not None:
            down = normal
            heights = (rays @ normal[:2] + normal[2]) * lattice.metres
    height = lattice.nearest(heights)
    if height is None:
        return None
    # The middles of the rectangle's sides: the plates are where the first two are seen, and their
    # length is what the others are apart. All of them lie in the plane across the approach.
    corners = grasp_to_corners(grasp)
    sides = camera.rays((corners[[3, 1, 0, 2]] + corners[[0, 2, 1, 3]]) / 2)
    directions = np.column_stack([sides, np.ones(4)])
    facing = directions @ down
    if not facing.min() > 0.0:  # also where the lens shows nothing
        return None
    left, right, back, front = directions * (height / facing)[:, None]
    opening, jaw = (float(np.linalg.norm(step)) for step in (right - left, front - back))
    if min(opening, jaw) <= 0.0:
        return None
    middle = (left + right) / 2
    x_axis = (right - left) / opening
    rotation = np.column_stack([x_axis, _cross(down, x_axis), down])
    x, y, z = middle.tolist()
    return GripperPose((x, y, z), matrix_to_quaternion(rotation), opening, jaw, z)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float, float]:
    """`np.cross` of ``(3,)`` and ``(3,)`` in a tenth of its time."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
