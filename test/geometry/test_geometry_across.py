"""The grasp across a mask."""

import cv2
import numpy as np
import pytest

from grasp_detector.geometry.across import across


@pytest.mark.parametrize("angle", [0.0, 30.0, 80.0, 135.0])
def test_across_a_rectangle_is_along_its_short_side(angle: float) -> None:
    mask = np.zeros((300, 300), np.uint8)
    corners = cv2.boxPoints(((150, 140), (120, 40), angle))
    cv2.fillPoly(mask, [np.rint(corners).astype(int)], 1)
    x, y, theta, h, w = across(mask > 0, plate=20.0, margin=5.0)
    assert (x, y) == pytest.approx((150, 140), abs=1.5)
    assert np.cos(theta - np.deg2rad(angle + 90)) ** 2 > 0.995
    assert h == 20.0
    assert w == pytest.approx(50, abs=3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_across_a_few_pixels_is_a_grasp_of_them(pixels: int) -> None:
    mask = np.zeros((48, 64), bool)
    mask[10, 20 : 20 + pixels] = True
    x, y, theta, h, w = across(mask, plate=10.0, margin=5.0)
    assert (x, y, h, w) == (20.0 + (pixels - 1) / 2, 10.0, 10.0, 10.0)
    assert np.isfinite(theta)
