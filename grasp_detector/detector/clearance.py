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
from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.pose import GripperPose
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
_ROWS, _LEVELS = 9, 10  # across a plate and down it: places, each of which touches or not
_TOUCH = 0.006  # metres from what is touched first
_STEEP = 1.0  # metres that a side recedes in a metre of height: nothing holds such sides
_LEAST_HOLD = 0.05  # less is none
_TRUST = 0.25  # what the network's word weighs; what is measured weighs the rest
_KNOWN = 1 / 3  # share of a finger's place that must have depth: a sensor's shadow has none
_NEAREST = 0.01  # metres from the camera: a plane that leans may come behind it
_NEARER = 0.2  # what stands nearer to the camera is seen farther out, by so much of its distance
_TALLEST = 0.5  # metres that anything stands above a grasp, at most


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

    A grasp's confidence becomes what the network says and what is measured together: nothing where
    a finger would land on what stands beside the object, or on the object; little where the
    fingers get hardly past it, where little of the plates would touch, or where the object's sides
    slope like a roof, which plates push down and out of the hand. Where nothing nearby would hold,
    the grasp stays where it was, without confidence. What has no pose cannot be looked at: it stays
    where it is, and is trusted no more than the last of those with room.

    Args:
        grasps: in pixels of the picture.
        depth: ``(H, W)`` registered to it, uint16 millimetres or float metres.
        camera: of the picture.
        fingers: the gripper's.

    Returns:
        As many, by confidence; those of none as they were ordered.
    """
    metres = depth_in_metres(depth)
    found = []
    least = np.inf  # of those with room
    for grasp in grasps:
        if grasp.pose is not None:
            room = fit_fingers(grasp.pose, metres, camera, fingers)
            deep = min(1.0, room.depth / min(_ENOUGH, fingers.reach))
            # The deeper, the more of a plate holds, and the farther it is from losing all of it.
            holds = deep**2 * room.hold
            if holds >= _LEAST_HOLD:
                confidence = grasp.confidence**_TRUST * holds ** (1.0 - _TRUST)
                least = min(least, confidence)
                grasp = replace(_seen(grasp, room.pose, camera), confidence=confidence)
            else:
                grasp = replace(grasp, confidence=0.0)
        found.append(grasp)
    found = [
        replace(grasp, confidence=min(grasp.confidence, least)) if grasp.pose is None else grasp
        for grasp in found
    ]
    return sorted(found, key=lambda grasp: (-grasp.confidence, grasp.pose is None))


@dataclass(frozen=True)
class Room:
    """Where fingers have room.

    Attributes:
        pose: moved along its opening and opened, on the nearest of what is then between the plates.
        depth: how far fingertips can go down there from that surface, metres, at most the gripper's
            reach; 0 = there is no room, and the pose is as it was.
        hold: how well plates that deep hold what they close on, 0 to 1.
    """

    pose: GripperPose
    depth: float
    hold: float


def fit_fingers(
    pose: GripperPose, metres: NDArray[np.float32], camera: Intrinsics, fingers: Fingers
) -> Room:
    """The nearest gripper to a pose whose fingers have room.

    Args:
        pose: as the grasp asks for.
        metres: ``(H, W)`` depth, 0 = none.
        camera: of the picture.
        fingers: the gripper's.
    """
    turn = quaternion_to_matrix(pose.orientation)
    places = 2 * int(np.ceil(_reach(fingers) / _STEP))
    points = _points(pose, turn, metres, camera, fingers)
    top = _profile(points, places)
    edges = (np.arange(len(top) + 1) - len(top) // 2) * _STEP
    below_left, below_right = _below(top, fingers.thickness)
    left = np.flatnonzero((edges < -_NARROWEST / 2) & np.isfinite(below_left))
    right = np.flatnonzero((edges > _NARROWEST / 2) & np.isfinite(below_right))
    if not (len(left) and len(right)):
        return Room(pose, 0.0, 0.0)
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
        return Room(pose, 0.0, 0.0)
    centre, nearest = float(shift[best]), float(between[best])
    x, y, z = (np.array(pose.position) + turn @ [centre, 0.0, nearest]).tolist()
    # Differences of edges are not exact: no more than the gripper can.
    width = min(float(opening[best]), fingers.opening)
    moved = replace(pose, position=(x, y, z), depth=z, opening=width)
    deep = min(float(room[best]), fingers.reach)
    tips = nearest + max(deep - _MARGIN, _MARGIN)
    held = points[(points[:, 2] < tips) & (np.abs(points[:, 0] - centre) < moved.opening / 2)]
    return Room(moved, deep, _hold(held - [0.0, 0.0, nearest], tips - nearest, fingers.plate))


def _reach(fingers: Fingers) -> float:
    """How far from a pose fingers may need room, along its opening, metres."""
    return fingers.opening / 2 + _SHIFT + fingers.thickness + 2 * _MARGIN


def _points(
    pose: GripperPose,
    turn: NDArray[np.float64],
    metres: NDArray[np.float32],
    camera: Intrinsics,
    fingers: Fingers,
) -> NDArray[np.float64]:
    """What stands where the fingers or the palm may come: ``(N, 3)`` metres in the pose's frame.

    Not deeper than the fingertips ever go: what is seen there is how far the way is free.
    """
    reach, half = _reach(fingers), fingers.plate / 2 + _MARGIN
    # On the plane through the pose; what stands nearer to the camera is seen farther out there.
    middle = np.array(pose.position)
    corners = np.array([[-reach, -half], [reach, -half], [-reach, half], [reach, half]])
    # Of what is far away (a stray 65 m) that share would be metres, and millions of places.
    nearer = min(_NEARER, _TALLEST / middle[2])
    local = np.concatenate([corners, corners * (1 + nearer) + nearer * (middle @ turn[:, :2])])
    along, across = (
        np.arange(low, high + _STEP, _STEP)
        for low, high in zip(local.min(0), local.max(0), strict=True)
    )
    plane = (middle + across[:, None] * turn[:, 1])[:, None] + along[:, None] * turn[:, 0]
    plane = plane[plane[..., 2] > _NEAREST]
    rays = plane[:, :2] / plane[:, 2:]
    columns, rows = np.rint(camera.pixels(rays)).astype(np.intp).T
    height, width = metres.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    rays, depth = rays[inside], metres[rows[inside], columns[inside]]
    seen = depth > 0
    ways, eye = rays[seen] @ turn[:2] + turn[2], -middle @ turn
    # A ray that goes on below the fingertips shows that there is nothing where they would be; what
    # it meets far below may lie aside, since the camera sees all but its middle aslant.
    down = ways[:, 2]
    ends = (fingers.reach + _MARGIN - eye[2]) / np.where(down > 0.0, down, np.inf)
    far = np.where(down > 0.0, np.minimum(depth[seen], ends), depth[seen])
    found: NDArray[np.float64] = eye + ways * far[:, None]
    return found[np.abs(found[:, 1]) < half]


def _profile(points: NDArray[np.float64], places: int) -> NDArray[np.float64]:
    """The nearest that a finger meets, place by place along the opening.

    Returns:
        ``(places,)`` metres from the pose's surface along the approach, NaN where nothing is known;
        the pose's middle is between the two middle places.
    """
    place = np.floor(points[:, 0] / _STEP).astype(np.intp) + places // 2
    met = (place >= 0) & (place < places)
    place, z = place[met], points[met, 2]
    # The second nearest: a single pixel may be a stray one.
    order = np.argsort(z)
    order = order[np.argsort(place[order].astype(np.int16), kind="stable")]
    place, z = place[order], z[order]
    first, last = (np.searchsorted(place, np.arange(places), side) for side in ("left", "right"))
    top = np.full(places, np.nan)
    top[last - first > 1] = z[first[last - first > 1] + 1]
    return top


def _hold(held: NDArray[np.float64], tips: float, plate: float) -> float:
    """How well plates hold what stands between them, 0 to 1.

    Plates meet what is widest as deep as they reach. Of the worse one so much touches at the same
    time; and the less the sides recede above, the less are they pushed down, out of the hand.

    Args:
        held: ``(N, 3)`` metres in the gripper's frame, from the nearest that it takes hold of.
        tips: how deep the fingertips are, metres.
        plate: width of a finger, metres.
    """
    held = held[np.abs(held[:, 1]) < plate / 2]
    row = np.clip(np.floor((held[:, 1] / plate + 0.5) * _ROWS).astype(np.intp), 0, _ROWS - 1)
    level = np.clip(np.floor(held[:, 2] / tips * _LEVELS).astype(np.intp), 0, _LEVELS - 1)
    left, right = np.full((_ROWS, _LEVELS), np.inf), np.full((_ROWS, _LEVELS), -np.inf)
    np.minimum.at(left, (row, level), held[:, 0])
    np.maximum.at(right, (row, level), held[:, 0])
    # What is hidden under something stands out as far, as a plate meets it.
    left, right = np.minimum.accumulate(left, axis=1), np.maximum.accumulate(right, axis=1)
    # The second that is touched: a single pixel may be a stray one.
    first, last = np.sort(left, axis=0)[1], np.sort(right, axis=0)[-2]
    touched = min((left < first[-1] + _TOUCH).mean(), (right > last[-1] - _TOUCH).mean())
    upper = _LEVELS // 2 - 1
    if not np.isfinite([first[upper], last[upper]]).all():
        return 0.0  # next to nothing stands so far up
    recedes = (first[upper] - first[-1] + last[-1] - last[upper]) / tips
    return float(touched * np.clip(1.0 - recedes / _STEEP, 0.0, 1.0))


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
