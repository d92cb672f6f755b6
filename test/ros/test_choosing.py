"""Which grasps are given: parameters, frames, and what is counted."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from ros_rig import Rig, change_state, flat_depth, header_at, picture, said, set_parameter
from sensor_msgs.msg import CameraInfo

from grasp_detector.detector import Grasp, GripperPose
from grasp_detector.detector.selection import OUTSIDE, WIDTH, Chosen
from grasp_detector.errors import InputError
from grasp_detector.geometry import Rigid, quaternion_to_matrix
from grasp_detector.rgbd import Region
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.choosing import Choosing, wanted, workspace
from grasp_detector.ros.diagnostics import (
    FOUND,
    NO_DEPTH,
    NO_TRANSFORM,
    NONE_FOUND,
    UNPLACED,
    WITHOUT_POSE,
)
from grasp_detector.ros.frames import PATIENCE, RETRY, TfTransforms
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.parameters import Settings
from grasp_detector.ros.stats import Statistics

SECOND = 1_000_000_000
POSE = GripperPose((0.1, 0.2, 0.7), (0.0, 0.0, 0.0, 1.0), opening=0.06, jaw=0.02, depth=0.7)
PLACED = Grasp(10.0, 20.0, 0.5, 8.0, 30.0, 0.9, 3, "cup", POSE)
FLAT = replace(PLACED, x=200.0, pose=None)
# The camera hangs 1.2 m above the robot's base and looks down, its x axis along the base's.
OVERHEAD = Rigid.from_quaternion([0.0, 0.0, 1.2], [1.0, 0.0, 0.0, 0.0])


class FakeTransforms:
    """Knows one frame; ``lookup`` is asked as tf2 would be."""

    def __init__(self, node: Any = None) -> None:
        self.listening = False
        self.asked: list[tuple[str, str, int]] = []

    def open(self) -> None:
        self.listening = True

    def close(self) -> None:
        self.listening = False

    def lookup(self, target: str, source: str, stamp_ns: int) -> Rigid:
        self.asked.append((target, source, stamp_ns))
        if (target, source) != ("base", "camera_frame"):
            raise InputError(f"no transform from {source!r} to {target!r}: unknown")
        return OVERHEAD


class Case:
    """The module under test with fakes around it."""

    def __init__(self, **values: Any) -> None:
        self.settings = Settings().changed(values)
        self.stats = Statistics()
        self.transforms = FakeTransforms()
        node: Any = None
        self.choosing = Choosing(node, self.stats, lambda _: self.transforms)
        self.choosing.open(self.settings)
        header = header_at(5 * SECOND)
        color = to_image_msg(picture(), "rgb8", header)
        depth = to_image_msg(flat_depth(), "16UC1", header)
        info = CameraInfo(width=320, height=240)
        info.k = [300.0, 0.0, 160.0, 0.0, 300.0, 120.0, 0.0, 0.0, 1.0]
        self.pair = Pair(color, depth, info, 5 * SECOND, 0, 0.0)

    def answer(self, *grasps: Grasp) -> Any:
        return self.choosing.answer(self.pair, Chosen(list(grasps)), self.settings, True)

    def counted(self) -> dict[str, int]:
        return dict(self.stats.report().total)


def test_nothing_is_asked_of_tf_where_no_frame_is_named() -> None:
    case = Case()
    answer = case.answer(PLACED, FLAT)
    assert answer.header == case.pair.color.header
    assert answer.grasps == [PLACED, FLAT]
    assert not case.transforms.listening
    assert case.counted() == {FOUND: 2, NO_DEPTH: 1}


def test_poses_are_in_the_frame_asked_for() -> None:
    case = Case(target_frame="base")
    assert case.transforms.listening
    answer = case.answer(PLACED, FLAT)
    assert (answer.header.frame_id, answer.header.stamp.sec) == ("base", 5)
    placed, flat = answer.grasps
    # 0.7 m below the camera, and y of the picture is down.
    assert placed.pose.position == pytest.approx((0.1, -0.2, 0.5))
    np.testing.assert_allclose(
        quaternion_to_matrix(placed.pose.orientation), OVERHEAD.rotation, atol=1e-12
    )
    assert (placed.pose.opening, placed.pose.depth, flat.pose) == (0.06, 0.7, None)
    assert (placed.x, placed.theta) == (PLACED.x, PLACED.theta)
    assert case.transforms.asked == [("base", "camera_frame", 5 * SECOND)]
    assert case.pair.color.header.frame_id == "camera_frame"  # the picture keeps its own
    case.choosing.close()
    assert not case.transforms.listening


def test_in_its_own_frame_nothing_is_asked() -> None:
    case = Case(target_frame="camera_frame", workspace_frame="camera_frame", workspace_max_z=1.0)
    assert case.answer(PLACED).grasps == [PLACED]
    assert case.choosing.wanted(case.pair, case.settings).workspace is not None
    assert case.transforms.asked == []


def test_without_the_transform_there_is_no_pose_and_it_is_counted() -> None:
    case = Case(target_frame="gripper")
    answer = case.answer(PLACED)
    assert answer.header.frame_id == "gripper"
    assert answer.grasps == [replace(PLACED, pose=None)]
    report = case.stats.report()
    assert report.total[NO_TRANSFORM] == 1
    assert report.why[NO_TRANSFORM] == "no transform from 'camera_frame' to 'gripper': unknown"


@pytest.mark.parametrize(
    ("frame", "holds"), [("base", True), ("gripper", False), ("", False), ("camera_frame", False)]
)
def test_the_workspace_is_judged_in_its_frame(frame: str, holds: bool) -> None:
    case = Case(workspace_frame=frame, workspace_min_z=0.4, workspace_max_z=0.6)
    box = case.choosing.wanted(case.pair, case.settings).workspace
    assert box is not None
    assert box.holds(POSE.position) is holds
    assert case.counted() == ({UNPLACED: 1} if frame == "gripper" else {})


def test_where_the_workspace_is_unknown_that_is_why_there_are_none() -> None:
    case = Case(workspace_frame="gripper", workspace_max_z=0.6)
    case.choosing.wanted(case.pair, case.settings)
    none = Chosen([], Counter({OUTSIDE: 3, WIDTH: 2}))
    why = "no transform from 'camera_frame' to 'gripper': unknown"
    words = f"no grasp can be judged by the workspace: {why}"
    assert case.choosing.answer(case.pair, none, case.settings, True).why_none == words
    assert case.choosing.framed(case.pair, none, case.settings).why_none == words
    report = case.stats.report()
    assert report.total == {UNPLACED: 1, f"grasps removed: {WIDTH}": 2, NONE_FOUND: 1}
    assert (report.why[UNPLACED], report.why[NONE_FOUND]) == (why, words)
    # What nothing was asked of the workspace for is not its fault.
    wide = case.choosing.framed(case.pair, Chosen([], Counter({WIDTH: 2})), case.settings)
    assert wide.why_none == f"2 {WIDTH}"
    # Nor is anything when it is known again.
    known = Case(workspace_frame="base", workspace_max_z=0.6).settings
    case.choosing.wanted(case.pair, known)
    assert case.choosing.framed(case.pair, none, known).why_none == f"3 {OUTSIDE}, 2 {WIDTH}"


def test_parameters_become_what_is_wanted() -> None:
    most = wanted(Settings())
    assert most.max_opening == np.inf
    assert (most.region, most.approach) == (None, "axis")
    assert workspace(Settings()) is None
    some = Settings().changed(
        {
            "max_opening": 0.08,
            "min_opening": 0.01,
            "region_x": 5,
            "region_width": 20,
            "region_height": 10,
            "crop_size": 0.9,
            "approach": "normal",
            "overlap": 0.5,
            "workspace_max_x": 0.3,
        }
    )
    found = wanted(some)
    assert (found.min_opening, found.max_opening) == (0.01, 0.08)
    assert (found.crop_size, found.approach, found.overlap) == (0.9, "normal", 0.5)
    assert found.region == Region(5, 0, 20, 10)
    assert wanted(some, Region(1, 2, 3, 4)).region == Region(1, 2, 3, 4)
    box = workspace(some)
    assert box is not None
    assert box.high == (0.3, 100.0, 100.0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"min_opening": 0.5, "max_opening": 0.1}, "min_opening is 0.5, more than max_opening"),
        ({"workspace_min_y": 1.0, "workspace_max_y": 0.0}, "workspace_min_y is 1.0, more than"),
        ({"smoothing": 1.0}, "smoothing is 1.0, outside 0.0 to 0.95"),
        ({"approach": "side"}, "approach is 'side', none of axis, normal"),
        ({"target_frame": "base"}, "target_frame cannot change while the node is active"),
    ],
)
def test_parameters_that_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Settings().changed(values, active=True)


def test_filters_are_counted_and_the_reason_is_told() -> None:
    case = Case()
    chosen = Chosen([])
    chosen.removed[WIDTH] = 3
    answer = case.choosing.answer(case.pair, chosen, case.settings, True)
    assert answer.why_none == f"3 {WIDTH}"
    assert case.counted() == {f"grasps removed: {WIDTH}": 3, NONE_FOUND: 1}


def test_smoothing_is_for_what_is_published_alone() -> None:
    case = Case(smoothing=0.5)
    case.answer(PLACED)
    moved = replace(PLACED, x=14.0)
    assert case.answer(moved).grasps[0].x == 12.0
    framed = case.choosing.framed(case.pair, Chosen([moved]), case.settings)
    assert framed.grasps == [moved]


@pytest.mark.parametrize(("seconds", "x"), [(0.03, 12.0), (0.6, 14.0), (-0.1, 14.0), (-60.0, 14.0)])
def test_smoothing_does_not_outlast_a_gap_or_a_jump_of_time(seconds: float, x: float) -> None:
    case = Case(smoothing=0.5)
    case.answer(PLACED)
    case.pair = replace(case.pair, stamp_ns=case.pair.stamp_ns + round(seconds * SECOND))
    assert case.answer(replace(PLACED, x=14.0)).grasps[0].x == x


def test_no_camera_info_is_counted() -> None:
    case = Case()
    camera = case.choosing.camera(case.pair, case.settings)
    assert camera is not None
    assert camera.fx == 300.0
    assert case.choosing.camera(replace(case.pair, info=None), case.settings) is None
    report = case.stats.report()
    assert (report.total[WITHOUT_POSE], report.why[WITHOUT_POSE]) == (
        1,
        "no camera_info was received",
    )


def test_tf2_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grasp_detector.ros.frames.find_spec", lambda _: None)
    choosing = Choosing(SimpleNamespace(), Statistics())  # type: ignore[arg-type]
    choosing.open(Settings())  # nothing of it is needed
    with pytest.raises(InputError, match="need tf2_ros, which is not installed: install"):
        choosing.open(Settings().changed({"target_frame": "base"}))


class TestTf:
    """`TfTransforms` on a stand-in for tf2_ros with the signatures of the real one."""

    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        told: dict[str, Any] = {"listeners": 0, "waits": [], "late": 0.0, "now": 100.0}
        module: Any = ModuleType("tf2_ros")

        class TransformException(Exception):  # noqa: N818
            pass

        class Buffer:
            def __init__(self, cache_time: Any = None, node: Any = None) -> None:
                assert node is not None

            def lookup_transform(
                self, target_frame: str, source_frame: str, time: Any, timeout: Any
            ) -> Any:
                told["waits"].append(timeout.nanoseconds / 1e9)
                told["asked"] = (target_frame, source_frame, time.nanoseconds)
                if isinstance(told["answer"], str):
                    raise TransformException(told["answer"])
                if timeout.nanoseconds / 1e9 < told["late"]:
                    raise TransformException("Lookup would require extrapolation into the future")
                shift, turn = told["answer"]
                return SimpleNamespace(
                    transform=SimpleNamespace(
                        translation=SimpleNamespace(**dict(zip("xyz", shift, strict=True))),
                        rotation=SimpleNamespace(**dict(zip("xyzw", turn, strict=True))),
                    )
                )

        class TransformListener:
            def __init__(self, buffer: Buffer, node: Any) -> None:
                told["listeners"] += 1

            def unregister(self) -> None:
                told["listeners"] -= 1

        module.Buffer, module.TransformListener = Buffer, TransformListener
        module.TransformException = TransformException
        monkeypatch.setitem(sys.modules, "tf2_ros", module)
        monkeypatch.setattr("grasp_detector.ros.frames.find_spec", lambda name: name)
        monkeypatch.setattr("grasp_detector.ros.frames.monotonic", lambda: told["now"])
        return told

    def test_a_transform(self, told: dict[str, Any]) -> None:
        told["answer"] = ((0.0, 0.0, 1.2), (1.0, 0.0, 0.0, 0.0))
        transforms = TfTransforms(SimpleNamespace())  # type: ignore[arg-type]
        found = transforms.lookup("base", "camera", 5 * SECOND)
        np.testing.assert_allclose(found.points(POSE.position), (0.1, -0.2, 0.5))
        assert told["asked"] == ("base", "camera", 5 * SECOND)

    def test_only_a_transform_that_may_come_is_waited_for(self, told: dict[str, Any]) -> None:
        transforms = TfTransforms(SimpleNamespace())  # type: ignore[arg-type]
        told["answer"] = 'Could not find\n a connection: "base" is not part of the same tree'
        for _ in range(3):
            with pytest.raises(InputError) as caught:
                transforms.lookup("base", "camera", 0)
        assert str(caught.value) == (
            "no transform from 'camera' to 'base': Could not find a connection: "
            '"base" is not part of the same tree'
        )
        told["answer"] = ((0.0, 0.0, 1.2), (1.0, 0.0, 0.0, 0.0))
        transforms.lookup("base", "camera", 0)
        transforms.lookup("base", "camera", 0)
        assert told["waits"] == [PATIENCE, 0.0, 0.0, 0.0, PATIENCE]

    @pytest.mark.parametrize("gap", [0.1, 20.0])
    def test_late_transforms_are_waited_for_again_after_a_gap(
        self, told: dict[str, Any], gap: float
    ) -> None:
        transforms = TfTransforms(SimpleNamespace())  # type: ignore[arg-type]
        told["answer"] = ((0.0, 0.0, 1.2), (1.0, 0.0, 0.0, 0.0))

        def came(seconds: float) -> list[bool]:
            found = []
            for _ in range(round(seconds / 0.05)):
                told["now"] += 0.05
                try:
                    transforms.lookup("base", "camera", 0)
                    found.append(True)
                except InputError:
                    found.append(False)
            return found

        told["late"] = 0.05
        assert all(came(2.0))
        told["late"] = 5.0
        assert not any(came(gap))
        told["late"] = 0.05
        if gap > RETRY:
            came(RETRY)
        assert all(came(2.0))

    def test_what_does_not_come_is_seldom_waited_for(self, told: dict[str, Any]) -> None:
        transforms = TfTransforms(SimpleNamespace())  # type: ignore[arg-type]
        told["answer"] = ((0.0, 0.0, 1.2), (1.0, 0.0, 0.0, 0.0))
        transforms.lookup("base", "camera", 0)
        told["late"] = 5.0
        for _ in range(100):  # ten seconds, and of another frame that is there
            told["now"] += 0.1
            with pytest.raises(InputError, match="into the future"):
                transforms.lookup("base", "camera", 0)
        assert len([wait for wait in told["waits"] if wait > 0.0]) < 25
        told["late"], told["waits"] = 0.0, []
        for _ in range(10):
            transforms.lookup("base", "gripper", 0)
        told["late"] = 5.0
        with pytest.raises(InputError, match="into the future"):
            transforms.lookup("base", "camera", 0)
        assert told["waits"] == [PATIENCE] * 10 + [0.0]

    def test_a_transform_that_is_none_is_refused(self, told: dict[str, Any]) -> None:
        told["answer"] = ((0.0, 0.0, 1.2), (0.0, 0.0, 0.0, 0.0))
        transforms = TfTransforms(SimpleNamespace())  # type: ignore[arg-type]
        with pytest.raises(InputError, match="from 'camera' to 'base': a quaternion of"):
            transforms.lookup("base", "camera", 0)

    def test_listening_begins_and_ends(self, told: dict[str, Any]) -> None:
        transforms = TfTransforms(SimpleNamespace())  # type: ignore[arg-type]
        for _ in range(2):
            transforms.open()
            transforms.open()
            assert told["listeners"] == 1
            transforms.close()
            transforms.close()
            assert told["listeners"] == 0


@pytest.mark.skipif(find_spec("tf2_ros") is not None, reason="tf2_ros is installed")
def test_the_node_says_that_it_cannot_have_frames(rig: Rig, start_node: Any) -> None:
    diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
    process = start_node(target_frame="base")
    words = "stays inactive: target_frame and workspace_frame need tf2_ros"
    rig.until(lambda: said(diagnostics, words), "the diagnosis")
    assert words in process.printed()
    assert set_parameter(rig, "target_frame", "") == ""
    change_state(rig, "activate")
