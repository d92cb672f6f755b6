"""What the node publishes for each pair of images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from geometry_msgs.msg import PoseArray
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from grasp_detector.detector import Grasp
from grasp_detector.drawing import draw_edge, draw_grasps
from grasp_detector.msg import Grasp5D, Grasp5DArray
from grasp_detector.rgbd import Region
from grasp_detector.ros.conversions import grasps_to_msg, poses_to_msg
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.markers import markers_to_msg
from grasp_detector.ros.qos import PUBLISHER, profile

QUEUE = 10
TOPICS = ("grasps", "grasps/best", "~/poses", "~/markers", "~/overlay")


class Outputs:
    """The node's publishers. Whatever is only looked at is made while somebody listens."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._grasps = self._publisher(Grasp5DArray, "grasps")
        self._best = self._publisher(Grasp5D, "grasps/best")
        self._poses = self._publisher(PoseArray, "~/poses")
        self._markers = self._publisher(MarkerArray, "~/markers")
        self._overlay = self._publisher(Image, "~/overlay", 1)

    def _publisher(self, message: type, topic: str, depth: int = QUEUE) -> LifecyclePublisher:
        qos = profile(self._node, topic, PUBLISHER, "reliable", depth)
        return self._node.create_lifecycle_publisher(message, topic, qos)

    def publish(
        self,
        header: Header,
        image: Header,
        rgb: npt.NDArray[np.uint8],
        grasps: Sequence[Grasp],
        seen: Callable[[], Region],
    ) -> None:
        """Publish the grasps, best first, whose poses are in ``header``'s frame.

        ``image`` is the header of the picture ``rgb`` that they were found in; ``seen`` tells where
        in it was looked.
        """
        found = grasps_to_msg(grasps, header)
        self._grasps.publish(found)
        if found.grasps:
            self._best.publish(found.grasps[0])
        if self._poses.get_subscription_count():
            self._poses.publish(poses_to_msg(grasps, header))
        if self._markers.get_subscription_count():
            self._markers.publish(markers_to_msg(grasps, header))
        if self._overlay.get_subscription_count():
            drawn, part = draw_grasps(rgb, grasps), seen()
            draw_edge(drawn, (part.x, part.y), (part.x + part.width, part.y + part.height))
            self._overlay.publish(to_image_msg(drawn, "rgb8", image))

    def clear(self) -> None:
        """Take the markers away."""
        self._markers.publish(markers_to_msg([], Header()))

    def destroy(self) -> None:
        """End the publishers."""
        for publisher in (self._grasps, self._best, self._poses, self._markers, self._overlay):
            self._node.destroy_lifecycle_publisher(publisher)
