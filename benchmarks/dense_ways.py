"""The way of GG-CNN and GR-ConvNet from a pair to grasps, beside the network itself.

After the papers and the code that their authors run before a camera, with OpenCV where that uses
SciPy and scikit-image, which are slower; nothing is drawn and nothing published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.dense_networks import DenseNetwork, gg_cnn, gr_convnet
from grasp_detector.rgbd import depth_in_metres

Array = NDArray[np.float32]
# Gaussians over quality, angle and width; the least distance of two peaks and what a peak exceeds:
# as in the published code of both. As many grasps at most as ours gives.
_SIGMAS = (2.0, 2.0, 1.0)
_DISTANCE, _LEAST, _MOST = 20, 0.2, 10
_WIDEST = 150.0  # network pixels: a width of 1


@dataclass(frozen=True)
class Published:
    """A published detector.

    Attributes:
        build: its network, untrained.
        prepare: from ``(H, W, 3)`` uint8 and depth ``(H, W)`` uint16 to what the network sees.
        shape: of that, ``(1, C, S, S)``.
        crop: side of the square in the middle that it looks at, pixels.
        parameters: of its network, as published.
    """

    build: Callable[[], DenseNetwork]
    prepare: Callable[[NDArray[np.uint8], NDArray[np.uint16]], Array]
    shape: tuple[int, int, int, int]
    crop: int
    parameters: int


def prepare_gg_cnn(rgb: NDArray[np.uint8], depth: NDArray[np.uint16]) -> Array:
    """The middle of depth, its holes filled, around its mean; colour is not used."""
    metres = depth_in_metres(_middle(depth, GG_CNN.crop))
    metres[metres == 0] = np.nan  # what was mixed with a hole is a hole as well
    side = GG_CNN.shape[-1]
    whole = _inpainted(cv2.resize(metres, (side, side)))
    return np.clip(whole - whole.mean(), -1.0, 1.0)[None, None]


def prepare_gr_convnet(rgb: NDArray[np.uint8], depth: NDArray[np.uint16]) -> Array:
    """The middle of depth and of the colours, each around its mean; holes stay, as published."""
    metres = depth_in_metres(_middle(depth, GR_CONVNET.crop))
    colours = _middle(rgb, GR_CONVNET.crop).astype(np.float32) / 255.0
    seen = np.empty(GR_CONVNET.shape, np.float32)
    seen[0, 0] = np.clip(metres - metres.mean(), -1.0, 1.0)
    seen[0, 1:] = (colours - colours.mean()).transpose(2, 0, 1)
    return seen


def decode(maps: Sequence[Array], crop: int, height: int, width: int) -> NDArray[np.float64]:
    """Smoothed maps' best peaks as grasps.

    Args:
        maps: quality, cosine, sine and width, each ``(1, 1, S, S)``.
        crop: side of the square that they show, pixels of the picture.
        height: of the picture.
        width: of the picture.

    Returns:
        ``(N, 5)``, best first, pixels of the picture; the plate is half as long as the opening.
    """
    quality, cosine, sine, opening = (each[0, 0] for each in maps)
    angle = np.arctan2(sine, cosine) / 2.0
    quality, angle, opening = (
        cv2.GaussianBlur(each, (0, 0), sigma)
        for each, sigma in zip((quality, angle, opening * _WIDEST), _SIGMAS, strict=True)
    )
    rows, columns = peaks(quality)
    scale = crop / quality.shape[0]
    wide = opening[rows, columns] * scale
    x = columns * scale + (width - crop) // 2
    y = rows * scale + (height - crop) // 2
    return np.stack((x, y, angle[rows, columns], wide / 2.0, wide), axis=-1).astype(np.float64)


def peaks(quality: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the greatest values around, best first; none close to the border."""
    reach = 2 * _DISTANCE + 1
    around = cv2.dilate(quality, np.ones((reach, reach), np.uint8))
    inside = np.zeros(quality.shape, bool)
    inside[_DISTANCE:-_DISTANCE, _DISTANCE:-_DISTANCE] = True
    rows, columns = np.nonzero((quality == around) & (quality > _LEAST) & inside)
    best = np.argsort(-quality[rows, columns])[:_MOST]
    return rows[best], columns[best]


def _middle(picture: NDArray[np.generic], side: int) -> NDArray[np.generic]:
    """The square in the middle, ``(side, side, ...)``."""
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def _inpainted(depth: Array) -> Array:
    """Depth with what is not a number filled in from around it."""
    holes = np.isnan(depth)
    # OpenCV fills no hole at the border, and takes floats of at most 1.
    framed = cv2.copyMakeBorder(np.where(holes, 0.0, depth), 1, 1, 1, 1, cv2.BORDER_DEFAULT)
    most = framed.max()
    mask = (framed == 0).astype(np.uint8)
    filled = cv2.inpaint((framed / most).astype(np.float32), mask, 1, cv2.INPAINT_NS)
    return filled[1:-1, 1:-1] * most


GG_CNN = Published(gg_cnn, prepare_gg_cnn, (1, 1, 300, 300), 400, 62_420)
GR_CONVNET = Published(gr_convnet, prepare_gr_convnet, (1, 4, 224, 224), 224, 1_900_900)
PUBLISHED = {"GG-CNN": GG_CNN, "GR-ConvNet": GR_CONVNET}
