"""sensor_msgs/Image to NumPy arrays and back.

cv_bridge makes the colour conversions. The rest is done on views of the message's bytes, because
released versions of cv_bridge ignore the step, take ``16UC1`` for 8 bits, and need 150 ms to fill
a message.
"""

from __future__ import annotations

import array
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from cv_bridge import CvBridge
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from grasp_detector.errors import InputError

# Encoding: type of an element, elements a pixel.
COLOR_ENCODINGS: dict[str, tuple[type, int]] = {
    "rgb8": (np.uint8, 3),
    "bgr8": (np.uint8, 3),
    "rgba8": (np.uint8, 4),
    "bgra8": (np.uint8, 4),
    "mono8": (np.uint8, 1),
}
DEPTH_ENCODINGS: dict[str, tuple[type, int]] = {
    "16UC1": (np.uint16, 1),
    "mono16": (np.uint16, 1),
    "32FC1": (np.float32, 1),
}
ENCODINGS = COLOR_ENCODINGS | DEPTH_ENCODINGS

_bridge = CvBridge()


def color_from_msg(msg: Image) -> npt.NDArray[np.uint8]:
    """Return the picture of a colour image message as (H, W, 3) uint8 RGB.

    The array may share memory with the message.

    Raises:
        InputError: another encoding, or data that do not fit the width, height and step.
    """
    pixels = _pixels(msg, COLOR_ENCODINGS, "colour")
    if msg.encoding == "rgb8":
        return pixels
    return _bridge.imgmsg_to_cv2(_without_padding(msg, pixels), desired_encoding="rgb8")


def depth_from_msg(msg: Image) -> npt.NDArray[np.uint16] | npt.NDArray[np.float32]:
    """Return the picture of a depth image message (REP-118) as (H, W) uint16 mm or float32 m.

    The array may share memory with the message.

    Raises:
        InputError: another encoding, or data that do not fit the width, height and step.
    """
    return _pixels(msg, DEPTH_ENCODINGS, "depth")


def to_image_msg(pixels: npt.NDArray, encoding: str, header: Header | None = None) -> Image:
    """Return an image message of ``pixels``: (H, W) or (H, W, channels), of the encoding's type.

    Raises:
        InputError: an unknown encoding, or pixels of another type or number of channels.
    """
    if encoding not in ENCODINGS:
        raise InputError(f"image encoding {encoding!r} is none of {', '.join(ENCODINGS)}")
    dtype, channels = ENCODINGS[encoding]
    if pixels.dtype != dtype or pixels.shape[2:] != ((channels,) if channels > 1 else ()):
        raise InputError(f"{pixels.dtype} pixels of shape {pixels.shape} are not {encoding}")
    msg = Image(encoding=encoding, height=pixels.shape[0], width=pixels.shape[1])
    if header is not None:
        msg.header = header
    msg.is_bigendian = int(sys.byteorder == "big")
    msg.step = pixels.shape[1] * channels * pixels.itemsize
    # Any other type than array.array is checked byte by byte: 150 ms for a picture.
    data = array.array("B")
    data.frombytes(np.ascontiguousarray(pixels).data.cast("B") if pixels.size else b"")
    msg.data = data
    return msg


def _pixels(msg: Image, encodings: dict[str, tuple[type, int]], kind: str) -> npt.NDArray:
    """Return a view of the message's data, (H, W) or (H, W, channels), in native byte order."""
    if msg.encoding not in encodings:
        known = ", ".join(encodings)
        raise InputError(f"{kind} image has the encoding {msg.encoding!r}, none of {known}")
    dtype, channels = encodings[msg.encoding]
    stored: np.dtype[Any] = np.dtype(dtype).newbyteorder(">" if msg.is_bigendian else "<")
    height, width, row = msg.height, msg.width, msg.width * channels * stored.itemsize
    if height == 0 or width == 0:
        raise InputError(f"{kind} image is empty: {width}x{height} pixels")
    if msg.step < row:
        raise InputError(
            f"{kind} image has a step of {msg.step} bytes, "
            f"{width} pixels of {msg.encoding} are {row}"
        )
    # The last row may go without its padding.
    if len(msg.data) < (height - 1) * msg.step + row:
        raise InputError(
            f"{kind} image has {len(msg.data)} bytes, "
            f"less than its height {height} x step {msg.step}"
        )
    shape = (height, width, channels)[: 3 if channels > 1 else 2]
    strides = (msg.step, channels * stored.itemsize, stored.itemsize)[: len(shape)]
    view: npt.NDArray = np.ndarray(shape, stored, buffer=msg.data, strides=strides)
    return np.ascontiguousarray(view, dtype=dtype)


def _without_padding(msg: Image, pixels: npt.NDArray) -> Image:
    if msg.step * msg.height == pixels.nbytes:
        return msg
    return to_image_msg(pixels, msg.encoding, msg.header)
