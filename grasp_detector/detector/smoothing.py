"""Grasps that hold still: each keeps its identity from picture to picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.grasp import Grasp
from grasp_detector.detector.pose import GripperPose
from grasp_detector.geometry import alike, wrap_angle

_FORGOTTEN = 0.5  # seconds without a grasp after which the next one there is another one


@dataclass
class _Track:
    """A grasp as it was given last, and when that was."""

    grasp: Grasp
    time: float


class Smoother:
    """Mixes each grasp with what it was in the pictures before.

    Only grasps seen in the picture at hand are given, and so each stays the answer to its picture.

    Args:
        weight: of the past, 0 (none) to less than 1: after n pictures ``weight ** n`` of an old
            answer is left in the new one.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._tracks: list[_Track] = []

    def update(self, grasps: Sequence[Grasp], time: float) -> list[Grasp]:
        """The grasps of the next picture, taken at ``time`` (seconds), smoothed and best first.

        A grasp is taken for the surest one of the past that it overlaps at a like angle. Where only
        one of the two has a pose, the pose is the new one's. What was seen more than half a second
        ago is forgotten, and so is what lies in the future: time jumped back.
        """
        free = [track for track in self._tracks if 0.0 <= time - track.time <= _FORGOTTEN]
        seen = []
        for grasp in grasps:
            same = alike(_five([track.grasp for track in free]), _five([grasp])[0])
            if same.any():
                track = free.pop(int(np.argmax(same)))
                grasp = _mix(track.grasp, grasp, self.weight)
            seen.append(_Track(grasp, time))
        # The surest first: they are the first to be found again.
        self._tracks = sorted([*seen, *free], key=lambda track: -track.grasp.confidence)
        return sorted((track.grasp for track in seen), key=lambda grasp: -grasp.confidence)


def _five(grasps: Sequence[Grasp]) -> NDArray[np.float64]:
    return np.array([grasp.five for grasp in grasps]).reshape(-1, 5)


def _mix(old: Grasp, new: Grasp, weight: float) -> Grasp:
    """The new grasp with ``weight`` of the old one."""

    def mixed(before: float, after: float) -> float:
        return weight * before + (1 - weight) * after

    # The shorter way round: a half turn of a gripper changes nothing.
    step = float(wrap_angle(new.theta - old.theta))
    pose = new.pose
    if old.pose is not None and new.pose is not None:
        pose = _mix_poses(old.pose, new.pose, weight)
    return replace(
        new,
        x=mixed(old.x, new.x),
        y=mixed(old.y, new.y),
        theta=float(wrap_angle(old.theta + (1 - weight) * step)),
        h=mixed(old.h, new.h),
        w=mixed(old.w, new.w),
        confidence=mixed(old.confidence, new.confidence),
        pose=pose,
    )


def _mix_poses(old: GripperPose, new: GripperPose, weight: float) -> GripperPose:
    before, after = np.array(old.orientation), np.array(new.orientation)
    x, y, z, w = after
    # Turned by half about its own approach, q (0, 0, 1, 0), the gripper is the same; and so is -q.
    ways = np.array([after, [y, -x, w, -z]])
    nearest = ways[int(np.argmax(np.abs(ways @ before)))]
    nearest = nearest * (1.0 if nearest @ before >= 0 else -1.0)
    turned = weight * before + (1 - weight) * nearest
    numbers = weight * _numbers(old) + (1 - weight) * _numbers(new)
    qx, qy, qz, qw = (turned / np.linalg.norm(turned)).tolist()
    px, py, pz, opening, jaw, depth = numbers.tolist()
    return GripperPose((px, py, pz), (qx, qy, qz, qw), opening, jaw, depth)


def _numbers(pose: GripperPose) -> NDArray[np.float64]:
    return np.array([*pose.position, pose.opening, pose.jaw, pose.depth])
