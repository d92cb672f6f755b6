"""What every camera of ours publishes: pairs of a colour and a depth image, with camera_info."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from grasp_detector.detector import Intrinsics
from grasp_detector.ros.camera import INFO_TOPIC, TOPICS, TRANSPORTS

FRAME = "camera_rgb_optical_frame"


class PairPublisher:
    """Publishes pairs on the topics that the detector's node listens to.

    Its publishers are reliable, which serves best-effort subscribers, too.

    Args:
        node: of the camera.
        keeps: messages that each publisher keeps.
        transport: of the images, as the detector's parameter ``image_transport`` has it.
    """

    def __init__(self, node: Node, keeps: int, transport: str = "raw") -> None:
        self._clock = node.get_clock()
        self._images = []
        for stream, topic in TOPICS.items():
            kind, suffix = TRANSPORTS[transport][stream]
            self._images.append(node.create_publisher(kind, topic + suffix, keeps))
        self._info = node.create_publisher(CameraInfo, INFO_TOPIC, keeps)

    def subscribers(self) -> int:
        """Return how many subscribers each image topic has, at least."""
        return min(each.get_subscription_count() for each in self._images)

    def publish(
        self, color: Image | CompressedImage, depth: Image | CompressedImage, info: CameraInfo
    ) -> int:
        """Publish a pair of this moment; return the stamp that its headers now have, ns."""
        now = self._clock.now()
        stamp = now.to_msg()
        for message in (info, color, depth):
            message.header.stamp, message.header.frame_id = stamp, FRAME
        self._info.publish(info)
        for publisher, image in zip(self._images, (color, depth), strict=True):
            publisher.publish(image)
        return int(now.nanoseconds)


def camera_info(width: int, height: int, intrinsics: Intrinsics | None) -> CameraInfo:
    """Return the camera_info of pictures; without intrinsics: of an uncalibrated camera."""
    info = CameraInfo(width=width, height=height)
    if intrinsics is not None:
        fx, fy, cx, cy = intrinsics.fx, intrinsics.fy, intrinsics.cx, intrinsics.cy
        info.distortion_model = intrinsics.model or "plumb_bob"
        info.d = list(intrinsics.distortion) or [0.0] * 5
        info.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
        info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
        info.p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return info
