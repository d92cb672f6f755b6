"""A camera that costs nothing: it publishes the same pair, raw or compressed, at a steady rate."""

from __future__ import annotations

import struct
import sys
from array import array

import cv2
import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB
from grasp_detector.ros.declaring import declare_fixed, declare_rate
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.pair_publisher import PairPublisher, camera_info
from grasp_detector.ros.running import run


class BenchCamera(Node):
    """Publishes one pair again and again."""

    finished = False

    def __init__(self) -> None:
        super().__init__("camera")
        rate = declare_rate(self, "rate", 30.0, "Pairs a second.")
        transport = declare_fixed(self, "transport", "raw", "Of the images.")
        self._pairs = PairPublisher(self, keeps=10, transport=transport)
        # Made once: to make them anew would take from the processors that are measured.
        height, width = DEPTH.shape
        self._messages = *messages(transport), camera_info(width, height, INTRINSICS)
        self.create_timer(1.0 / rate, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def start(self) -> None:
        """Nothing to do: the timer publishes."""

    def stop(self) -> None:
        """Nothing to do."""

    def _publish(self) -> None:
        self._pairs.publish(*self._messages)


def messages(transport: str) -> tuple[Image | CompressedImage, Image | CompressedImage]:
    """The scene's colour and depth, as that transport has them."""
    if transport == "raw":
        return to_image_msg(RGB, "rgb8"), to_image_msg(DEPTH, "16UC1")
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(RGB[..., ::-1]))[1].tobytes()
    png = struct.pack("<iff", 0, 0.0, 0.0) + cv2.imencode(".png", DEPTH)[1].tobytes()
    return (
        CompressedImage(format="rgb8; jpeg compressed bgr8", data=array("B", jpeg)),
        CompressedImage(format="16UC1; compressedDepth png", data=array("B", png)),
    )


if __name__ == "__main__":
    sys.exit(run(BenchCamera))
