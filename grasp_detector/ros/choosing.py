"""Which of a pair's grasps are given: from parameters and frames to what is wanted, and counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

from rclpy.node import Node
from std_msgs.msg import Header

from grasp_detector.detector import Fingers, Grasp, Intrinsics
from grasp_detector.detector.selection import OUTSIDE, Chosen, Wanted, Workspace
from grasp_detector.detector.smoothing import Smoother
from grasp_detector.errors import InputError
from grasp_detector.geometry import Rigid
from grasp_detector.rgbd import Region
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.conversions import intrinsics_from_msg
from grasp_detector.ros.diagnostics import (
    FOUND,
    NO_DEPTH,
    NO_TRANSFORM,
    NONE_FOUND,
    UNPLACED,
    WITHOUT_POSE,
)
from grasp_detector.ros.frames import TfTransforms, Transforms
from grasp_detector.ros.parameters import ANY_OPENING, FARTHEST, Settings
from grasp_detector.ros.stats import Statistics

REMOVED = "grasps removed: "  # and by which filter
NOT_JUDGED = "no grasp can be judged by the workspace"  # and why
_NARROW, _WIDE = 0.001, 0.25  # metres between which a gripper's greatest opening is
_NOWHERE = Workspace((inf, inf, inf), (-inf, -inf, -inf))


@dataclass(frozen=True)
class Answer:
    """Grasps in the frame of their header, and in words why there are none, if so."""

    header: Header
    grasps: Sequence[Grasp]
    why_none: str


class Choosing:
    """Chooses among what the detector proposes, as the parameters say.

    ``open`` and ``close`` are called in the executor's thread, all else in the worker's: ``wanted``
    of a pair before ``answer`` or ``framed`` of what was chosen by it.
    """

    def __init__(
        self,
        node: Node,
        stats: Statistics,
        make_transforms: Callable[[Node], Transforms] = TfTransforms,
    ) -> None:
        self._node = node
        self._stats = stats
        self._make_transforms = make_transforms
        self._transforms: Transforms | None = None
        self._smoother = Smoother(0.0)
        self._unplaced = ""  # why the workspace asked about last is unknown

    def open(self, settings: Settings) -> None:
        """Begin anew, with nothing remembered.

        Raises:
            InputError: a frame is asked for, but tf2 is not installed.
        """
        self._smoother = Smoother(settings.smoothing)
        if settings.target_frame or settings.workspace_frame:
            if self._transforms is None:
                self._transforms = self._make_transforms(self._node)
            self._transforms.open()

    def close(self) -> None:
        """Listen to no frames any more."""
        if self._transforms is not None:
            self._transforms.close()

    def camera(self, pair: Pair, settings: Settings) -> Intrinsics | None:
        """Return the camera of a pair, if its camera_info tells."""
        try:
            if pair.info is None:
                raise InputError("no camera_info was received")
            width, height = pair.color.width, pair.color.height
            return intrinsics_from_msg(pair.info, width, height, settings.rectified)
        except InputError as error:
            self._stats.count(WITHOUT_POSE, why=str(error))
            return None

    def wanted(self, pair: Pair, settings: Settings, region: Region | None = None) -> Wanted:
        """Return which grasps are wanted of a pair; ``region`` goes before the parameters'."""
        return replace(wanted(settings, region), workspace=self._box(pair, settings))

    def answer(self, pair: Pair, chosen: Chosen, settings: Settings, located: bool) -> Answer:
        """Return the grasps chosen for publication: held still, and in the frame asked for.

        ``located``: the camera is known, so that grasps could have a pose.
        """
        for reason, count in chosen.removed.items():
            if not (self._unplaced and reason == OUTSIDE):
                self._stats.count(REMOVED + reason, count)
        if not chosen.grasps:
            self._stats.count(NONE_FOUND, why=self._why_none(chosen))
        self._stats.count(FOUND, len(chosen.grasps))
        if located:
            without = sum(grasp.pose is None for grasp in chosen.grasps)
            self._stats.count(NO_DEPTH, without)
        grasps: Sequence[Grasp] = chosen.grasps
        self._smoother.weight = settings.smoothing
        if settings.smoothing > 0.0:
            grasps = self._smoother.update(grasps, pair.stamp_ns / 1e9)
        return self.framed(pair, replace(chosen, grasps=list(grasps)), settings)

    def framed(self, pair: Pair, chosen: Chosen, settings: Settings) -> Answer:
        """Return the grasps chosen, in the frame asked for; without poses where it is unknown."""
        header, grasps = pair.color.header, chosen.grasps
        target = settings.target_frame
        if target and target != header.frame_id:
            try:
                camera = self._lookup(target, pair)
                grasps = [_seen_from(camera, grasp) for grasp in grasps]
            except InputError as error:
                self._stats.count(NO_TRANSFORM, why=str(error))
                grasps = [replace(grasp, pose=None) for grasp in grasps]
            header = Header(stamp=header.stamp, frame_id=target)
        return Answer(header, grasps, "" if grasps else self._why_none(chosen))

    def _why_none(self, chosen: Chosen) -> str:
        if self._unplaced and chosen.removed[OUTSIDE]:
            return f"{NOT_JUDGED}: {self._unplaced}"
        return chosen.why_none()

    def _box(self, pair: Pair, settings: Settings) -> Workspace | None:
        """Return the workspace as the camera sees it; no grasp is in it where that is unknown."""
        self._unplaced = ""
        box, frame = workspace(settings), settings.workspace_frame
        if box is None or frame in ("", pair.color.header.frame_id):
            return box
        try:
            return replace(box, camera=self._lookup(frame, pair))
        except InputError as error:
            self._unplaced = str(error)
            self._stats.count(UNPLACED, why=self._unplaced)
            return _NOWHERE

    def _lookup(self, frame: str, pair: Pair) -> Rigid:
        assert self._transforms is not None  # these parameters do not change while it is active
        return self._transforms.lookup(frame, pair.color.header.frame_id, pair.stamp_ns)


def wanted(settings: Settings, region: Region | None = None) -> Wanted:
    """Return what the parameters want, but for the workspace; ``region`` goes before theirs.

    Raises:
        InputError: they contradict each other.
    """
    if region is None and settings.region_width and settings.region_height:
        region = Region(
            settings.region_x, settings.region_y, settings.region_width, settings.region_height
        )
    return Wanted(
        max_grasps=settings.max_grasps,
        min_confidence=settings.min_confidence,
        overlap=settings.overlap,
        min_opening=settings.min_opening,
        max_opening=settings.max_opening if settings.max_opening < ANY_OPENING else inf,
        region=region,
        crop_size=settings.crop_size,
        approach=settings.approach,
        fingers=fingers(settings),
    )


def fingers(settings: Settings) -> Fingers | None:
    """Return the fingers of the parameters; None where no room is asked for."""
    if settings.finger_width <= 0.0:
        return None
    opening = min(max(settings.max_opening, _NARROW), _WIDE)
    return Fingers(opening, settings.finger_width, settings.finger_thickness, settings.finger_reach)


def workspace(settings: Settings) -> Workspace | None:
    """Return the box of the parameters, in its own frame; None where they do not limit anything."""
    low, high = (
        tuple(float(getattr(settings, f"workspace_{end}_{axis}")) for axis in "xyz")
        for end in ("min", "max")
    )
    if max(low) <= -FARTHEST and min(high) >= FARTHEST:
        return None
    (x, y, z), (far_x, far_y, far_z) = low, high
    return Workspace((x, y, z), (far_x, far_y, far_z))


def _seen_from(camera: Rigid, grasp: Grasp) -> Grasp:
    return grasp if grasp.pose is None else replace(grasp, pose=grasp.pose.seen_from(camera))
