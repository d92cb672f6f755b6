"""A camera that shows a folder of pictures: ``ros2 run grasp_detector replay_camera``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from queue import Queue
from threading import Thread
from time import monotonic

import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import Image

from grasp_detector.data.pictures import PictureFiles, list_pictures
from grasp_detector.detector import Intrinsics
from grasp_detector.detector.camera_file import read_camera
from grasp_detector.errors import InputError
from grasp_detector.rgbd import depth_in_metres
from grasp_detector.ros.declaring import declare_fixed, declare_rate
from grasp_detector.ros.images import COLOR_ENCODINGS, DEPTH_ENCODINGS, to_image_msg
from grasp_detector.ros.pair_publisher import PairPublisher, camera_info
from grasp_detector.ros.running import run

AHEAD = 16  # pairs decoded in advance
KEPT = 200_000_000  # bytes of pairs kept for the next round
LINGER = 1.0  # seconds for the last pair to arrive

FROM_RGB = {
    "bgr8": cv2.COLOR_RGB2BGR,
    "rgba8": cv2.COLOR_RGB2RGBA,
    "bgra8": cv2.COLOR_RGB2BGRA,
    "mono8": cv2.COLOR_RGB2GRAY,
}


class ReplayCamera(Node):
    """Publishes the pairs of a folder at a steady rate."""

    def __init__(self) -> None:
        super().__init__("replay_camera")
        parameter = partial(declare_fixed, self)
        folder = parameter("folder", "", "Folder of pictures.")
        rate = declare_rate(self, "rate", 30.0, "Pairs a second.")
        self._encoding = parameter("encoding", "rgb8", "Of the colour images.")
        self._depth_encoding = parameter("depth_encoding", "16UC1", "Of the depth images.")
        loop = parameter("loop", False, "Begin anew after the last picture.")
        count = parameter("count", 0, "End after so many pairs; 0: after the last picture.")
        self._subscribers = parameter(
            "subscribers", 0, "Begin when each image topic has so many subscribers."
        )
        if not folder:
            raise InputError("no folder of pictures: name one with -p folder:=PATH")
        if count < 0:
            raise InputError(f"count is {count}, less than 0")
        _one_of("encoding", self._encoding, COLOR_ENCODINGS)
        _one_of("depth_encoding", self._depth_encoding, DEPTH_ENCODINGS)
        files = list_pictures(Path(folder))
        camera = Path(folder, "camera.json")
        self._camera = read_camera(camera) if camera.is_file() else None
        # The first that have room: to keep the newest of more pictures would serve no round.
        self._kept: dict[PictureFiles, tuple[Image, Image]] = {}
        self._room = KEPT  # bytes
        self._images(files[0])  # a folder that cannot be read is refused at once

        self.finished = False
        self.published = 0
        self._end_at: float | None = None
        self._ahead: Queue[tuple[Image, Image] | None] = Queue(AHEAD)
        order = cycle(files) if loop else files
        self._reader = Thread(
            target=self._read_ahead, args=(islice(order, count or None),), daemon=True
        )
        self._pairs = PairPublisher(self, keeps=10)
        # Real time, whatever the stamps are of.
        self.create_timer(1.0 / rate, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def start(self) -> None:
        """Begin to read the pictures; they are published while the node spins."""
        self._reader.start()

    def stop(self) -> None:
        """Say how many pairs were published."""
        print(f"published {self.published} pairs", flush=True)

    def _publish(self) -> None:
        if self._end_at is not None:
            self.finished = monotonic() >= self._end_at
            return
        if not self._awaited():
            return
        images = self._ahead.get()
        if images is None:
            self._end_at = monotonic() + LINGER
            return
        color, depth = images
        size = color.width, color.height
        self._pairs.publish(color, depth, camera_info(*size, self._intrinsics(*size)))
        self.published += 1

    def _awaited(self) -> bool:
        """Return whether there are as many subscribers as were asked for, or once were."""
        if self._pairs.subscribers() >= self._subscribers:
            self._subscribers = 0
        return self._subscribers == 0

    def _read_ahead(self, order: Iterable[PictureFiles]) -> None:
        """Fill the queue, in the reader's thread; None comes last."""
        try:
            for files in order:
                try:
                    self._ahead.put(self._images(files))
                except InputError as error:
                    self.get_logger().error(f"left out: {error}")
        finally:
            self._ahead.put(None)

    def _intrinsics(self, width: int, height: int) -> Intrinsics | None:
        return None if self._camera is None else self._camera.at(width, height)

    def _images(self, files: PictureFiles) -> tuple[Image, Image]:
        """Return the images of a picture, read or kept.

        Raises:
            InputError: it cannot be read, or is of another camera.
        """
        if files in self._kept:
            return self._kept[files]
        images = self._read_images(files)
        size = sum(len(each.data) for each in images)
        if size <= self._room:
            self._room -= size
            self._kept[files] = images
        return images

    def _read_images(self, files: PictureFiles) -> tuple[Image, Image]:
        rgb, depth = files.read()
        if depth is None:
            depth = np.zeros(rgb.shape[:2], np.uint16)
        self._intrinsics(rgb.shape[1], rgb.shape[0])  # a picture of another camera is left out
        color = to_image_msg(encode_color(rgb, self._encoding), self._encoding)
        aligned = to_image_msg(encode_depth(depth, self._depth_encoding), self._depth_encoding)
        return color, aligned


def encode_color(rgb: NDArray[np.uint8], encoding: str) -> NDArray[np.uint8]:
    """Return (H, W, 3) RGB as pixels of one of the colour encodings."""
    return (
        rgb if encoding == "rgb8" else np.asarray(cv2.cvtColor(rgb, FROM_RGB[encoding]), np.uint8)
    )


def encode_depth(depth: NDArray[np.generic], encoding: str) -> NDArray[np.generic]:
    """Return (H, W) uint16 mm or float m as pixels of one of the depth encodings (REP-118)."""
    if encoding == "32FC1":
        metres = depth_in_metres(depth)
        return np.where(metres > 0, metres, np.float32(np.nan))
    if depth.dtype == np.uint16:
        return depth
    return np.rint(np.minimum(depth_in_metres(depth) * 1000.0, 65535.0)).astype(np.uint16)


def _one_of(name: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise InputError(f"{name} is {value!r}, none of {', '.join(known)}")


def main(args: Sequence[str] | None = None) -> int:
    """Run the camera until its pictures are shown; return the exit status."""
    return run(ReplayCamera, args)


if __name__ == "__main__":
    sys.exit(main())
