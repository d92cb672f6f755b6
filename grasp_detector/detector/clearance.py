"""Room for the fingers: what depth tells of a grasp before a robot tries it.

A network says where to take hold; whether a finger would land on something is measured. The
fingertips come down beside what they take hold of, so depth there must be greater than at the
object: the more, the deeper they go. Where a grasp has too little room, one nearby that is a
little wider, or moved along the opening, often has enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from grasp_detector.detector.grasp import Grasp
from grasp_detector.detector.pose import GripperPose, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.geometry import quaternion_to_matrix, wrap_angle
from grasp_detector.rgbd import depth_in_metres

_STEP = 0.002  # metres between the places that are looked at
_MARGIN = 0.003  # metres that are to be free around a finger
_SHIFT = 0.02  # metres that a grasp may move along its opening
_NARROWEST = 0.006  # metres between the plates
# A millimetre of change costs so much of a millimetre of depth: the network knows something.
_COST = 0.15
_ENOUGH = 0.02  # metres that fingertips go down beside an object: more makes it no safer
_KNOWN = 1 / 3  # share of a finger's place that must have depth: a sensor's shadow has none
_NEARER = 0.2  # what stands nearer to the camera is seen farther out, by so much of its distance


@dataclass(frozen=True)
class Fingers:
    """What of a gripper needs room; metres.

    Attributes:
        opening: the most between the plates.
        plate: width of a finger, along the jaw.
        thickness: of a finger, along the opening.
        reach: how far the fingertips go below the surface that is grasped.

    Raises:
        InputError: measures that no gripper has.
    """

    opening: float = 0.10
    plate: float = 0.025
    thickness: float = 0.010
    reach: float = 0.03

    def __post_init__(self) -> None:
        for name in ("opening", "plate", "thickness", "reach"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InputError(f"fingers whose {name} is {value:g} m: 0 to 1 is possible")


def with_room(
    grasps: Sequence[Grasp], depth: NDArray[np.generic], camera: Intrinsics, fingers: Fingers
) -> list[Grasp]:
    """Grasps moved and opened so that the fingers have room, those with room first.

    A grasp's confidence is lowered by how little room there is: to nothing where a finger would
    land on what stands beside the object, or on the object. What has no pose stays as it is.

    Args:
        grasps: in pixels of the picture.
        depth: ``(H, W)`` registered to it, uint16 millimetres or float metres.
        camera: of the picture.
        fingers: the gripper's.

    Returns:
        As many, by confidence.
    """
    metres = depth_in_metres(depth)
    found = []
    for grasp in grasps:
        if grasp.pose is not None:
            pose, free = fit_fingers(grasp.pose, metres, camera, fingers)
            share = float(np.clip(free / min(_ENOUGH, fingers.reach), 0.0, 1.0))
            grasp = replace(_seen(grasp, pose, camera), confidence=grasp.confidence * share)
        found.append(grasp)
    return sorted(found, key=lambda grasp: -grasp.confidence)


def fit_fingers(
    pose: GripperPose, metres: NDArray[np.float32], camera: Intrinsics, fingers: Fingers
) -> tuple[GripperPose, float]:
    """The nearest gripper to a pose whose fingers have room.

    Args:
        pose: as the grasp asks for.
        metres: ``(H, W)`` depth, 0 = none.
        camera: of the picture.
        fingers: the gripper's.

    Returns:
        The pose, moved along its opening and opened, on the nearest of what is then between the
        plates; and how far fingertips can go down there from that surface, metres, at most the
        gripper's reach. Where there is no room the pose itself, and 0.
    """
    turn = quaternion_to_matrix(pose.orientation)
    top = _profile(pose, turn, metres, camera, fingers)
    edges = (np.arange(len(top) + 1) - len(top) // 2) * _STEP
    below_left, below_right = _below(top, fingers.thickness)
    left = np.flatnonzero((edges < -_NARROWEST / 2) & np.isfinite(below_left))
    right = np.flatnonzero((edges > _NARROWEST / 2) & np.isfinite(below_right))
    if not (len(left) and len(right)):
        return pose, 0.0
    opening = edges[right] - edges[left][:, None]
    shift = (edges[right] + edges[left][:, None]) / 2
    # The nearest between two plates: of their way to the middle, both.
    known = np.where(np.isnan(top), np.inf, top)
    middle = len(top) // 2
    to_left = np.minimum.accumulate(known[:middle][::-1])[::-1]
    to_right = np.minimum.accumulate(known[middle:])
    between = np.minimum(to_left[left][:, None], to_right[right - middle - 1])
    room = np.minimum(below_left[left][:, None], below_right[right]) - between
    wanted = min(pose.opening, fingers.opening)
    worth = np.minimum(room, fingers.reach) - _COST * (np.abs(opening - wanted) + np.abs(shift))
    possible = (opening <= fingers.opening + 1e-9) & (np.abs(shift) <= _SHIFT)
    worth[~(possible & np.isfinite(between) & (room > 0))] = -np.inf
    best = np.unravel_index(int(worth.argmax()), worth.shape)
    if not np.isfinite(worth[best]):
        return pose, 0.0
    x, y, z = np.array(pose.position) + turn @ [shift[best], 0.0, between[best]]
    moved = replace(pose, position=(float(x), float(y), float(z)), depth=float(z))
    return replace(moved, opening=float(opening[best])), float(min(room[best], fingers.reach))


def _profile(
    pose: GripperPose,
    turn: NDArray[np.float64],
    metres: NDArray[np.float32],
    camera: Intrinsics,
    fingers: Fingers,
) -> NDArray[np.float64]:
    """The nearest that a finger meets, place by place along the opening.

    Returns:
        ``(N,)`` metres from the pose's surface along the approach, NaN where nothing is known; the
        pose's middle is between the two middle places.
    """
    reach = fingers.opening / 2 + _SHIFT + fingers.thickness + 2 * _MARGIN
    places = 2 * int(np.ceil(reach / _STEP))
    half = fingers.plate / 2 + _MARGIN
    # On the plane through the pose; what stands nearer to the camera is seen farther out there.
    middle, sides = np.array(pose.position), turn[:2, :2]
    corners = (
        middle[:2]
        + np.array([[-reach, -half], [reach, -half], [-reach, half], [reach, half]]) @ sides.T
    )
    local = (np.concatenate([corners, corners * (1 + _NEARER)]) - middle[:2]) @ sides
    along, across = (
        np.arange(low, high + _STEP, _STEP)
        for low, high in zip(local.min(0), local.max(0), strict=True)
    )
    a, b = (grid.ravel() for grid in np.meshgrid(along, across))
    plane = middle + a[:, None] * turn[:, 0] + b[:, None] * turn[:, 1]
    rays = plane[:, :2] / plane[:, 2:]
    columns, rows = np.rint(camera.pixels(rays)).astype(np.intp).T
    height, width = metres.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    depth = metres[rows[inside], columns[inside]].astype(np.float64)
    seen = depth > 0
    points = np.column_stack([rays[inside][seen], np.ones(int(seen.sum()))]) * depth[seen, None]
    x, y, z = ((points - middle) @ turn).T
    place = np.floor(x / _STEP).astype(np.intp) + places // 2
    met = (np.abs(y) < half) & (place >= 0) & (place < places)
    # The second nearest: a single pixel may be a stray one.
    order = np.lexsort((z[met], place[met]))
    ordered, nearest = place[met][order], z[met][order]
    first, last = (np.searchsorted(ordered, np.arange(places), side) for side in ("left", "right"))
    top = np.full(places, np.nan)
    top[last - first > 1] = nearest[first[last - first > 1] + 1]
    return top


def _below(
    top: NDArray[np.float64], thickness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The nearest under a left and a right finger whose plate is at each place's edge.

    Returns:
        Each ``(N + 1,)``, -inf where too little of the finger's place is known.
    """
    margin, whole = (round(length / _STEP) for length in (_MARGIN, thickness + 2 * _MARGIN))
    windows = sliding_window_view(top, whole)
    known = np.isfinite(windows).mean(axis=1) >= _KNOWN
    nearest = np.where(known, np.nan_to_num(windows, nan=np.inf).min(axis=1), -np.inf)
    left, right = np.full((2, len(top) + 1), -np.inf)
    # A window's first place is a right finger's plate less the margin, or a left one's outside.
    right[margin : margin + len(nearest)] = nearest
    left[whole - margin : whole - margin + len(nearest)] = nearest
    return left, right


def _seen(grasp: Grasp, pose: GripperPose, camera: Intrinsics) -> Grasp:
    """The grasp as a picture shows the pose's plates: its centre and opening."""
    turn = quaternion_to_matrix(pose.orientation)
    ends = np.array(pose.position) + np.outer([-0.5, 0.5], turn[:, 0] * pose.opening)
    (left, top), (right, bottom) = camera.pixels(ends[:, :2] / ends[:, 2:])
    x, y = float(left + right) / 2, float(top + bottom) / 2
    theta = float(wrap_angle(np.arctan2(bottom - top, right - left)))
    w = float(np.hypot(right - left, bottom - top))
    return replace(grasp, x=x, y=y, theta=theta, w=w, pose=pose)
