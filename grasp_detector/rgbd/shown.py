"""What of an RGB-D pair a network is shown: everything, or a part, to see what it is worth."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError
from grasp_detector.rgbd.fusion import MEAN


class Shown(str, Enum):
    """What the network sees."""

    rgbd = "rgbd"
    rgb = "rgb"
    depth = "depth"


def shown_of(
    rgb: NDArray[np.uint8], depth: NDArray[np.generic] | None, shown: Shown
) -> tuple[NDArray[np.uint8], NDArray[np.generic] | None]:
    """The pair with what is not shown taken away.

    Without colour the picture is grey all over, of the mean that is subtracted: the network's red
    and green are zero. Without depth its blue is as where nothing was measured.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        depth: ``(H, W)``, None = there is none.
        shown: what is left.

    Raises:
        InputError: only depth is to be shown, and there is none.
    """
    if shown is Shown.rgb:
        return rgb, None
    if shown is Shown.depth:
        if depth is None:
            raise InputError("only depth is to be shown, and there is none")
        return np.full_like(rgb, int(MEAN)), depth
    return rgb, depth
