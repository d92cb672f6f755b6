"""The demo's own node: it listens to the camera and to the detector."""

from __future__ import annotations

from collections import OrderedDict
from time import monotonic

import numpy as np
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Bool

from grasp_detector.msg import Grasp5D, Grasp5DArray
from grasp_detector.ros.album import Page, SceneChange
from grasp_detector.ros.camera import COLOR, DEPTH, INFO_TOPIC, TOPICS
from grasp_detector.ros.conversions import stamp_ns
from grasp_detector.ros.images import color_from_msg, depth_from_msg
from grasp_detector.ros.tally import Rate, Tally

# Reliable, with room: what is counted here must not be lost here.
QOS = QoSProfile(depth=200)
IMAGE_QOS = QoSProfile(depth=10)
KEPT = 60  # depth images that wait for the overlay of their moment
SETTLED = 3  # frames after a change of scene until it is worth a picture


class Watch(Node):
    """Counts messages, measures latencies and collects pictures."""

    def __init__(self, context: Context) -> None:
        super().__init__("demo", context=context)
        self.tally = Tally()
        self.rates = {name: Rate() for name in ("rgb", "depth", "grasps")}
        self.best: Grasp5D | None = None
        self.pages: list[Page] = []
        self._depths: OrderedDict[int, Image] = OrderedDict()
        self._changed = SceneChange()
        self._waiting = -1  # frames until a picture is taken; negative: none is wanted
        self.create_subscription(CameraInfo, INFO_TOPIC, self._on_info, QOS)
        self.create_subscription(Image, TOPICS[COLOR], self._on_rgb, IMAGE_QOS)
        self.create_subscription(Image, TOPICS[DEPTH], self._on_depth, IMAGE_QOS)
        self.create_subscription(Grasp5DArray, "grasps", self._on_grasps, QOS)
        self.create_subscription(Bool, "simulated_camera/held", self._on_held, QOS)
        self._overlay: Subscription | None = None

    def _on_info(self, msg: CameraInfo) -> None:
        # The camera sends one with each pair. It is small and so never lost: it counts the pairs.
        self.tally.publish(stamp_ns(msg.header))

    def _on_grasps(self, msg: Grasp5DArray) -> None:
        now = self.get_clock().now().nanoseconds
        if self._depths and self._changed.seen:  # else DDS has yet to connect some of the topics
            self.tally.answer(stamp_ns(msg.header), now, len(msg.grasps))
        self.rates["grasps"].tick(monotonic())
        self.best = msg.grasps[0] if msg.grasps else None

    def _on_held(self, msg: Bool) -> None:
        self.tally.attempt(msg.data)

    def _on_rgb(self, msg: Image) -> None:
        self.rates["rgb"].tick(monotonic())
        if self._changed(color_from_msg(msg)):
            self._waiting = SETTLED
        elif self._waiting > 0:
            self._waiting -= 1
        if self._waiting == 0 and self._overlay is None and self.tally.began_ns is not None:
            # The detector draws only while somebody looks: so look only when a picture is wanted.
            self._overlay = self.create_subscription(
                Image, "grasp_detector/overlay", self._on_overlay, IMAGE_QOS
            )

    def _on_depth(self, msg: Image) -> None:
        self.rates["depth"].tick(monotonic())
        self._depths[stamp_ns(msg.header)] = msg
        while len(self._depths) > KEPT:
            self._depths.popitem(last=False)

    def _on_overlay(self, msg: Image) -> None:
        depth = self._depths.get(stamp_ns(msg.header))
        if depth is None or self._waiting != 0:
            return
        self.pages.append(Page(color_from_msg(msg).copy(), depth_from_msg(depth).astype(np.uint16)))
        self._waiting = -1

    def tidy(self) -> None:
        """Stop looking at the overlay when there is a picture; not to be called while spinning."""
        if self._waiting < 0 and self._overlay is not None:
            self.destroy_subscription(self._overlay)
            self._overlay = None
