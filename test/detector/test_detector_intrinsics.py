"""The camera and its lens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.detector import Intrinsics
from grasp_detector.errors import InputError

PINHOLE = Intrinsics(525.0, 500.0, 319.5, 239.5)
LENSES = [
    ("plumb_bob", (0.12, -0.27, 0.001, -0.0005, 0.1)),
    ("plumb_bob", (-0.32, 0.11, 0.0, 0.0)),
    ("rational_polynomial", (0.45, -2.62, 0.0007, -0.0002, 1.5, 0.33, -2.44, 1.43)),
    ("equidistant", (0.01, -0.02, 0.003, 0.0)),
]


@pytest.mark.parametrize(("model", "distortion"), LENSES)
@given(st.floats(0, 639), st.floats(0, 479))
def test_every_pixel_there_and_back(
    model: str, distortion: tuple[float, ...], x: float, y: float
) -> None:
    camera = Intrinsics(525.0, 500.0, 319.5, 239.5, model, distortion)
    np.testing.assert_allclose(camera.pixels(camera.rays([x, y])), [[x, y]], atol=1e-4)


def test_plumb_bob_is_the_formula_of_camera_info() -> None:
    k1, k2, p1, p2, k3 = LENSES[0][1]
    x, y = 0.3, -0.2
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    seen_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    seen_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    camera = Intrinsics(525.0, 500.0, 319.5, 239.5, *LENSES[0])
    expected = [[525 * seen_x + 319.5, 500 * seen_y + 239.5]]
    np.testing.assert_allclose(camera.pixels([x, y]), expected, atol=1e-9)


def test_equidistant_is_the_formula_of_kannala_and_brandt() -> None:
    angle = 0.9  # to the optical axis
    seen = angle * (1 + 0.01 * angle**2 - 0.02 * angle**4 + 0.003 * angle**6)
    camera = Intrinsics(300.0, 300.0, 319.5, 239.5, *LENSES[3])
    np.testing.assert_allclose(camera.pixels([np.tan(angle), 0]), [[300 * seen + 319.5, 239.5]])


def test_an_old_opencv_finds_the_same_rays(monkeypatch: pytest.MonkeyPatch) -> None:
    # Before 4.6 a fisheye lens was undone without a criterion of ours.
    camera = Intrinsics(300.0, 300.0, 319.5, 239.5, *LENSES[3])
    pixels = np.stack(np.meshgrid(np.arange(40, 600, 20), np.arange(40, 440, 20)), -1)
    found = camera.rays(pixels.reshape(-1, 2))
    monkeypatch.setattr("grasp_detector.detector.intrinsics._FISHEYE_SEARCH", {})
    np.testing.assert_allclose(camera.rays(pixels.reshape(-1, 2)), found, atol=1e-6)
    assert np.isfinite(found).all()


def test_what_the_lens_does_not_show_is_nowhere() -> None:
    camera = Intrinsics(300.0, 300.0, 319.5, 239.5, "plumb_bob", (-0.32, 0.0, 0.0, 0.0))
    assert np.isnan(camera.rays([[5000.0, 240.0]])).all()
    assert np.isfinite(camera.rays([[400.0, 240.0]])).all()


@pytest.mark.parametrize("lens", [("", ()), *LENSES])
def test_a_resized_picture_shows_the_same(lens: tuple[str, tuple[float, ...]]) -> None:
    camera = Intrinsics(525.0, 500.0, 319.5, 239.5, *lens)
    half = camera.resized(0.5, 0.25)
    # The middle of a block of 2x4 pixels, of which one is made.
    np.testing.assert_allclose(half.rays([100, 50]), camera.rays([200.5, 201.5]), atol=1e-9)


@pytest.mark.parametrize(
    ("lens", "words"),
    [
        (("thin_prism", (0.1,) * 8), "'thin_prism' cannot be undone, only plumb_bob, .*rectify"),
        (("", (0.1,) * 5), "'' cannot be undone"),
        (("plumb_bob", (0.1,) * 8), "plumb_bob has 4 or 5 coefficients, camera_info names 8"),
        (("equidistant", ()), "equidistant has 4 coefficients, camera_info names 0"),
        (("plumb_bob", (np.nan,) * 5), "calibrate anew"),
    ],
)
def test_lenses_that_cannot_be_are_refused(lens: tuple[str, tuple[float, ...]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Intrinsics(525.0, 500.0, 319.5, 239.5, *lens)
