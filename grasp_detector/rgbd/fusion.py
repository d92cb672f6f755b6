"""Depth into the blue channel (section V of the paper)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError
from grasp_detector.rgbd.crop import NETWORK_SIZE
from grasp_detector.rgbd.depth import (
    check_depth,
    check_unit,
    depth_in_metres,
    depth_to_blue,
)

MEAN = 144.0
"""What is subtracted from every channel (section V of the paper)."""

LONGEST_SIDE = 32766
"""Pixels of a picture's side: OpenCV's warps take no more, and no camera has more either."""

_SIZE = (NETWORK_SIZE, NETWORK_SIZE)
_WHOLE = 1e-6  # pixels that whole ones may be off by


def check_pair(rgb: NDArray[np.generic], depth: NDArray[np.generic] | None) -> None:
    """Raise InputError unless this is an RGB-D pair that can be fused."""
    for name, given in {"the picture": rgb, "depth": rgb if depth is None else depth}.items():
        if not isinstance(given, np.ndarray):
            raise InputError(f"{name} is a {type(given).__name__}, not a NumPy array")
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise InputError(f"the picture has shape {rgb.shape}, not (height, width, 3)")
    if rgb.dtype != np.uint8:
        raise InputError(f"the picture is {rgb.dtype}, not uint8")
    if not 0 < min(rgb.shape[:2]) <= max(rgb.shape[:2]) <= LONGEST_SIDE:
        raise InputError(
            f"the picture has {rgb.shape[1]}x{rgb.shape[0]} pixels: each side needs 1 to "
            f"{LONGEST_SIDE}"
        )
    if depth is None:
        return
    check_depth(depth)
    check_unit(depth)
    if depth.shape != rgb.shape[:2]:
        raise InputError(
            f"depth is {'x'.join(map(str, depth.shape[::-1]))} and the picture is "
            f"{rgb.shape[1]}x{rgb.shape[0]}: register depth to the colour camera first"
        )


def colours_in_view(rgb: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The part of a picture ``(H, W, 3)`` that the network sees, ``(224, 224, 3)``.

    Beyond the picture its edge is repeated.
    """
    # A large picture is made smaller first: the warp looks at four pixels each time and would
    # leave out all between them, but not their noise.
    factor = min(int(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2])))), *rgb.shape[:2])
    if factor > 1:
        height, width = (side // factor for side in rgb.shape[:2])
        whole = rgb[: height * factor, : width * factor]
        rgb = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))
        middle = (factor - 1) / 2  # of the first block of pixels
        matrix = matrix @ np.array([[factor, 0, middle], [0, factor, middle], [0, 0, 1]])
    view: NDArray[np.uint8] = np.asarray(
        cv2.warpAffine(rgb, matrix, _SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )
    return view


def blue_in_view(depth: NDArray[Any], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The part of a depth ``(H, W)`` that the network sees, as its blue channel ``(224, 224)``.

    Beyond the picture there is none.
    """
    # Nearest neighbour: between an object and the table behind it there is no depth in between,
    # and a mean with "none" is no depth at all.
    square = _upright(depth, matrix)
    part = (
        cv2.warpAffine(depth, matrix, _SIZE, flags=cv2.INTER_NEAREST)
        if square is None
        else cv2.resize(square, _SIZE, interpolation=cv2.INTER_NEAREST_EXACT)
    )
    return depth_to_blue(depth_in_metres(np.asarray(part)))


def _upright(picture: NDArray[Any], matrix: NDArray[np.float64]) -> NDArray[Any] | None:
    """The square of whole pixels that a matrix shows, or None if it shows something else.

    A node mostly sees such a square: to choose its pixels takes a part of the time of a warp, and
    gives the same ones. (Colours would differ by some grey levels, and figures with them.)
    """
    scale = float(matrix[0, 0])
    if scale <= 0 or not np.array_equal(matrix[:, :2], [[scale, 0.0], [0.0, scale]]):
        return None
    edges = np.array([(-0.5 - matrix[:, 2]) / scale, (NETWORK_SIZE - 0.5 - matrix[:, 2]) / scale])
    whole = np.rint(edges + 0.5)
    if np.abs(edges + 0.5 - whole).max() > _WHOLE or whole.min() < 0:
        return None
    (left, top), (right, bottom) = whole.astype(int).tolist()
    height, width = picture.shape[:2]
    return picture[top:bottom, left:right] if right <= width and bottom <= height else None


def fuse(
    rgb: NDArray[np.uint8],
    depth: NDArray[Any] | None,
    matrix: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """The red, green and depth channels of the part that the network sees.

    Args:
        rgb: ``(H, W, 3)``, red first.
        depth: ``(H, W)`` of the same pixels, uint16 millimetres or float metres; None = a blue
            channel of zeros.
        matrix: ``(2, 3)`` from picture pixels to network pixels (`Crop.to_network`).

    Returns:
        ``(224, 224, 3)`` uint8: red, green, depth.

    Raises:
        InputError: shapes or types that cannot be used.
    """
    check_pair(rgb, depth)
    fused = colours_in_view(rgb, matrix)
    if depth is None:
        fused[..., 2] = 0
        return fused
    fused[..., 2] = blue_in_view(depth, matrix)
    return fused


def to_network(fused: NDArray[np.uint8], side: int = NETWORK_SIZE) -> NDArray[np.float32]:
    """What goes into a network.

    Args:
        fused: ``(..., 224, 224, 3)`` uint8.
        side: of the pictures that the network takes (`ModelSpec.side`), pixels.

    Returns:
        ``(..., 3, side, side)`` float32 with the mean subtracted.
    """
    size = fused.shape[-3:-1] if side == NETWORK_SIZE else (side, side)
    planes = np.empty((*fused.shape[:-3], 3, *size), dtype=np.float32)
    for index in np.ndindex(fused.shape[:-3]):
        for channel, plane in enumerate(cv2.split(fused[index])):
            if plane.shape != size:
                # Depth is one pixel's, as in `fuse`; red and green are between those of two.
                how = cv2.INTER_NEAREST_EXACT if channel == 2 else cv2.INTER_LINEAR
                plane = cv2.resize(plane, size, interpolation=how)
            np.subtract(plane, np.float32(MEAN), out=planes[(*index, channel)], dtype=np.float32)
    return planes
