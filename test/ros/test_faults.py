"""One real node, and one after another all that a camera can do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5D, Grasp5DArray
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile, QoSReliabilityPolicy
from ros_rig import Rig, Running, flat_depth, header_at, picture, said, stamp_ns, values
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image

from grasp_detector.ros.images import to_image_msg

SECOND = 1_000_000_000
SOON = 2.0  # seconds until grasps come again
REAL = ["-m", "grasp_detector.ros.node"]
# Patient: what is tested is never whether the machine keeps up.
PATIENT = {"min_confidence": 0.0, "image_reliability": "reliable", "backlog": 100}


@pytest.fixture(scope="class")
def running(class_rig: Rig, weights: Path) -> Running:
    """One for all tests of a class."""
    start = partial(class_rig.run, REAL, weights=weights)
    return Running.begun(class_rig, start, **PATIENT, sync_queue=100)


@contextmanager
def other_node(name: str, namespace: str = "") -> Iterator[Node]:
    """A node of another process, as far as DDS can tell."""
    context = Context()
    rclpy.init(context=context, domain_id=int(os.environ["ROS_DOMAIN_ID"]))
    node = Node(name, namespace=namespace, context=context)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)


def numbers(grasp: Grasp5D) -> list[float]:
    pose = grasp.pose
    place = [pose.position.x, pose.position.y, pose.position.z]
    turned = [pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w]
    about = [grasp.x, grasp.y, grasp.theta, grasp.h, grasp.w, grasp.confidence, grasp.opening]
    return [*place, *turned, *about, grasp.depth]


def metres(value: float) -> np.ndarray:
    """Depth with a value in a broad band, where the best grasps are."""
    depth = flat_depth().astype(np.float32) / 1000
    depth[60:180] = value
    return depth


class TestOneNode:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -0.5, 3e38])
    def test_depth_that_is_none_gives_no_odd_numbers(self, running: Running, value: float) -> None:
        for depth in (metres(value), np.full((240, 320), value, np.float32)):
            answer = running.answer(depth=depth, depth_encoding="32FC1")
            assert answer.grasps
            for each in answer.grasps:
                assert np.isfinite(numbers(each)).all()
        assert not any(each.has_pose for each in answer.grasps)

    @pytest.mark.parametrize("value", [0, 1, 65535])
    def test_millimetres_at_their_ends(self, running: Running, value: int) -> None:
        answer = running.answer(depth=np.full((240, 320), value, np.uint16))
        assert answer.grasps
        assert all(each.has_pose == (value > 0) for each in answer.grasps)
        assert all(np.isfinite(numbers(each)).all() for each in answer.grasps)

    @pytest.mark.parametrize("scale", [2, 4])
    def test_smaller_depth_of_the_same_shape_is_scaled(self, running: Running, scale: int) -> None:
        whole = running.answer(depth=np.full((240, 320), 700, np.uint16)).grasps[0]
        part = running.answer(depth=np.full((240 // scale, 320 // scale), 700, np.uint16))
        assert part.grasps[0].pose == whole.pose
        assert part.grasps[0].depth == pytest.approx(0.7)

        def counted() -> bool:
            return "depth rescaled to the colour image" in values(running.diagnostics)

        running.rig.until(counted, "its count")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda _, depth: setattr(depth, "encoding", "8UC1"), "depth image has the encoding"),
            (lambda _, depth: setattr(depth, "step", 3), "depth image has a step of 3 bytes"),
            (lambda _, depth: setattr(depth, "height", 241), "less than its height 241 x step"),
            (lambda color, _: setattr(color, "height", 0), "colour image is empty: 320x0"),
            (lambda color, _: setattr(color, "width", 1 << 31), "2147483648 pixels of rgb8 are"),
            (lambda color, _: setattr(color, "encoding", ""), "colour image has the encoding ''"),
            (lambda color, _: setattr(color, "data", b""), "colour image has 0 bytes"),
            (lambda _, depth: setattr(depth, "width", 160), "depth is 160x240 and the picture is"),
        ],
    )
    def test_what_is_not_usable_is_named(
        self, running: Running, change: Callable[[Image, Image], None], words: str
    ) -> None:
        running.publish(change)
        running.until_said(words)
        assert words in running.process.printed()
        assert not running.grasps
        running.answer()

    def test_padding_and_the_other_byte_order_change_nothing(self, running: Running) -> None:
        clean = running.published(lambda *_: None).grasps

        def pad(color: Image, depth: Image) -> None:
            for each in (color, depth):
                rows = np.frombuffer(each.data, np.uint8).reshape(each.height, -1)
                each.data = np.pad(rows, ((0, 0), (0, 36)), constant_values=9).tobytes()
                each.step += 36

        def swap(_: Image, depth: Image) -> None:
            depth.data = np.frombuffer(depth.data, np.uint16).byteswap().tobytes()
            depth.is_bigendian = 1

        for change in (pad, swap):
            changed = running.published(change).grasps
            assert [numbers(each) for each in changed] == [numbers(each) for each in clean]

    def test_stamps_out_of_order(self, running: Running) -> None:
        now = running.rig.node.get_clock().now().nanoseconds
        order = [0, 3, 1, 2, 6, 5, 4]
        shown = [now + SECOND // 10 * number for number in order]
        running.grasps.clear()
        for stamp in shown:
            running.rig.camera.show(stamp=stamp)
        running.rig.until(lambda: len(running.grasps) == len(shown), "all answers")
        assert sorted(map(stamp_ns, running.grasps)) == sorted(shown)

    def test_a_measured_offset(self, running: Running) -> None:
        rig, words = running.rig, "0.070 s apart (depth is the later), sync_slop is 0.02 s"
        # So seldom that no depth is near the next colour.
        shown = running.show_until_said(words, every=0.2, depth_later=70_000_000)
        rig.until(
            lambda: rig.node.get_clock().now().nanoseconds > shown[-1] + SECOND // 10,
            "a stamp that the last depth is not near",
        )
        running.answers_again()

    @pytest.mark.parametrize("kind", ["colour", "depth"])
    def test_a_stream_that_stops_and_returns(self, running: Running, kind: str) -> None:
        camera, words = running.rig.camera, f"no {kind} image for"
        running.diagnostics.clear()

        def show_half() -> None:
            header = header_at(running.rig.node.get_clock().now().nanoseconds)
            if kind == "colour":
                camera.depth.publish(to_image_msg(flat_depth(), "16UC1", header))
            else:
                camera.color.publish(to_image_msg(picture(), "rgb8", header))

        running.rig.repeat(
            show_half, lambda: said(running.diagnostics, words), "the diagnosis", every=0.05
        )
        assert words in running.process.printed()
        begun = time.monotonic()
        running.answer()
        assert time.monotonic() - begun < SOON

    def test_who_reads_slowly_holds_nothing_up(self, running: Running) -> None:
        """A process that stands still, with a thousand subscriptions' worth of queues unread."""
        program = (
            "import rclpy, sys, time\n"
            "from grasp_detector.msg import Grasp5DArray\n"
            "from sensor_msgs.msg import Image\n"
            "from rclpy.qos import QoSProfile\n"
            "rclpy.init()\n"
            "node = rclpy.create_node('slow')\n"
            "for _ in range(5):\n"
            "    node.create_subscription(Grasp5DArray, 'grasps', print, QoSProfile(depth=200))\n"
            "    node.create_subscription(Image, 'grasp_detector/overlay', print, 200)\n"
            "print('ready', flush=True)\n"
            "time.sleep(1000)\n"
        )
        overlay = "/grasp_detector/overlay"
        slow = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        try:
            running.rig.until(
                lambda: running.rig.node.count_subscribers(overlay) >= 5, "the slow ones"
            )
            slow.send_signal(signal.SIGSTOP)
            for _ in range(60):
                begun = time.monotonic()
                running.answer()
                assert time.monotonic() - begun < SOON
        finally:
            slow.kill()
            slow.communicate()
        running.answer()

    def test_a_camera_that_is_killed_and_started_again(
        self, running: Running, tmp_path: Path
    ) -> None:
        """From the camera's first picture on, grasps come within two seconds."""
        import cv2

        cv2.imwrite(str(tmp_path / "a_rgb.png"), picture())
        cv2.imwrite(str(tmp_path / "a_depth.png"), flat_depth())
        images = running.rig.collect(Image, "rgb/image_raw")
        for _ in range(2):
            running.grasps.clear()
            images.clear()
            camera = running.rig.start("replay_camera", folder=tmp_path, loop=True, rate=15.0)
            running.rig.until(lambda: images, "the camera's first picture")
            first = time.monotonic()
            running.rig.until(lambda: running.grasps, "grasps")
            assert time.monotonic() - first < SOON
            camera.send(signal.SIGKILL)
            camera.wait()
        running.answers_again()

    def test_another_kind_of_message_is_named(self, running: Running) -> None:
        words = "/driver publishes sensor_msgs/msg/CompressedImage there, not sensor_msgs/msg/Image"
        with other_node("driver") as driver:
            driver.create_publisher(CompressedImage, "rgb/image_raw", 1)
            running.until_said(words)
        running.answers_again()

    def test_a_node_of_the_same_name_is_named(self, running: Running) -> None:
        words = "2 nodes are named /grasp_detector: give each a namespace"
        said_last = lambda: said(running.diagnostics[-1:], words)  # noqa: E731
        with other_node("grasp_detector"):
            running.rig.show_until(said_last, "the diagnosis")
        running.rig.show_until(lambda: not said_last(), "its end")
        running.answers_again()

    def test_it_ends_as_cleanly_as_ever(self, running: Running) -> None:
        assert running.process.end() == 0
        assert "Traceback" not in running.process.printed()


class TestConnections:
    def test_a_publisher_that_cannot_be_heard_is_named(self, rig: Rig, weights: Path) -> None:
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        deaf = QoSProfile(depth=5, reliability=QoSReliabilityPolicy.BEST_EFFORT)
        rig.node.destroy_publisher(rig.camera.color)
        words = (
            "on /rgb/image_raw: /left/driver publishes it best_effort, "
            "reliable is asked for: set image_reliability to best_effort"
        )
        with other_node("driver", "/left") as driver:
            driver.create_publisher(Image, "/rgb/image_raw", deaf)
            process = rig.run(REAL, weights=weights, image_reliability="reliable")
            rig.until(lambda: said(diagnostics, words), "the diagnosis")
        assert words in process.printed()

    def test_one_topics_qos_can_be_overridden(self, rig: Rig, weights: Path) -> None:
        name = "qos_overrides./depth/image_raw.subscription"
        grasps = "qos_overrides./grasps.publisher"
        process = rig.run(
            REAL,
            **{
                "weights": weights,
                "image_reliability": "best_effort",
                f"{name}.reliability": "reliable",
                f"{name}.depth": 7,
                f"{grasps}.reliability": "best_effort",
            },
        )
        info = rig.node.get_subscriptions_info_by_topic
        rig.until(lambda: info("/depth/image_raw") and info("/rgb/image_raw"), "subscriptions")
        assert info("/depth/image_raw")[0].qos_profile.reliability.name == "RELIABLE"
        assert info("/rgb/image_raw")[0].qos_profile.reliability.name == "BEST_EFFORT"
        published = rig.node.get_publishers_info_by_topic
        rig.until(lambda: published("/grasps"), "the publisher")
        (out,) = published("/grasps")
        assert out.qos_profile.reliability.name == "BEST_EFFORT"
        assert process.end() == 0

    def test_a_compressed_topic_s_qos_can_be_overridden(self, rig: Rig, weights: Path) -> None:
        topic = "/rgb/image_raw/compressed"
        name = f"qos_overrides.{topic}.subscription.reliability"
        parameters = {"weights": weights, "image_transport": "compressed", name: "reliable"}
        process = rig.run(REAL, **parameters)
        info = rig.node.get_subscriptions_info_by_topic
        rig.until(lambda: info(topic), "the subscription")
        assert info(topic)[0].qos_profile.reliability.name == "RELIABLE"
        assert process.end() == 0

    def test_an_override_that_cannot_be_is_refused(self, rig: Rig) -> None:
        name = "qos_overrides./grasps.publisher.reliability"
        process = rig.run(REAL, **{name: "perhaps"})
        assert process.wait() == 2
        expected = f"{name} is 'perhaps', none of best_effort, reliable"
        assert process.printed().strip() == expected


def test_a_bag_that_loops_with_simulated_time(rig: Rig, weights: Path) -> None:
    """Stamps and /clock begin anew, twice; every pair is answered."""
    clock = rig.node.create_publisher(Clock, "/clock", 10)
    grasps = rig.collect(Grasp5DArray, "grasps")
    process = rig.run(REAL, **(PATIENT | {"weights": weights, "use_sim_time": True}))

    def show(second: int, number: int) -> int:
        stamp = second * SECOND + number * SECOND // 10
        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(stamp, SECOND)
        clock.publish(message)
        return int(rig.camera.show(stamp=stamp))

    rig.repeat(lambda: show(99, 0), lambda: grasps, "the first answer")
    last = show(99, 5)
    rig.until(lambda: stamp_ns(grasps[-1]) == last, "the answers to all pairs shown meanwhile")
    for _ in range(2):
        grasps.clear()
        shown = []
        for number in range(1, 16):
            shown.append(show(100, number))
            rig.until(lambda shown=shown: len(grasps) == len(shown), "an answer", timeout=10.0)
        assert [stamp_ns(each) for each in grasps] == shown
    assert "jumped back" in process.printed()
