"""Which of all grasps that the network proposes are given: one filter after the other, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.clearance import Fingers, with_room
from grasp_detector.detector.grasp import Grasp
from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.pose import APPROACHES, GripperPose, gripper_pose
from grasp_detector.errors import InputError
from grasp_detector.geometry import Likeness, Rigid
from grasp_detector.rgbd import SHARE, Region

# Why a grasp is not given.
UNSURE = "less sure than min_confidence"
ELSEWHERE = "outside the region"
LIKE_ANOTHER = "like a surer one"
NO_POSE = "without the pose that opening, workspace and room are judged by"
WIDTH = "opening outside min_opening to max_opening"
OUTSIDE = "outside the workspace"
NO_ROOM = "without room for the fingers"
TOO_MANY = "beyond max_grasps"

ASKED = 12
"""Grasps that depth is asked about for room, more than are wanted: the best may change."""


@dataclass(frozen=True)
class Workspace:
    """A box that grasps must lie in.

    Attributes:
        low, high: its corners, ``(3,)`` metres each.
        camera: the camera's optical frame, seen from the box's; None = the box is in that frame.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    camera: Rigid | None = None

    def holds(self, position: Sequence[float]) -> bool:
        """Whether a position in the camera's optical frame, metres, lies in the box."""
        point = np.asarray(position) if self.camera is None else self.camera.points(position)
        return bool((point >= self.low).all() and (point <= self.high).all())


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a picture.

    Attributes:
        max_grasps: at most so many.
        min_confidence: only grasps at least this sure, 0 to 1.
        overlap: Jaccard index above which two grasps of like angle are one.
        min_opening, max_opening: between the plates, metres: what the gripper can.
        workspace: that grasps must lie in; None = anywhere.
        region: of the picture, where grasps are looked for; None = in its middle.
        crop_size: side of the square that is looked at, as a part of the picture's shorter side.
        approach: one of `pose.APPROACHES`.
        fingers: that must have room, as far as depth tells (`clearance.with_room`); None = that
            is not looked at.

    Raises:
        InputError: a value that cannot be.
    """

    max_grasps: int = 10
    min_confidence: float = 0.1
    overlap: float = 0.25
    min_opening: float = 0.0
    max_opening: float = float("inf")
    workspace: Workspace | None = None
    region: Region | None = None
    crop_size: float = SHARE
    approach: str = "axis"
    fingers: Fingers | None = None

    def __post_init__(self) -> None:
        if self.max_grasps < 1:
            raise InputError(f"max_grasps is {self.max_grasps}: at least 1 is needed")
        if not 0.0 <= self.min_confidence <= 1.0:
            raise InputError(f"min_confidence is {self.min_confidence:g}: 0 to 1 is possible")
        if not 0.0 <= self.overlap <= 1.0:
            raise InputError(f"overlap is {self.overlap:g}: 0 to 1 is possible")
        if not 0.0 < self.crop_size <= 1.0:
            raise InputError(f"crop_size is {self.crop_size:g}: above 0 to 1 is possible")
        if self.approach not in APPROACHES:
            known = " or ".join(APPROACHES)
            raise InputError(f"unknown approach {self.approach!r}: choose {known}")
        if not self.min_opening <= self.max_opening:
            raise InputError(
                f"min_opening is {self.min_opening:g} m, more than max_opening, "
                f"which is {self.max_opening:g} m"
            )

    def refusal(self, pose: GripperPose | None) -> str | None:
        """Why a gripper there is not wanted; None where it is."""
        everywhere = self.workspace is None
        if pose is None:
            any_opening = self.min_opening <= 0.0 and np.isinf(self.max_opening)
            return None if everywhere and any_opening else NO_POSE
        if not self.min_opening <= pose.opening <= self.max_opening:
            return WIDTH
        return None if self.workspace is None or self.workspace.holds(pose.position) else OUTSIDE


@dataclass(frozen=True)
class Candidates:
    """What the network proposes: grasps ``(N, 5)`` in pixels of the picture.

    Attributes:
        grasps: ``(N, 5)``.
        confidence: ``(N,)``.
        classes: ``(N,)`` of int, -1 = not classified.
        left_out: how many more there were, all less sure than is wanted.
    """

    grasps: NDArray[np.float64]
    confidence: NDArray[np.float64]
    classes: NDArray[np.int64]
    left_out: int = 0


@dataclass(frozen=True)
class Chosen:
    """Grasps, best first, and what became of the others.

    Attributes:
        grasps: that were chosen.
        removed: reason: how many.
        surest: confidence of the surest candidate in the region, 0 where there is none.
    """

    grasps: list[Grasp]
    removed: Counter[str] = field(default_factory=Counter)
    surest: float = 0.0

    def why_none(self) -> str:
        """Why there are no grasps, in words."""
        others = Counter({why: count for why, count in self.removed.items() if why != UNSURE})
        reasons = [f"{count} {why}" for why, count in others.most_common()]
        if set(others) <= {ELSEWHERE}:
            where = " in it" if others else ""
            reasons.append(f"the surest{where} has a confidence of {self.surest:.2g}")
        return ", ".join(reasons)


def choose(
    candidates: Candidates,
    wanted: Wanted,
    depth: NDArray[np.generic] | None,
    camera: Intrinsics | None,
    class_names: Sequence[str],
) -> Chosen:
    """The grasps that are wanted, the surest first.

    Of grasps that say the same the surest one is kept which nothing else speaks against.

    Args:
        candidates: in pixels of the picture.
        wanted: which.
        depth: ``(H, W)``; None = no grasp has a pose.
        camera: of the picture; None = no grasp has a pose.
        class_names: of the candidates' classes.
    """
    if wanted.fingers is None or depth is None or camera is None:
        return _surest(candidates, wanted, depth, camera, class_names)
    # A grasp that is too wide may be closed to where there is room, a narrow one opened.
    more = max(wanted.max_grasps, ASKED)
    asked = replace(wanted, max_grasps=more, min_opening=0.0, max_opening=np.inf)
    chosen = _surest(candidates, asked, depth, camera, class_names)
    moved = with_room(chosen.grasps, depth, camera, wanted.fingers)
    fives = [each.five for each in moved]
    likeness = Likeness(np.array(fives).reshape(-1, 5), wanted.overlap)
    like_another = np.zeros(len(moved), dtype=bool)
    kept: list[Grasp] = []
    for index, grasp in enumerate(moved):
        # The fingers were given room elsewhere: what was asked of the grasp is asked again.
        refusal = wanted.refusal(grasp.pose)
        if grasp.confidence < wanted.min_confidence:
            refusal = NO_POSE if grasp.pose is None else NO_ROOM
        elif wanted.region is not None and not wanted.region.holds(fives[index][:2]):
            refusal = ELSEWHERE
        elif refusal is None and like_another[index]:
            refusal = LIKE_ANOTHER
        elif refusal is None and len(kept) == wanted.max_grasps:
            refusal = TOO_MANY
        if refusal is None:
            kept.append(grasp)
            like_another[index + 1 :] |= likeness.after(index)
        else:
            chosen.removed[refusal] += 1
    return replace(chosen, grasps=kept)


def _surest(
    candidates: Candidates,
    wanted: Wanted,
    depth: NDArray[np.generic] | None,
    camera: Intrinsics | None,
    class_names: Sequence[str],
) -> Chosen:
    grasps, confidence = candidates.grasps, candidates.confidence
    removed: Counter[str] = Counter()
    order = np.argsort(-confidence, kind="stable")
    remaining = order[confidence[order] >= wanted.min_confidence]
    removed[UNSURE] = candidates.left_out + len(order) - len(remaining)
    surest = confidence
    if wanted.region is not None:
        inside = wanted.region.holds(grasps[:, :2])
        surest = confidence[inside]
        removed[ELSEWHERE] = int(np.count_nonzero(~inside[remaining]))
        remaining = remaining[inside[remaining]]
    likeness = Likeness(grasps[remaining], wanted.overlap)
    left = np.ones(len(remaining), dtype=bool)
    kept: list[Grasp] = []
    for index, best in enumerate(remaining):
        if len(kept) == wanted.max_grasps:
            break
        if not left[index]:
            continue
        left[index] = False
        pose = None
        if depth is not None and camera is not None:
            pose = gripper_pose(grasps[best], depth, camera, wanted.approach)
        refusal = wanted.refusal(pose)
        if refusal is not None:
            removed[refusal] += 1
            continue
        kind = int(candidates.classes[best])
        name = class_names[kind] if kind >= 0 else ""
        kept.append(Grasp.of(grasps[best], float(confidence[best]), kind, name, pose))
        same = likeness.after(index) & left[index + 1 :]
        removed[LIKE_ANOTHER] += int(np.count_nonzero(same))
        left[index + 1 :] &= ~same
    removed[TOO_MANY] = int(np.count_nonzero(left))
    return Chosen(kept, +removed, float(surest.max(initial=0.0)))
