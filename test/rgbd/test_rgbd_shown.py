"""A part of an RGB-D pair, as a network sees it."""

import numpy as np
import pytest

from grasp_detector.errors import InputError
from grasp_detector.rgbd import central_crop, fuse, to_network
from grasp_detector.rgbd.shown import Shown, shown_of

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (240, 320, 3), dtype=np.uint8)
DEPTH = RNG.integers(500, 900, (240, 320), dtype=np.uint16)


def seen(shown: Shown) -> np.ndarray:
    """Channels that the network gets, ``(3, 224, 224)``."""
    return to_network(fuse(*shown_of(RGB, DEPTH, shown), central_crop(240, 320).to_network))


def test_each_part_is_what_the_whole_has_of_it() -> None:
    whole, colours, depth = (seen(shown) for shown in (Shown.rgbd, Shown.rgb, Shown.depth))
    assert (colours[:2] == whole[:2]).all() and (depth[2] == whole[2]).all()
    assert whole[:2].std() > 10 and whole[2].std() > 10
    assert (depth[:2] == 0).all()
    assert np.ptp(colours[2]) == 0


def test_depth_alone_needs_depth() -> None:
    with pytest.raises(InputError, match="there is none"):
        shown_of(RGB, None, Shown.depth)
