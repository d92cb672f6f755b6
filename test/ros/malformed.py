"""Image messages as broken drivers, lost bytes and bad days make them."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
from sensor_msgs.msg import CameraInfo, Image

# Written down here anew, not imported: they judge what the node takes.
COLOR = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "mono8": 1}
DEPTH = {"16UC1": 2, "mono16": 2, "32FC1": 4}
SIZES = {**COLOR, **DEPTH}  # bytes a pixel
STRANGE = ("", "yuv422", "8UC1", "rgb16", "RGB8", "32FC1 ", "\N{SNOWMAN}", "bayer_rggb8", "x" * 999)
# Of a picture's sides; the first is the one that the other image of a pair has, too.
SIDES = ((64, 48), (32, 24), (128, 96), (48, 64), (1, 1), (640, 1), (63, 48), (0, 48), (64, 0))


class Maker:
    """Makes pairs, the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def pair(self) -> tuple[Image, Image, CameraInfo | None]:
        """A colour and a depth image and perhaps camera_info; anything may be wrong with them."""
        color, depth = self._image(COLOR), self._image(DEPTH)
        return color, depth, self._info() if self._chance(0.9) else None

    def _chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def _pick(self, choices: Any) -> Any:
        return choices[int(self._rng.integers(len(choices)))]

    def _image(self, encodings: dict[str, int]) -> Image:
        width, height = SIDES[0] if self._chance(0.7) else self._pick(SIDES)
        encoding = self._pick(list(encodings))
        step = width * encodings[encoding]
        msg = Image(width=width, height=height, encoding=encoding, step=step)
        msg.header.frame_id = self._pick(("camera", "", "x" * 300))
        msg.data = self._pixels(encoding, width * height)
        if self._chance(0.6):
            for _ in range(int(self._rng.integers(1, 4))):
                self._break(msg)
        return msg

    def _pixels(self, encoding: str, number: int) -> array.array[int]:
        if encoding == "32FC1":
            depth = self._rng.uniform(-1, 5, number).astype(np.float32)
            odd = self._rng.random(number) < self._pick((0.0, 0.2, 1.0))
            depth[odd] = self._pick((np.nan, np.inf, -np.inf, 0.0, -1.0, 1e38, 1e-38))
            return array.array("B", depth.tobytes())
        return array.array("B", self._rng.bytes(number * SIZES[encoding]))

    def _break(self, msg: Image) -> None:
        """Break one thing."""
        number = int(self._rng.integers(8))
        anything = (0, 1, 7, 47, 64, 65, 1000, 32767, 65536, 1 << 31, (1 << 32) - 1)
        if number == 0:
            msg.width = self._pick(anything)
        elif number == 1:
            msg.height = self._pick(anything)
        elif number == 2:
            msg.step = self._pick((*anything, msg.step + 5, max(0, msg.step - 1)))
        elif number == 3:
            msg.encoding = self._pick((*STRANGE, *SIZES))
        elif number == 4:
            msg.is_bigendian = self._pick((1, 0, 255))
        elif number == 5:
            msg.data = msg.data[: int(self._rng.integers(len(msg.data) + 1))]
        elif number == 6:
            msg.data = msg.data + array.array("B", self._rng.bytes(int(self._rng.integers(1000))))
        else:
            msg.data = array.array("B", self._rng.bytes(int(self._rng.integers(20_000))))

    def _info(self) -> CameraInfo:
        width, height = SIDES[0] if self._chance(0.7) else self._pick(SIDES)
        info = CameraInfo(width=width, height=height)
        k = [60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0]
        if self._chance(0.4):
            odd = (np.nan, np.inf, -np.inf, 0.0, -5.0, 1e300, 1e-300)
            k[int(self._rng.integers(9))] = self._pick(odd)
        info.k = k
        if self._chance(0.3):
            models = ("", "plumb_bob", "rational_polynomial", "equidistant", "odd")
            info.distortion_model = self._pick(models)
            values = (0.0, 0.1, -0.3, 1e9, np.nan, -np.inf)
            info.d = [self._pick(values) for _ in range(self._pick((0, 4, 5, 8, 14, 200)))]
        if self._chance(0.2):
            roi = info.roi
            roi.width, roi.height, roi.x_offset, roi.y_offset = (
                self._pick((0, 1, 64, 48, (1 << 32) - 1)) for _ in range(4)
            )
        return info


def usable(msg: Image, encodings: dict[str, int]) -> bool:
    """Whether a message holds a picture, by what sensor_msgs says of it."""
    if msg.encoding not in encodings or not msg.width or not msg.height:
        return False
    row = msg.width * encodings[msg.encoding]
    return msg.step >= row and len(msg.data) >= (msg.height - 1) * msg.step + row


def may_be_answered(color: Image, depth: Image) -> bool:
    """Whether a pair may be answered with grasps at all."""
    if not (usable(color, COLOR) and usable(depth, DEPTH)):
        return False
    shape = color.width / color.height, depth.width / depth.height
    return abs(shape[1] / shape[0] - 1) <= 0.01
