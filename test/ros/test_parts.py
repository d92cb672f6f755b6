"""The node's pure parts: parameters, worker, conversions, markers."""

from __future__ import annotations

import math
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose
from ros_rig import flat_depth, header_at, picture
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from grasp_detector.detector import Grasp, GripperPose, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.rgbd import Region
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.conversions import (
    grasps_to_msg,
    intrinsics_from_msg,
    region_from_msg,
    stamp_ns,
)
from grasp_detector.ros.detect_service import Asked, is_newer
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.loading import load
from grasp_detector.ros.markers import markers_to_msg
from grasp_detector.ros.outputs import Outputs
from grasp_detector.ros.parameters import Settings
from grasp_detector.ros.worker import NewestWorker

SECOND = 1_000_000_000
POSE = GripperPose((0.1, 0.2, 0.7), (0.0, 0.0, 0.6, 0.8), opening=0.06, jaw=0.02, depth=0.71)
PLACED = Grasp(10.0, 20.0, 0.5, 8.0, 30.0, 0.9, 3, "cup", POSE)
FLAT = Grasp(11.0, 21.0, -0.5, 9.0, 31.0, 0.4)


class TestSettings:
    def test_changes_make_new_settings(self) -> None:
        old = Settings()
        new = old.changed({"max_grasps": 3, "use_sim_time": True}, active=True)
        assert (old.max_grasps, new.max_grasps) == (10, 3)

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("max_grasps", 0, "max_grasps is 0, outside 1 to 1000"),
            ("max_grasps", 1.0, "max_grasps is of type int, not float"),
            ("max_grasps", True, "max_grasps is of type int, not bool"),
            ("sync_slop", 0.0, "sync_slop is 0.0, outside 0.001 to 10.0"),
            ("min_confidence", math.nan, "min_confidence is nan, outside 0.0 to 1.0"),
            ("engine", "steam", "engine is 'steam', none of auto, onnx, openvino"),
            ("backlog", 2, "backlog cannot change while the node is active"),
        ],
    )
    def test_refusals_say_why(self, name: str, value: Any, words: str) -> None:
        with pytest.raises(InputError, match=words):
            Settings().changed({name: value}, active=True)

    def test_of_several_changes_one_bad_refuses_all(self) -> None:
        with pytest.raises(InputError):
            Settings().changed({"max_grasps": 3, "min_confidence": 2.0})

    def test_what_does_not_change_is_no_change(self) -> None:
        assert Settings().changed({"backlog": 3}, active=True) == Settings()


class Work:
    """Work on an item that takes until it may go on; what was done."""

    def __init__(self, last: int = 0) -> None:
        self.started, self.go_on, self.last_done = Event(), Event(), Event()
        self.done: list[int] = []
        self._last = last

    def __call__(self, item: int) -> None:
        self.started.set()
        assert self.go_on.wait(10)
        self.done.append(item)
        if item == self._last:
            self.last_done.set()

    def begun(self, backlog: int = 1) -> NewestWorker[int]:
        """A worker that has begun with item 0."""
        worker = NewestWorker(self, backlog)
        worker.submit(0)
        assert self.started.wait(10)
        return worker


class TestWorker:
    @staticmethod
    def submit_during_work(backlog: int) -> tuple[list[int], list[int]]:
        """Submit 1 to 7 while 0 is worked on; return what was dropped each time, what was done."""
        work = Work(last=7)
        worker = work.begun(backlog)
        dropped = [worker.submit(item) for item in range(1, 8)]
        work.go_on.set()
        assert work.last_done.wait(10)
        assert worker.stop()
        return dropped, work.done

    def test_the_newest_waits(self) -> None:
        assert self.submit_during_work(1) == ([0, 1, 1, 1, 1, 1, 1], [0, 7])

    def test_a_hiccup_loses_nothing(self) -> None:
        assert self.submit_during_work(7) == ([0] * 7, list(range(8)))

    def test_who_is_too_slow_keeps_the_newest(self) -> None:
        assert self.submit_during_work(3) == ([0, 0, 0, 1, 1, 1, 1], [0, 5, 6, 7])

    def test_what_waits_can_be_dropped(self) -> None:
        work = Work(last=2)
        worker = work.begun(backlog=3)
        worker.submit(1)
        worker.clear()
        worker.submit(2)
        work.go_on.set()
        assert work.last_done.wait(10)
        assert worker.stop()
        assert work.done == [0, 2]

    def test_stop_does_not_wait_for_the_queue(self) -> None:
        work = Work()
        worker = work.begun()
        worker.submit(1)
        assert not worker.stop(0.0), "the item at hand is not cut off"
        work.go_on.set()
        assert worker.stop(10.0)
        worker.submit(2)  # does no harm
        assert work.done == [0]


class TestConversions:
    def test_grasps(self) -> None:
        header = header_at(5 * SECOND)
        msg = grasps_to_msg([PLACED, FLAT], header)
        placed, flat = msg.grasps
        assert msg.header == placed.header == flat.header == header
        assert (placed.x, placed.y, placed.h, placed.w) == (10.0, 20.0, 8.0, 30.0)
        assert (placed.class_id, placed.class_name, placed.has_pose) == (3, "cup", True)
        assert (placed.pose.position.z, placed.pose.orientation.w) == (0.7, 0.8)
        assert placed.opening == pytest.approx(0.06)
        assert placed.depth == pytest.approx(0.71)
        assert (flat.class_id, flat.has_pose, flat.opening) == (-1, False, 0.0)
        assert flat.pose == Pose()

    def test_region(self) -> None:
        assert region_from_msg(RegionOfInterest()) is None
        roi = RegionOfInterest(x_offset=10, y_offset=20, width=30, height=40)
        assert region_from_msg(roi) == Region(10, 20, 30, 40)
        with pytest.raises(InputError, match=r"empty: 0x40 pixels; .* all zeros"):
            region_from_msg(RegionOfInterest(height=40))

    def test_intrinsics_follow_the_picture(self) -> None:
        info = CameraInfo(width=640, height=480)
        info.k = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
        full = intrinsics_from_msg(info, 640, 480)
        assert (full.fx, full.fy, full.cx, full.cy) == (500.0, 510.0, 319.5, 239.5)
        half = intrinsics_from_msg(info, 320, 240)
        assert (half.fx, half.fy, half.cx, half.cy) == (250.0, 255.0, 159.5, 119.5)
        with pytest.raises(InputError, match="640x480"):
            intrinsics_from_msg(info, 640, 360)

    def test_intrinsics_of_a_region(self) -> None:
        info = CameraInfo(width=640, height=480)
        info.k = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
        info.roi = RegionOfInterest(x_offset=100, y_offset=60, width=320, height=240)
        part = intrinsics_from_msg(info, 320, 240)
        assert (part.fx, part.fy, part.cx, part.cy) == (500.0, 510.0, 219.5, 179.5)
        binned = intrinsics_from_msg(info, 160, 120)
        assert (binned.fx, binned.cx, binned.cy) == (250.0, 109.5, 89.5)
        with pytest.raises(InputError, match="320x240"):
            intrinsics_from_msg(info, 320, 200)

    def test_intrinsics_of_a_binned_picture(self) -> None:
        info = CameraInfo(width=641, height=480, binning_x=2, binning_y=4)
        info.k = [500.0, 0.0, 319.5, 0.0, 512.0, 239.5, 0.0, 0.0, 1.0]
        binned = intrinsics_from_msg(info, 320, 120)
        assert (binned.fx, binned.fy, binned.cx, binned.cy) == (250.0, 128.0, 159.5, 59.5)
        # Or the driver tells the binning and calibrates what is left of it.
        assert intrinsics_from_msg(info, 641, 480).fx == 500.0

    def test_the_lens_is_in_the_intrinsics(self) -> None:
        info = CameraInfo(width=640, height=480, distortion_model="plumb_bob")
        info.k = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
        info.p = [400.0, 0.0, 310.0, 0.0, 0.0, 410.0, 230.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        info.d = [0.1, -0.2, 0.001, 0.002, 0.05]
        lens = intrinsics_from_msg(info, 320, 240)
        assert (lens.model, lens.distortion) == ("plumb_bob", (0.1, -0.2, 0.001, 0.002, 0.05))
        assert lens.fx == 250.0
        info.d = [0.1, -0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]  # as many as for another model
        assert len(intrinsics_from_msg(info, 640, 480).distortion) == 5
        info.d = [0.1, -0.2, 0.0, 0.0, 0.3, 0.0, -0.1, 0.0]  # of eight, but named so
        eight = intrinsics_from_msg(info, 640, 480)
        assert (eight.model, len(eight.distortion)) == ("rational_polynomial", 8)
        # Of rectified pictures P tells, and the lens is undone.
        flat = intrinsics_from_msg(info, 640, 480, rectified=True)
        assert flat == Intrinsics(400.0, 410.0, 310.0, 230.0)
        info.roi = RegionOfInterest(width=320, height=240, do_rectify=True)
        with pytest.raises(InputError, match="rectify the whole image"):
            intrinsics_from_msg(info, 320, 240, rectified=True)

    def test_a_lens_that_does_nothing_is_none_but_of_a_fisheye(self) -> None:
        info = CameraInfo(width=640, height=480, distortion_model="of its own")
        info.k = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
        info.d = [0.0] * 8
        assert intrinsics_from_msg(info, 640, 480).model == ""
        info.distortion_model = "equidistant"
        assert intrinsics_from_msg(info, 640, 480).distortion == (0.0,) * 4
        info.distortion_model, info.d = "of its own", [0.1] * 8
        with pytest.raises(InputError, match="'of its own' cannot be undone"):
            intrinsics_from_msg(info, 640, 480)

    @pytest.mark.parametrize(
        ("index", "value"),
        [(0, 0.0), (0, -500.0), (4, math.nan), (4, math.inf), (2, math.nan), (5, -math.inf)],
    )
    def test_no_intrinsics(self, index: int, value: float) -> None:
        info = CameraInfo(width=640, height=480)
        k = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
        k[index] = value
        info.k = k
        with pytest.raises(InputError, match="not calibrated"):
            intrinsics_from_msg(info, 640, 480)


class TestMarkers:
    def test_a_gripper_for_each_pose(self) -> None:
        header = header_at(SECOND)
        first, jaws, palm, arrow, label = markers_to_msg([FLAT, PLACED], header).markers
        assert first.action == Marker.DELETEALL
        parts = (first, jaws, palm, arrow, label)
        assert {each.header.frame_id for each in parts} == {"camera_frame"}
        # The jaws' inner faces are the opening apart.
        left, right = jaws.points
        assert right.x - left.x - jaws.scale.x == pytest.approx(POSE.opening)
        assert jaws.scale.y == POSE.jaw
        # The palm joins them from behind.
        assert palm.scale.x - 2 * jaws.scale.x == pytest.approx(POSE.opening)
        assert palm.points[0].z + palm.scale.z / 2 == pytest.approx(left.z - jaws.scale.z / 2)
        # Approach is along z, to the grasp.
        assert (arrow.points[1].z, arrow.points[0].x, arrow.points[0].y) == (0.0, 0.0, 0.0)
        assert arrow.points[0].z < 0
        assert label.text == "cup"
        assert jaws.pose == arrow.pose
        assert {each.lifetime.sec for each in (jaws, arrow, label)} == {1}
        assert jaws.color.g > jaws.color.r

    def test_the_best_stands_out_and_alone_names_its_class(self) -> None:
        markers = markers_to_msg([PLACED, PLACED, PLACED], header_at(SECOND)).markers
        assert [each.text for each in markers if each.type == Marker.TEXT_VIEW_FACING] == ["cup"]
        jaws = [each for each in markers if each.ns == "jaws"]
        assert jaws[0].color.a > jaws[1].color.a == jaws[2].color.a > 0


def test_a_stamp_before_1970_is_one() -> None:
    assert stamp_ns(Header(stamp=Time(sec=-2, nanosec=500_000_000))) == -1_500_000_000


def test_nothing_is_made_that_nobody_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        pytest.fail("drawn for nobody")

    monkeypatch.setattr("grasp_detector.ros.outputs.draw_grasps", refuse)
    monkeypatch.setattr("grasp_detector.ros.outputs.markers_to_msg", refuse)
    published: list[str] = []

    def publisher(_: type, topic: str, __: Any) -> Any:
        return SimpleNamespace(
            get_subscription_count=lambda: 0, publish=lambda _: published.append(topic)
        )

    node: Any = SimpleNamespace(create_lifecycle_publisher=publisher)
    monkeypatch.setattr("grasp_detector.ros.outputs.profile", lambda *_: None)
    outputs = Outputs(node)
    header = header_at(SECOND)
    outputs.publish(header, header, picture(), [PLACED], lambda: Region(53, 13, 213, 213))
    outputs.publish(header, header, picture(), [], lambda: Region(53, 13, 213, 213))
    assert published == ["grasps", "grasps/best", "grasps"]


def test_the_first_picture_is_looked_at_before_any_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[tuple[tuple[int, ...], tuple[int, ...]]] = []

    class Detector:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def detect(self, rgb: np.ndarray, depth: np.ndarray) -> None:
            looked_at.append((rgb.shape, depth.shape))

    monkeypatch.setattr("grasp_detector.ros.loading.GraspDetector", Detector)
    load(Settings())
    assert looked_at == [((480, 640, 3), (480, 640))]


@pytest.mark.parametrize(
    ("stamp", "arrived", "newer"),
    [
        (100.1, 100.15, True),
        (99.95, 100.05, False),  # taken before, arrived after
        (5.0, 100.05, True),  # a recording
        (5.0, 99.9, False),
        (100.5, 100.05, True),  # by a clock that is ahead
        (100.5, 99.9, False),
    ],
)
def test_newer_than_a_request(stamp: float, arrived: float, newer: bool) -> None:
    image = to_image_msg(np.zeros((1, 1), np.uint8), "mono8")
    depth = to_image_msg(flat_depth(1, 1), "16UC1")
    pair = Pair(image, depth, None, round(stamp * SECOND), round(arrived * SECOND), arrived)
    assert is_newer(pair, Asked(100 * SECOND, 100.0)) is newer


@pytest.mark.parametrize(
    ("stamp", "arrived", "newer"),
    [
        (0.1, 60.1, True),
        (0.1, 59.9, False),  # the clock goes backwards, but this came before the request
        (-9.9, 60.1, True),  # of another clock
    ],
)
def test_newer_than_a_request_before_time_was_set_back(
    stamp: float, arrived: float, newer: bool
) -> None:
    """The node's clock, simulated, was 100 s at the request and begins anew."""
    image = to_image_msg(np.zeros((1, 1), np.uint8), "mono8")
    pair = Pair(image, image, None, round(stamp * SECOND), round(0.12 * SECOND), arrived)
    assert is_newer(pair, Asked(100 * SECOND, 60.0)) is newer
