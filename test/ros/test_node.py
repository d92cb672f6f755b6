"""The real node as a process, over real DDS."""

from __future__ import annotations

import itertools
import math
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseArray
from grasp_detector.msg import Grasp5D, Grasp5DArray
from grasp_detector.srv import DetectGrasps
from ros_rig import Process, Rig, flat_depth, picture, stamp_ns
from sensor_msgs.msg import Image, RegionOfInterest
from std_srvs.srv import SetBool
from visualization_msgs.msg import Marker, MarkerArray

from grasp_detector.ros.images import to_image_msg

SECOND = 1_000_000_000


def said(diagnostics: list[DiagnosticArray], words: str) -> bool:
    """Whether the node's status ever held these words."""
    return any(words in each.message for message in diagnostics for each in message.status)


def values(diagnostics: list[DiagnosticArray]) -> dict[str, str]:
    """The newest values of the node's status."""
    if not diagnostics:
        return {}
    return {each.key: each.value for each in diagnostics[-1].status[0].values}


class TestAnswers:
    def test_every_pair_is_answered_with_its_own_header(self, rig: Rig, start_node: Any) -> None:
        grasps, best = rig.collect(Grasp5DArray, "grasps"), rig.collect(Grasp5D, "grasps/best")
        start_node()
        rig.answered(grasps)
        shown: list[int] = []

        def show_next() -> bool:
            # The next when the last is answered: nothing here depends on time.
            if len(grasps) == len(shown):
                if len(shown) == 20:
                    return True
                shown.append(rig.camera.show())
            return False

        rig.until(show_next, "20 answers")
        rig.until(lambda: stamp_ns(best[-1]) == shown[-1], "the best of the last answer")
        del best[:-20]  # those of the pairs shown before
        assert [stamp_ns(each) for each in grasps] == shown
        assert [stamp_ns(each) for each in best] == shown
        for answer, first in zip(grasps, best, strict=True):
            assert answer.header.frame_id == "camera_frame"
            assert answer.grasps[0] == first
            assert all(each.header == answer.header for each in answer.grasps)
            sure = [each.confidence for each in answer.grasps]
            assert sure == sorted(sure, reverse=True)
            assert len(sure) <= 10

    def test_a_burst_is_answered_whole(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node(sync_queue=100)
        rig.answered(grasps)
        shown = [rig.camera.show() for _ in range(5)]
        rig.until(lambda: len(grasps) == 5, "five answers")
        assert [stamp_ns(each) for each in grasps] == shown

    def test_nothing_found_is_an_empty_answer(self, rig: Rig, start_node: Any) -> None:
        grasps, best = rig.collect(Grasp5DArray, "grasps"), rig.collect(Grasp5D, "grasps/best")
        start_node(min_confidence=1.0)
        rig.answered(grasps)
        shown = rig.camera.show()
        rig.until(lambda: grasps, "an answer")
        assert stamp_ns(grasps[0]) == shown
        assert list(grasps[0].grasps) == []
        assert not best

    def test_every_encoding(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node()
        rig.answered(grasps)
        rgb, depth = picture(), flat_depth()
        opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
        colors = {
            "rgb8": rgb,
            "bgr8": rgb[..., ::-1],
            "rgba8": np.concatenate([rgb, opaque], axis=2),
            "bgra8": np.concatenate([rgb[..., ::-1], opaque], axis=2),
            "mono8": rgb[..., 0],
        }
        depths = {"16UC1": depth, "mono16": depth, "32FC1": depth.astype(np.float32) / 1000}
        found = {}
        for encoding, depth_encoding in itertools.product(colors, depths):
            grasps.clear()
            rig.camera.show(colors[encoding], depths[depth_encoding], encoding, depth_encoding)
            rig.until(lambda: grasps, f"an answer to {encoding} and {depth_encoding}")
            best = grasps[0].grasps[0]
            assert best.has_pose
            found[encoding, depth_encoding] = (best.x, best.y, best.theta, best.depth)
        expected = found.pop(("rgb8", "16UC1"))
        for (encoding, _), each in found.items():
            if encoding != "mono8":  # another picture
                assert each == pytest.approx(expected, abs=1e-3)

    def test_markers_poses_and_overlay_are_of_the_same_grasps(
        self, rig: Rig, start_node: Any
    ) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        markers = rig.collect(MarkerArray, "grasp_detector/markers")
        poses = rig.collect(PoseArray, "grasp_detector/poses")
        overlay = rig.collect(Image, "grasp_detector/overlay")
        start_node()
        rig.answered(grasps)
        rig.until(lambda: markers and poses and overlay, "what is to be looked at")
        shown = rig.camera.show()
        rig.until(
            lambda: (
                grasps
                and all(stamp_ns(each[-1]) == shown for each in (poses, overlay))
                and stamp_ns(markers[-1].markers[0]) == shown
            ),
            "all outputs",
        )
        with_pose = [each for each in grasps[0].grasps if each.has_pose]
        assert with_pose
        assert list(poses[-1].poses) == [each.pose for each in with_pose]
        kinds = [each.action for each in markers[-1].markers]
        assert kinds[0] == Marker.DELETEALL
        assert kinds.count(Marker.ADD) == 2 * len(with_pose)
        assert (overlay[-1].width, overlay[-1].height, overlay[-1].encoding) == (320, 240, "rgb8")
        assert bytes(overlay[-1].data) != picture().tobytes()  # something is drawn


class TestServices:
    def test_detect_answers_with_a_newer_frame(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node()
        rig.answered(grasps)
        response = self._detect(rig, DetectGrasps.Request(timeout=20.0))
        assert response.success
        assert response.message == f"{len(response.grasps.grasps)} grasps"
        assert len(response.grasps.grasps) > 0

    def test_detect_in_a_region(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node(max_grasps=1000)
        rig.answered(grasps)
        roi = RegionOfInterest(x_offset=100, y_offset=60, width=80, height=50)
        response = self._detect(rig, DetectGrasps.Request(timeout=20.0, roi=roi))
        assert response.success
        for each in response.grasps.grasps:
            assert 100 <= each.x < 180
            assert 60 <= each.y < 110
        # 320x240: from (80, 40) to (240, 200) is looked at.
        corner = RegionOfInterest(x_offset=79, y_offset=39, width=2, height=2)
        response = self._detect(rig, DetectGrasps.Request(timeout=20.0, roi=corner))
        assert response.success
        assert list(response.grasps.grasps) == []
        assert response.message.endswith("outside")

    @pytest.mark.parametrize(
        ("roi", "words"),
        [
            ((5000, 0, 80, 50), "outside the square that is looked at: 160 pixels wide and high"),
            ((0, 0, 80, 240), "from (80, 40)"),
            ((100, 60, 80, 0), "the region is empty: 80x0 pixels"),
            ((100, 60, 0, 0), "the region is empty: 0x0 pixels"),
        ],
    )
    def test_detect_refuses_a_region_that_nothing_is_in(
        self, rig: Rig, start_node: Any, roi: tuple[int, int, int, int], words: str
    ) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node()
        rig.answered(grasps)
        x, y, width, height = roi
        region = RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height)
        request = DetectGrasps.Request(timeout=20.0, roi=region)
        response = self._show_until_answered(rig, request)
        assert not response.success
        assert words in response.message

    def test_detect_says_what_was_wrong_with_the_pairs(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node()
        rig.answered(grasps)
        request = DetectGrasps.Request(timeout=3.0)
        response = self._show_until_answered(rig, request, depth=flat_depth(120, 160))
        assert not response.success
        assert response.message.startswith("no usable pair of images came within 3 s (")
        assert "160x120" in response.message

    def test_detect_says_why_not(self, rig: Rig, start_node: Any) -> None:
        start_node("-r", "__ns:=/left", autostart=False)
        name = "/left/grasp_detector/detect"
        response = rig.call(DetectGrasps, name, DetectGrasps.Request())
        assert not response.success
        assert response.message == "the node is not active"
        change_state(rig, "configure", node="/left/grasp_detector")
        change_state(rig, "activate", node="/left/grasp_detector")
        response = rig.call(DetectGrasps, name, DetectGrasps.Request(timeout=0.2))
        assert not response.success
        assert "no pair of images came within 0.2 s" in response.message

    @pytest.mark.parametrize("timeout", [math.inf, 1e12, math.nan, -1.0])
    def test_detect_refuses_a_timeout_that_cannot_be(
        self, rig: Rig, start_node: Any, timeout: float
    ) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node()
        rig.answered(grasps)
        request = DetectGrasps.Request(timeout=timeout)
        response = rig.call(DetectGrasps, "grasp_detector/detect", request)
        assert not response.success
        assert response.message == f"timeout is {np.float32(timeout):g}, outside 0 to 3600 s"
        rig.answered(grasps)

    def test_enable(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        start_node()
        rig.answered(grasps)
        waiting = rig.begin_call(
            DetectGrasps, "grasp_detector/detect", DetectGrasps.Request(timeout=60.0)
        )
        response = rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=False))
        assert response.success
        rig.until(waiting.done, "the end of a request that nothing will answer")
        assert waiting.result().message in (
            "the node was disabled",
            "the node is disabled: call ~/enable first",
        )
        rig.until(lambda: rig.camera.color.get_subscription_count() == 0, "the unsubscription")
        rig.until(lambda: said(diagnostics, "disabled by ~/enable"), "the diagnosis")
        rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=True))
        rig.answered(grasps)

    def test_enable_takes_the_markers_away(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        markers = rig.collect(MarkerArray, "grasp_detector/markers")
        start_node()
        rig.answered(grasps)
        rig.until(lambda: markers and len(markers[-1].markers) > 1, "markers")
        rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=False))
        rig.until(lambda: len(markers[-1].markers) == 1, "the markers' end")
        assert markers[-1].markers[0].action == Marker.DELETEALL

    def test_enable_says_that_the_node_is_not_active(self, rig: Rig, start_node: Any) -> None:
        start_node(autostart=False)
        response = rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=True))
        assert "the node is not active" in response.message

    def _detect(self, rig: Rig, request: DetectGrasps.Request) -> DetectGrasps.Response:
        asked = rig.node.get_clock().now().nanoseconds
        response = self._show_until_answered(rig, request)
        assert stamp_ns(response.grasps) >= asked
        return response

    @staticmethod
    def _show_until_answered(
        rig: Rig, request: DetectGrasps.Request, **shown: Any
    ) -> DetectGrasps.Response:
        future = rig.begin_call(DetectGrasps, "grasp_detector/detect", request)

        def show_until_done() -> bool:
            rig.camera.show(**shown)
            return bool(future.done())

        rig.until(show_until_done, "the answer of ~/detect")
        return future.result()


class TestTrouble:
    def test_bad_images_are_named_and_survived(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process = start_node()
        rig.answered(grasps)
        short = to_image_msg(picture(), "rgb8")
        short.data = short.data[:1000]
        odd = to_image_msg(picture(), "rgb8")
        odd.encoding = "yuv422_yuy2"
        for bad, words in ((short, "1000 bytes"), (odd, "'yuv422_yuy2'")):
            stamp = rig.node.get_clock().now()
            bad.header.stamp = stamp.to_msg()
            rig.camera.color.publish(bad)
            depth = to_image_msg(flat_depth(), "16UC1", bad.header)
            rig.camera.depth.publish(depth)
            rig.until(lambda words=words: said(diagnostics, words), f"a diagnosis of {words}")
            assert words in process.printed()
        rig.camera.show(depth=flat_depth(120, 160))
        rig.until(lambda: values(diagnostics).get("dropped: not usable") == "3", "the third")
        assert not grasps
        rig.answered(grasps)

    def test_stamp_zero_is_named(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process = start_node()
        rig.answered(grasps)
        words = "the colour images on /rgb/image_raw have the stamp 0"

        def show_until_said() -> bool:
            rig.camera.show(stamp=0, depth_stamp=SECOND)
            return said(diagnostics, words)

        rig.until(show_until_said, "the diagnosis")
        assert words in process.printed()
        assert not grasps

    def test_a_stamp_before_1970_is_survived(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        start_node()
        rig.answered(grasps)
        image = to_image_msg(picture(), "rgb8")
        image.header.stamp.sec = -5
        rig.camera.color.publish(image)
        rig.until(lambda: "colour without stamp" in values(diagnostics), "its count")
        rig.answered(grasps)

    def test_stamps_apart_are_named(self, rig: Rig, start_node: Any) -> None:
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        start_node()

        def show_until_said() -> bool:
            now = rig.node.get_clock().now().nanoseconds
            rig.camera.show(stamp=now, depth_stamp=now - 40 * SECOND)
            return said(diagnostics, "are 40.0")

        rig.until(show_until_said, "the diagnosis")
        assert diagnostics[-1].status[0].level == DiagnosticStatus.WARN

    def test_two_frames_are_named(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process = start_node()
        rig.answered(grasps)

        def show_until_said() -> bool:
            rig.camera.show(depth_frame="depth_frame")
            return said(diagnostics, "colour is in 'camera_frame', depth in 'depth_frame'")

        rig.until(show_until_said, "the diagnosis")
        assert "is depth registered to the colour image?" in process.printed()
        assert grasps  # nevertheless

    def test_distortion_is_named_once(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        rig.camera.distortion = [0.25, -0.5, 0.0, 0.0, 0.0]
        process = start_node()
        rig.answered(grasps)
        rig.answered(grasps)
        assert process.printed().count("the lens distorts (a coefficient of 0.5)") == 1

    def test_time_may_jump_back(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        process = start_node()
        rig.answered(grasps)
        future = rig.node.get_clock().now().nanoseconds + 100 * SECOND
        for number in range(10):  # a full queue of colour images that nothing will match
            header = to_image_msg(flat_depth(), "16UC1").header
            image = to_image_msg(picture(), "rgb8", header)
            at = future + number * SECOND // 30
            image.header.stamp.sec, image.header.stamp.nanosec = divmod(at, SECOND)
            rig.camera.color.publish(image)
        shown = rig.camera.show()
        rig.until(lambda: grasps, "an answer after the jump")
        assert stamp_ns(grasps[0]) == shown
        assert "jumped back" in process.printed()


class TestLife:
    def test_transitions_repeat(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node(autostart=False)
        for _ in range(2):
            change_state(rig, "configure")
            for _ in range(2):
                change_state(rig, "activate")
                rig.answered(grasps)
                change_state(rig, "deactivate")
                rig.until(lambda: rig.camera.color.get_subscription_count() == 0, "silence")
            change_state(rig, "cleanup")
        assert change_state(rig, "unconfigured_shutdown", check=False)

    def test_an_impossible_transition_is_refused(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        process = start_node()
        rig.answered(grasps)
        for label in ("cleanup", "activate", "configure"):
            assert not change_state(rig, label, check=False)
        assert "transition 2 is refused" in process.printed()
        rig.answered(grasps)

    @pytest.mark.parametrize("state", ["unconfigured", "inactive", "active"])
    def test_a_shutdown_from_outside_ends_it_cleanly(
        self, rig: Rig, start_node: Any, state: str
    ) -> None:
        process = start_node(autostart=False)
        for label in {"inactive": ["configure"], "active": ["configure", "activate"]}.get(
            state, []
        ):
            change_state(rig, label)
        assert change_state(rig, f"{state}_shutdown")
        assert process.wait() == 0
        assert "Traceback" not in process.printed()

    def test_a_signal_after_a_shutdown_ends_it_cleanly(self, rig: Rig, start_node: Any) -> None:
        process = start_node(autostart=False)
        assert change_state(rig, "unconfigured_shutdown")
        assert process.end(signal.SIGINT) == 0
        assert "Traceback" not in process.printed()

    def test_stays_inactive_without_weights(self, rig: Rig, start_node: Any, weights: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process: Process = start_node(weights="/nowhere.safetensors")
        rig.until(lambda: said(diagnostics, "stays inactive"), "the reason")
        (status,) = diagnostics[-1].status
        assert status.level == DiagnosticStatus.ERROR
        assert "/nowhere.safetensors" in status.message
        assert status.hardware_id == "/rgb/image_raw"
        assert process.printed().count("stays inactive") == 1
        assert "/nowhere.safetensors" in process.printed()
        assert not change_state(rig, "activate", check=False)
        assert set_parameter(rig, "weights", str(weights)) == ""
        change_state(rig, "activate")
        rig.answered(grasps)
        rig.until(lambda: diagnostics[-1].status[0].level != DiagnosticStatus.ERROR, "its end")

    def test_integers_are_taken_for_floats(self, rig: Rig, start_node: Any) -> None:
        from rcl_interfaces.srv import GetParameters

        start_node(autostart=False, min_confidence=1, detect_timeout=7)
        request = GetParameters.Request(names=["min_confidence", "detect_timeout"])
        given = rig.call(GetParameters, "/grasp_detector/get_parameters", request).values
        assert [each.double_value for each in given] == [1.0, 7.0]
        assert set_parameter(rig, "min_confidence", 1.5)  # the range still holds

    def test_parameters_change_or_say_why_not(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node()
        rig.answered(grasps)
        assert set_parameter(rig, "max_grasps", 1) == ""
        rig.camera.show()
        rig.until(lambda: grasps, "an answer")
        assert len(grasps[0].grasps) == 1
        assert "deactivate" in set_parameter(rig, "device", "cuda")
        assert set_parameter(rig, "min_confidence", 1.5)
        assert set_parameter(rig, "min_confidence", "high")
        assert set_parameter(rig, "engine", "steam")
        grasps.clear()
        rig.answered(grasps)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signals_end_it_cleanly(
        self, rig: Rig, start_node: Any, number: signal.Signals
    ) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        markers = rig.collect(MarkerArray, "grasp_detector/markers")
        process = start_node()
        rig.answered(grasps)
        rig.until(lambda: markers, "markers")
        assert process.end(number) == 0
        assert "Traceback" not in process.printed()
        rig.until(lambda: len(markers[-1].markers) == 1, "the markers' end")
        assert markers[-1].markers[0].action == Marker.DELETEALL

    def test_bad_parameters_at_the_start(self, rig: Rig, start_node: Any) -> None:
        process = start_node(device="steam")
        assert process.wait() == 2
        assert process.printed().strip() == "device is 'steam', none of auto, cpu, cuda"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("-p", "oops"), "Couldn't parse parameter override rule: '-p oops'"),
            (("--params-file", "/nowhere.yaml"), "/nowhere.yaml"),
            (("--params-file", "MALFORMED"), "Couldn't parse params file"),
            (("--bogus",), "unknown ROS arguments: ['--bogus']"),
        ],
    )
    def test_bad_ros_arguments(
        self, rig: Rig, tmp_path: Path, arguments: tuple[str, ...], words: str
    ) -> None:
        malformed = tmp_path / "malformed.yaml"
        malformed.write_text("a: [1, 2\n  b: {")
        given = (str(malformed) if each == "MALFORMED" else each for each in arguments)
        process = rig.start("node", *given)
        assert process.wait() == 2
        # rcl may say before that it has failed.
        assert words in process.printed().strip().splitlines()[-1]
        assert "Traceback" not in process.printed()


def change_state(rig: Rig, label: str, node: str = "/grasp_detector", check: bool = True) -> bool:
    """Ask for a transition of the life cycle; return whether it succeeded."""
    from lifecycle_msgs.msg import Transition
    from lifecycle_msgs.srv import ChangeState

    request = ChangeState.Request()
    request.transition.id = getattr(Transition, f"TRANSITION_{label.upper()}")
    success = bool(rig.call(ChangeState, f"{node}/change_state", request).success)
    assert success or not check, f"no {label}"
    return success


def set_parameter(rig: Rig, name: str, value: Any) -> str:
    """Set a parameter of the node; return why it was refused, or nothing."""
    from rcl_interfaces.srv import SetParameters
    from rclpy.parameter import Parameter

    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    result = rig.call(SetParameters, "/grasp_detector/set_parameters", request).results[0]
    assert result.successful == (not result.reason)
    return str(result.reason)
