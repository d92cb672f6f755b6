"""The real node and what is wrong with its input."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.qos import QoSProfile, QoSReliabilityPolicy
from ros_rig import (
    Rig,
    Running,
    flat_depth,
    picture,
    said,
    stamp_ns,
    values,
)
from sensor_msgs.msg import CameraInfo

from grasp_detector.ros.images import to_image_msg

SECOND = 1_000_000_000


class TestTrouble:
    def test_bad_images_are_named_and_survived(self, running: Running) -> None:
        rig, diagnostics = running.rig, running.diagnostics
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
            running.until_said(words)
            assert words in running.process.printed()
        rig.camera.show(depth=flat_depth(120, 120))
        rig.until(lambda: values(diagnostics).get("dropped: not usable") == "3", "the third")
        assert not running.grasps
        running.answers_again()

    def test_stamp_zero_is_named(self, running: Running) -> None:
        words = "the colour images on /rgb/image_raw have the stamp 0"
        running.show_until_said(words, stamp=0, depth_later=SECOND)
        assert words in running.process.printed()
        assert not running.grasps

    def test_a_stamp_before_1970_is_survived(self, running: Running) -> None:
        rig, diagnostics = running.rig, running.diagnostics
        image = to_image_msg(picture(), "rgb8")
        image.header.stamp.sec = -5
        rig.camera.color.publish(image)
        rig.until(lambda: "colour without stamp" in values(diagnostics), "its count")
        running.answers_again()

    def test_stamps_apart_are_named(self, rig: Rig, start_node: Any) -> None:
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        start_node()
        rig.show_until(
            lambda: said(diagnostics, "are 40.0"), "the diagnosis", depth_later=-40 * SECOND
        )
        assert diagnostics[-1].status[0].level == DiagnosticStatus.WARN

    def test_two_frames_are_named(self, running: Running) -> None:
        words = "colour is in 'camera_frame', depth in 'depth_frame'"
        running.show_until_said(words, depth_frame="depth_frame")
        assert "is depth registered to the colour image?" in running.process.printed()
        running.rig.until(lambda: running.grasps, "an answer nevertheless")

    def test_a_lens_that_cannot_be_undone_is_named(self, running: Running) -> None:
        rig = running.rig
        rig.camera.model, rig.camera.distortion = "of its own", [0.25, -0.5]
        running.show_until_said(
            "grasps have no pose: the distortion model 'of its own' cannot be undone"
        )
        rig.until(lambda: running.grasps, "an answer nevertheless")
        assert not running.grasps[-1].grasps[0].has_pose

    def test_camera_info_that_cannot_be_heard_is_named(self, rig: Rig, start_node: Any) -> None:
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        deaf = QoSProfile(depth=5, reliability=QoSReliabilityPolicy.BEST_EFFORT)
        rig.node.destroy_publisher(rig.camera._info)
        rig.camera._info = rig.node.create_publisher(CameraInfo, "rgb/camera_info", deaf)
        start_node()
        words = (
            "grasps have no pose: no camera_info was received: /test publishes it best_effort, "
            "reliable is asked for: set image_reliability to best_effort"
        )
        rig.show_until(lambda: said(diagnostics, words), "the diagnosis")

    def test_time_may_jump_back(self, running: Running) -> None:
        rig, grasps = running.rig, running.grasps
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
        assert "jumped back" in running.process.printed()
