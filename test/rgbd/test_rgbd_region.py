"""Where in a picture is looked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.errors import InputError
from grasp_detector.rgbd import Crop, Region, central_crop, crops


def test_without_a_region_the_middle_is_looked_at() -> None:
    assert crops(480, 640) == [central_crop(480, 640)] == [Crop(160, 80, 320)]
    assert crops(1080, 1920, share=0.5) == [Crop(690, 270, 540)]


def test_a_small_region_lies_in_the_middle_of_one_square_if_that_can_be() -> None:
    assert crops(480, 640, Region(300, 200, 40, 20)) == [Crop(160, 50, 320)]
    # In a corner the square stays in the picture.
    assert crops(480, 640, Region(0, 0, 40, 20)) == [Crop(0, 0, 320)]
    assert crops(480, 640, Region(600, 460, 400, 200)) == [Crop(320, 160, 320)]


@given(
    st.integers(16, 1200),
    st.integers(16, 2000),
    st.floats(0.25, 1.0),
    st.integers(0, 2000),
    st.integers(0, 1200),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_all_of_a_region_is_looked_at(
    height: int, width: int, share: float, x: int, y: int, across: int, down: int
) -> None:
    region = Region(x % width, y % height, across, down)
    squares = crops(height, width, region, share)
    seen = np.zeros((height, width), bool)
    for square in squares:
        assert square.size == squares[0].size
        assert min(square.x, square.y) >= 0
        assert square.x + square.size <= width
        assert square.y + square.size <= height
        top, left = int(np.ceil(square.y)), int(np.ceil(square.x))
        bottom, right = (int(np.floor(start + square.size)) for start in (square.y, square.x))
        seen[top:bottom, left:right] = True
    wanted = seen[region.y : region.y + down, region.x : region.x + across]
    # Squares may begin between two pixels.
    assert wanted[1:-1, 1:-1].all()
    # As few as share a quarter: with one less in a row neighbours would share less.
    shown = [(region.x, min(region.x + across, width)), (region.y, min(region.y + down, height))]
    begins = zip(*((square.x, square.y) for square in squares), strict=True)
    for starts, (low, high) in zip(begins, shown, strict=True):
        side, count = squares[0].size, len(set(starts))
        assert count == 1 or (count - 2) * 0.75 * side < high - low - side


def test_a_region_outside_the_picture_is_refused() -> None:
    with pytest.raises(InputError, match=r"region of 80x50 pixels from \(5000, 0\) lies outside"):
        crops(480, 640, Region(5000, 0, 80, 50))
    with pytest.raises(InputError, match=r"the region is empty: 80x0 pixels$"):
        Region(10, 10, 80, 0)


def test_what_a_region_holds() -> None:
    points = [[10.0, 20.0], [14.9, 24.9], [15.0, 20.0], [10.0, 25.0], [9.9, 20.0]]
    held = Region(10, 20, 5, 5).holds(points)
    assert held.tolist() == [True, True, False, False, False]
