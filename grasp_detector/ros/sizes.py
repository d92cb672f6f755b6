"""Depth of another size than the colour image that it was registered to."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError

ASPECT = 0.01


def depth_for(depth: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Return a depth image (H, W) with as many pixels as the picture has.

    Drivers give registered depth at a half or a quarter of the picture's size. It is scaled only
    where both show the same: the aspect ratios agree to a hundredth.

    Raises:
        InputError: another aspect ratio.
    """
    rows, columns = depth.shape
    if (rows, columns) == (height, width):
        return depth
    if abs(columns * height - width * rows) > ASPECT * width * rows:
        raise InputError(
            f"depth is {columns}x{rows} and the picture is {width}x{height}, another aspect "
            "ratio: register depth to the colour camera first"
        )
    # Nearest neighbour: between an object and the table behind it there is no depth in between.
    return np.asarray(cv2.resize(depth, (width, height), interpolation=cv2.INTER_NEAREST))
