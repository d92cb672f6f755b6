"""A camera that costs nothing: it publishes the same pair, raw or compressed, at a steady rate."""

from __future__ import annotations

import struct
import sys
from array import array

import cv2
import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB
from grasp_detector.ros.camera import INFO_TOPIC, TRANSPORTS
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.running import run

FRAME = "camera_frame"


class BenchCamera(Node):
    """Publishes one pair again and again."""

    finished = False

    def __init__(self) -> None:
        super().__init__("camera")
        rate = float(self.declare_parameter("rate", 30.0).value or 30.0)
        transport = str(self.declare_parameter("transport", "raw").value)
        topics = {"colour": "rgb/image_raw", "depth": "depth/image_raw"}
        kinds = TRANSPORTS[transport]
        self._images = [
            (self.create_publisher(kinds[stream][0], topic + kinds[stream][1], 10), message)
            for (stream, topic), message in zip(topics.items(), messages(transport), strict=True)
        ]
        self._info = self.create_publisher(CameraInfo, INFO_TOPIC, 10)
        height, width = DEPTH.shape
        self._camera_info = CameraInfo(width=width, height=height)
        fx, fy, cx, cy = INTRINSICS.fx, INTRINSICS.fy, INTRINSICS.cx, INTRINSICS.cy
        self._camera_info.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
        self.create_timer(1.0 / rate, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def start(self) -> None:
        """Nothing to do: the timer publishes."""

    def stop(self) -> None:
        """Nothing to do."""

    def _publish(self) -> None:
        stamp = self.get_clock().now().to_msg()
        messages = [self._camera_info, *(message for _, message in self._images)]
        for message in messages:
            message.header.stamp, message.header.frame_id = stamp, FRAME
        self._info.publish(self._camera_info)
        for publisher, message in self._images:
            publisher.publish(message)


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
