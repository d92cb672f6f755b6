"""The camera's topics: pairs of a colour and a depth image, and the camera's information."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import monotonic

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from grasp_detector.ros.conversions import stamp_ns
from grasp_detector.ros.parameters import Settings
from grasp_detector.ros.qos import SUBSCRIPTION, profile
from grasp_detector.ros.stats import Statistics
from grasp_detector.ros.synchronizer import ApproximateTimeSynchronizer, SimpleFilter, Subscriber

COLOR, DEPTH = "colour", "depth"
TOPICS = {COLOR: "rgb/image_raw", DEPTH: "depth/image_raw"}
INFO_TOPIC = "rgb/camera_info"
# Parameter image_transport: for each stream the type of its messages and what its topic ends in.
TRANSPORTS = {
    "raw": {COLOR: (Image, ""), DEPTH: (Image, "")},
    "compressed": {
        COLOR: (CompressedImage, "/compressed"),
        DEPTH: (CompressedImage, "/compressedDepth"),
    },
}
# A stamp that lies this much before the last one is no late message: time was set back (a bag that
# loops).
BACKWARD_NS = 500_000_000
# Events counted besides those of the images.
INFO = "camera_info"
FRAMES_DIFFER = "pairs in two frames"
STAMPS_KEPT = 30
# Colour and depth of one moment are less than this share of the time between two images apart. That
# time is known by so many of each stream.
_ONE_MOMENT, _ENOUGH_STAMPS = 0.6, 5


@dataclass(frozen=True)
class Pair:
    """A colour and a depth image of one moment."""

    color: Image | CompressedImage
    depth: Image | CompressedImage
    info: CameraInfo | None
    stamp_ns: int  # of the colour image
    arrived_ns: int  # on the node's clock
    arrived: float  # on the monotonic clock, seconds


class Camera:
    """Subscribes to a camera's topics.

    ``on_pair`` is called in the executor's thread and must return at once. ``info`` is what the
    camera said of itself when it was subscribed to before: a pair may come before it says so again.
    """

    def __init__(
        self,
        node: Node,
        settings: Settings,
        stats: Statistics,
        on_pair: Callable[[Pair], None],
        info: CameraInfo | None = None,
    ) -> None:
        self._node = node
        self.settings = settings
        self.opened = monotonic()
        self._stats = stats
        self._on_pair = on_pair
        self.info = info
        self._last: dict[str, int] = {}  # stream: its last image's stamp, ns
        self.stamps: dict[str, deque[int]] = {  # of each stream's last images, ns, as they came
            stream: deque(maxlen=STAMPS_KEPT) for stream in TOPICS
        }
        # First: the executor serves subscriptions in the order in which they were made.
        self._infos = node.create_subscription(
            CameraInfo, INFO_TOPIC, self._on_info, self._qos(INFO_TOPIC)
        )
        self._synchronizer: ApproximateTimeSynchronizer | None = None
        self._images = {}
        for stream, topic in TOPICS.items():
            # As image_transport does: the name given, remapped, and then the transport.
            kind, suffix = TRANSPORTS[settings.image_transport][stream]
            name = node.resolve_topic_name(topic) + suffix
            self._images[stream] = Subscriber(node, kind, name, qos_profile=self._qos(name))
            self._images[stream].registerCallback(self._on_image, stream)
        self._match_anew()

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        """The subscription of each stream of images, and of ``INFO``."""
        images = {stream: images.sub for stream, images in self._images.items()}
        return {**images, INFO: self._infos}

    def close(self) -> None:
        """End the subscriptions."""
        for subscription in self.subscriptions.values():
            self._node.destroy_subscription(subscription)

    def _qos(self, topic: str) -> QoSProfile:
        reliability, depth = self.settings.image_reliability, self.settings.image_queue
        return profile(self._node, topic, SUBSCRIPTION, reliability, depth)

    def _match_anew(self) -> list[tuple[str, Image]]:
        """Begin to pair images with nothing waiting; returns what waited, by stream."""
        waiting: list[tuple[str, Image]] = []
        if self._synchronizer is not None:
            for stream, queue in zip(TOPICS, self._synchronizer.queues, strict=True):
                waiting += [(stream, msg) for msg in queue.values()]
        self._inputs = {stream: SimpleFilter() for stream in TOPICS}
        self._synchronizer = ApproximateTimeSynchronizer(
            list(self._inputs.values()), self.settings.sync_queue, self.settings.sync_slop
        )
        self._synchronizer.registerCallback(self._on_match)
        return waiting

    def _on_image(self, msg: Image, stream: str) -> None:
        self._stats.count(stream)
        stamp = stamp_ns(msg.header)
        if stamp <= 0:
            # Of stamp 0 it would wait for a partner for ever; on one before 1970 rclpy fails.
            self._stats.count(f"{stream} without stamp")
            return
        if stream in self._last and stamp < self._last[stream] - BACKWARD_NS:
            self._jump_back(stream, stamp)
        self.stamps[stream].append(stamp)
        self._last[stream] = stamp
        self._inputs[stream].signalMessage(msg)

    def _jump_back(self, stream: str, stamp: int) -> None:
        """Forget the images of the future: the synchronizer would keep them and match no more."""
        self._node.get_logger().warning(
            f"stamps of the {stream} images jumped back: pairing begins anew"
        )
        self._stats.count("time jumped back")
        for stamps in self.stamps.values():
            stamps.clear()
        self._last = {
            each: last for each, last in self._last.items() if last <= stamp + BACKWARD_NS
        }
        for each, msg in self._match_anew():
            if stamp_ns(msg.header) <= stamp + BACKWARD_NS:  # that stream jumped before this one
                self._inputs[each].signalMessage(msg)

    def _on_info(self, msg: CameraInfo) -> None:
        self._stats.count(INFO)
        self.info = msg

    def _on_match(self, color: Image, depth: Image) -> None:
        # The synchronizer holds its lock meanwhile (and keeps it for ever after an exception):
        # nothing but a hand-over.
        if abs(stamp_ns(depth.header) - stamp_ns(color.header)) > _ONE_MOMENT * self._period_ns():
            # Where sync_slop is longer than that, one lost image would let every later one take
            # the partner of the image before. The later of these two has its own still to come.
            # So have those that wait, where one stream is on its way for longer than the other.
            later = max((COLOR, color), (DEPTH, depth), key=lambda each: stamp_ns(each[1].header))
            for stream, msg in (later, *self._match_anew()):
                if msg is later[1] or (msg is not color and msg is not depth):
                    self._inputs[stream].signalMessage(msg)
            return
        self._stats.count("pair")
        frames = color.header.frame_id, depth.header.frame_id
        if all(frames) and frames[0] != frames[1]:
            why = f"colour is in {frames[0]!r}, depth in {frames[1]!r}"
            self._stats.count(FRAMES_DIFFER, why=why)
        now = self._node.get_clock().now().nanoseconds
        self._on_pair(Pair(color, depth, self.info, stamp_ns(color.header), now, monotonic()))

    def _period_ns(self) -> float:
        """Time between two images, of the slower stream; infinite as long as it is not known."""
        if min(map(len, self.stamps.values())) < _ENOUGH_STAMPS:
            return math.inf
        period = max(
            median(after - before for before, after in pairwise(stamps))
            for stamps in self.stamps.values()
        )
        return period if period > 0 else math.inf  # a driver that repeats its stamps


def inputs(node: Node) -> list[str]:
    """Return the names of all topics that the node may subscribe to, whatever the transport."""
    images = [
        node.resolve_topic_name(TOPICS[stream]) + suffix
        for transport in TRANSPORTS.values()
        for stream, (_, suffix) in transport.items()
    ]
    return [*images, INFO_TOPIC]
