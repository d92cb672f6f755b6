"""Compressed images to plain ones, as the plugins of image_transport make them.

Colour is a JPEG or PNG file. Depth is a header of 12 bytes and a PNG: of millimetres (16UC1), or of
inverse depth in steps, whose two numbers the header holds (32FC1).
"""

from __future__ import annotations

import struct
from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import numpy.typing as npt
from sensor_msgs.msg import CompressedImage, Image

from grasp_detector.data.files import size_told
from grasp_detector.errors import InputError
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.images import to_image_msg

# What compressed_depth_image_transport writes before the PNG: its format, then a and b of
# 1 / depth = (step - b) / a; not used for 16UC1.
_HEADER = struct.Struct("<iff")
_PNG = b"\x89PNG\r\n\x1a\n"


def decompressed(pair: Pair) -> Pair:
    """Return a pair of plain images; one of plain images comes back as it is.

    Raises:
        InputError: an image that cannot be decompressed.
    """
    if isinstance(pair.color, Image):
        return pair
    color, depth = color_from_compressed(pair.color), depth_from_compressed(pair.depth)
    return replace(pair, color=color, depth=depth)


def color_from_compressed(msg: CompressedImage) -> Image:
    """Return the rgb8 image of a compressed colour image.

    Raises:
        InputError: not a JPEG or PNG file that is whole.
    """
    # Depth and camera_info are of the pixels as stored, whatever EXIF says.
    how = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = _decoded(bytes(msg.data), how, f"colour image ({msg.format})")
    # OpenCV gives blue first for files, whose own order is red first; a publisher that compressed
    # RGB as if it were BGR says so after "compressed".
    if "compressed rgb" not in msg.format:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return to_image_msg(pixels, "rgb8", msg.header)


def depth_from_compressed(msg: CompressedImage) -> Image:
    """Return the 16UC1 or 32FC1 image of a compressed depth image.

    Raises:
        InputError: another compression (RVL, JPEG), another encoding, or data that are not whole.
    """
    data, encoding = bytes(msg.data), msg.format.partition(";")[0].strip()
    what = f"depth image ({msg.format})"
    if "compressedDepth" not in msg.format:
        raise InputError(f"{what} is not of compressed_depth_image_transport: depth is lost in it")
    if encoding not in ("16UC1", "mono16", "32FC1"):
        raise InputError(f"{what} has the encoding {encoding!r}, none of 16UC1, mono16, 32FC1")
    if data[_HEADER.size :][: len(_PNG)] != _PNG:
        raise InputError(f"{what} holds no PNG: set the publisher's compressed_depth format to png")
    steps = _decoded(data[_HEADER.size :], cv2.IMREAD_UNCHANGED, what)
    if steps.dtype != np.uint16 or steps.ndim != 2:
        raise InputError(f"{what} holds {steps.dtype} pixels of shape {steps.shape}, not depth")
    if encoding != "32FC1":
        return to_image_msg(steps, "16UC1", msg.header)
    _, a, b = _HEADER.unpack_from(data)
    with np.errstate(divide="ignore", invalid="ignore"):
        metres = np.float32(a) / (steps.astype(np.float32) - np.float32(b))
    metres[steps == 0] = np.nan
    return to_image_msg(metres, "32FC1", msg.header)


def _decoded(data: bytes, how: int, what: str) -> npt.NDArray:
    size_told(BytesIO(data), what)  # before memory is taken for as much as a few bytes may claim
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error:  # no data at all, or more pixels than OpenCV takes
        pixels = None
    if pixels is None:
        raise InputError(f"{what} of {len(data)} bytes cannot be decompressed")
    return pixels
