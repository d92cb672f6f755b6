"""From a rectangle in the picture to a gripper in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grasp_detector.rgbd import depth_in_metres

# The middle part of the opening, where the object is: towards the plates there is table.
_MIDDLE = 1 / 3
_SAMPLES = 9  # points each way over that part
_LEAST_VALID = 5  # of the 81: fewer are an edge's stray pixels


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera: focal lengths and principal point, pixels of the picture given."""

    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True)
class GripperPose:
    """A gripper in the camera's optical frame (x right, y down, z forward; REP-103).

    Its own z axis is the approach, its x axis the opening.

    Attributes:
        position: metres; on the object's surface.
        orientation: quaternion x, y, z, w.
        opening: between the plates, metres.
        jaw: length of a plate, metres.
        depth: of the surface at the centre, metres along the optical axis.
    """

    position: tuple[float, float, float]
    orientation: tuple[float, float, float, float]
    opening: float
    jaw: float
    depth: float


def surface_depth(grasp: NDArray[np.float64], depth: NDArray[np.generic]) -> float | None:
    """Depth of what lies between the jaws.

    The median over a lattice of points in the middle third of the opening and along the whole
    plate: never one pixel, which may be a hole or an edge's stray value.

    Args:
        grasp: ``(5,)`` pixels.
        depth: ``(H, W)`` uint16 millimetres or float metres.

    Returns:
        Metres, or None where too few points have depth.
    """
    x, y, theta, h, w = grasp
    steps = np.linspace(-0.5, 0.5, _SAMPLES)
    along, across = np.meshgrid(steps * w * _MIDDLE, steps * h)
    columns = np.rint(x + along * np.cos(theta) - across * np.sin(theta)).astype(np.intp)
    rows = np.rint(y + along * np.sin(theta) + across * np.cos(theta)).astype(np.intp)
    height, width = depth.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    values = depth_in_metres(depth[rows[inside], columns[inside]][None])[0]
    values = values[values > 0]
    return float(np.median(values)) if len(values) >= _LEAST_VALID else None


def gripper_pose(
    grasp: NDArray[np.float64], depth: NDArray[np.generic], camera: Intrinsics
) -> GripperPose | None:
    """The gripper in space, approaching along the optical axis.

    Args:
        grasp: ``(5,)`` pixels of the picture.
        depth: ``(H, W)`` registered to it.
        camera: of the picture.

    Returns:
        None where there is no depth between the jaws.
    """
    z = surface_depth(grasp, depth)
    if z is None:
        return None
    x, y, theta, h, w = (float(value) for value in grasp)
    # A pixel is as wide as z / fx and as high as z / fy: directions and lengths need both.
    opening = np.array([w * np.cos(theta) / camera.fx, w * np.sin(theta) / camera.fy]) * z
    plate = np.array([-h * np.sin(theta) / camera.fx, h * np.cos(theta) / camera.fy]) * z
    yaw = float(np.arctan2(opening[1], opening[0]))
    return GripperPose(
        position=((x - camera.cx) / camera.fx * z, (y - camera.cy) / camera.fy * z, z),
        orientation=(0.0, 0.0, float(np.sin(yaw / 2)), float(np.cos(yaw / 2))),
        opening=float(np.hypot(*opening)),
        jaw=float(np.hypot(*plate)),
        depth=z,
    )
