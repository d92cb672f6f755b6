"""The camera's topics: pairs of a colour and a depth image, and the camera's information."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from rclpy.node import Node
from rclpy.qos import QoSProfile, QoSReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image

from grasp_detector.ros.parameters import Settings
from grasp_detector.ros.stats import Statistics
from grasp_detector.ros.synchronizer import ApproximateTimeSynchronizer, SimpleFilter, Subscriber

COLOR, DEPTH = "colour", "depth"
TOPICS = {COLOR: "rgb/image_raw", DEPTH: "depth/image_raw"}
# A stamp that lies this much before the last one is no late message: time was set back (a bag that
# loops).
BACKWARD_NS = 500_000_000


@dataclass(frozen=True)
class Pair:
    """A colour and a depth image of one moment."""

    color: Image
    depth: Image
    info: CameraInfo | None
    stamp_ns: int  # of the colour image
    arrived_ns: int  # on the node's clock
    arrived: float  # on the monotonic clock, seconds


class Camera:
    """Subscribes to a camera's topics.

    ``on_pair`` is called in the executor's thread and must return at once.
    """

    def __init__(
        self, node: Node, settings: Settings, stats: Statistics, on_pair: Callable[[Pair], None]
    ) -> None:
        self._node = node
        self._settings = settings
        self._stats = stats
        self._on_pair = on_pair
        self._info: CameraInfo | None = None
        self.newest: dict[str, int] = {}  # stream: stamp of its last image, ns
        reliable = settings.image_reliability == "reliable"
        qos = QoSProfile(
            depth=settings.image_queue,
            reliability=QoSReliabilityPolicy.RELIABLE
            if reliable
            else QoSReliabilityPolicy.BEST_EFFORT,
        )
        self._images = []
        for stream, topic in TOPICS.items():
            images = Subscriber(node, Image, topic, qos_profile=qos)
            images.registerCallback(self._on_image, stream)
            self._images.append(images)
        self._infos = node.create_subscription(CameraInfo, "rgb/camera_info", self._on_info, qos)
        self._match_anew()

    def close(self) -> None:
        """End the subscriptions."""
        for images in self._images:
            self._node.destroy_subscription(images.sub)
        self._node.destroy_subscription(self._infos)

    def _match_anew(self) -> None:
        """Begin to pair images with nothing waiting."""
        self.newest = {}
        self._inputs = {stream: SimpleFilter() for stream in TOPICS}
        self._synchronizer = ApproximateTimeSynchronizer(
            list(self._inputs.values()), self._settings.sync_queue, self._settings.sync_slop
        )
        self._synchronizer.registerCallback(self._on_match)

    def _on_image(self, msg: Image, stream: str) -> None:
        self._stats.count(stream)
        stamp = Time.from_msg(msg.header.stamp).nanoseconds
        if stamp == 0:
            # It would wait for a partner for ever.
            self._stats.count(f"{stream} without stamp")
            return
        if stamp < self.newest.get(stream, 0) - BACKWARD_NS:
            # The synchronizer would keep the images of the future and match no more.
            self._node.get_logger().warning(
                f"stamps of the {stream} images jumped back: pairing begins anew"
            )
            self._stats.count("time jumped back")
            self._match_anew()
        self.newest[stream] = stamp
        self._inputs[stream].signalMessage(msg)

    def _on_info(self, msg: CameraInfo) -> None:
        self._info = msg

    def _on_match(self, color: Image, depth: Image) -> None:
        # The synchronizer holds its lock meanwhile (and keeps it for ever after an exception):
        # nothing but a hand-over.
        self._stats.count("pair")
        now = self._node.get_clock().now().nanoseconds
        stamp = Time.from_msg(color.header.stamp).nanoseconds
        self._on_pair(Pair(color, depth, self._info, stamp, now, monotonic()))
