"""Records what camera and detector publish: ``make demo RECORD=1``.

Small messages are all kept. Of the images, which are big, some pairs a second are: raw, so that the
recording can be played to a detector. The overlay of their moments is kept as JPEG. It begins with
the detector's first answer and the pictures that this is about, whichever the recorder is handed
first: after a wait for the processor the order is any.
"""

from __future__ import annotations

import math
import struct
import sys
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseArray
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Bool
from visualization_msgs.msg import MarkerArray

from grasp_detector.msg import Grasp5D, Grasp5DArray
from grasp_detector.ros import camera
from grasp_detector.ros.bag import BagWriter
from grasp_detector.ros.declaring import declare_fixed, declare_rate
from grasp_detector.ros.images import color_from_msg
from grasp_detector.ros.running import run

COLOR, DEPTH = camera.TOPICS[camera.COLOR], camera.TOPICS[camera.DEPTH]
GRASPS = "grasps"
OVERLAY, JPEG = "grasp_detector/overlay", "grasp_detector/overlay/compressed"
MARKERS = "grasp_detector/markers"
INFO = camera.INFO_TOPIC
SMALL = {
    INFO: CameraInfo,
    GRASPS: Grasp5DArray,
    "grasps/best": Grasp5D,
    MARKERS: MarkerArray,
    "grasp_detector/poses": PoseArray,
    "simulated_camera/held": Bool,
    "/diagnostics": DiagnosticArray,
}
SECOND_NS = 1_000_000_000
QUALITY = 85  # of the JPEG
WAITING = 20  # moments whose images wait for the others or for the first answer
QOS = QoSProfile(depth=60)  # reliable, with room for the moments when the disk is busy


class Recorder(Node):
    """Writes the topics of a camera and a detector into a folder.

    Raises:
        InputError: a parameter that cannot be, or the folder cannot be written.
    """

    finished = False

    def __init__(self) -> None:
        super().__init__("recorder")
        folder = declare_fixed(self, "folder", "recording", "For the recording.")
        rate = declare_rate(self, "image_rate", 10.0, "Pairs of images kept, a second at most.")
        self._began: int | None = None  # stamp, nanoseconds, of the first answer
        self._spacing = 0.9 * SECOND_NS / rate  # nanoseconds; stamps are never quite even
        # By stamp: what is here of a moment not decided upon; whether those decided are kept.
        self._moments: OrderedDict[int, dict[str, bytes]] = OrderedDict()
        self._kept: OrderedDict[int, bool] = OrderedDict()
        self._last_kept = -math.inf  # stamp; decisions are forgotten sooner than the next is due
        self._bag = BagWriter(Path(folder))
        for topic, kind in {**SMALL, COLOR: Image, DEPTH: Image, JPEG: CompressedImage}.items():
            self._bag.add_topic(self.resolve_topic_name(topic), kind)
        # raw: they are written as they came, and most need not be looked into.
        for topic, kind in SMALL.items():
            self.create_subscription(kind, topic, partial(self._write, topic), QOS, raw=True)
        for topic in (COLOR, DEPTH, OVERLAY):
            self.create_subscription(Image, topic, partial(self._on_image, topic), QOS, raw=True)

    def start(self) -> None:
        """Nothing to do: messages are written while the node spins."""

    def stop(self) -> None:
        """End the recording."""
        self._bag.close()

    def _write(self, topic: str, message: bytes) -> None:
        if self._began is None:
            if topic != GRASPS:
                return
            self._began = raw_stamp_ns(message)
            for stamp in sorted(self._moments):
                self._decide(stamp)
        now = self.get_clock().now().nanoseconds
        self._bag.write(self.resolve_topic_name(topic), now, message)

    def _on_image(self, topic: str, message: bytes) -> None:
        stamp = raw_stamp_ns(message)
        if self._kept.get(stamp, True):
            self._moments.setdefault(stamp, {})[topic] = message
            self._decide(stamp)
        forget_oldest(self._moments)

    def _decide(self, stamp: int) -> None:
        """Keep or forget the images of a moment, as far as all that it depends on is here."""
        if self._began is None:
            return
        images = self._moments[stamp]
        if stamp not in self._kept and {COLOR, DEPTH} <= images.keys():
            apart = abs(stamp - self._last_kept)
            self._kept[stamp] = stamp >= self._began and apart >= self._spacing
            forget_oldest(self._kept)
            if self._kept[stamp]:
                self._last_kept = stamp
                self._write(COLOR, images.pop(COLOR))
                self._write(DEPTH, images.pop(DEPTH))
        if self._kept.get(stamp) and OVERLAY in images:
            overlay = deserialize_message(images[OVERLAY], Image)
            self._write(JPEG, serialize_message(as_jpeg(overlay)))
            del self._moments[stamp]
        elif self._kept.get(stamp) is False:
            del self._moments[stamp]


def forget_oldest(entries: OrderedDict[int, Any]) -> None:
    """Leave room for what comes."""
    while len(entries) > WAITING:
        entries.popitem(last=False)


def raw_stamp_ns(message: bytes) -> int:
    """Return the stamp, nanoseconds, of a serialized message that begins with a header."""
    # Four bytes say how it is serialized: the second, whether the least byte comes first.
    seconds, nanoseconds = struct.unpack_from("<iI" if message[1] & 1 else ">iI", message, 4)
    return int(seconds) * SECOND_NS + int(nanoseconds)


def as_jpeg(picture: Image) -> CompressedImage:
    """Return a picture as image_transport's ``compressed`` would send it."""
    bgr = np.ascontiguousarray(color_from_msg(picture)[..., ::-1])
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    jpeg = CompressedImage(header=picture.header, format="rgb8; jpeg compressed bgr8")
    jpeg.data.frombytes(data.tobytes())
    return jpeg


def main(args: Sequence[str] | None = None) -> int:
    """Record until interrupted; return the exit status."""
    return run(Recorder, args)


if __name__ == "__main__":
    sys.exit(main())
