"""The simulated sensor's faults are those of a Kinect, and no others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grasp_detector.sim.kinect import (
    BASELINE,
    FOCAL,
    STEP,
    hidden,
    kinect_colour,
    kinect_depth,
    quantised,
)

FOCAL_RGB = 525.0
seeds = st.integers(0, 2**32 - 1)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def box_on_table(near: float = 0.6, far: float = 0.8) -> np.ndarray:
    depth = np.full((120, 160), far, np.float32)
    depth[40:80, 60:100] = near
    return depth


@given(st.floats(0.5, 4.0), seeds)
@settings(max_examples=25)
def test_error_grows_with_the_square_of_range(metres: float, seed: int) -> None:
    measured = kinect_depth(np.full((60, 80), metres), FOCAL_RGB, rng(seed)) / 1000.0
    error = measured[measured > 0] - metres
    step = metres**2 / (FOCAL * BASELINE) * STEP
    assert error.size > 0.9 * measured.size  # a plane that faces the camera has few holes
    assert 0.2 * step < error.std() < 2.0 * step + 0.0005
    assert abs(error.mean()) < step + 0.0005


@given(hnp.arrays(np.float32, (20, 30), elements=st.floats(0.5, 4.0, width=32)), seeds)
@settings(max_examples=25)
def test_whole_millimetres_in_range_or_none(depth: np.ndarray, seed: int) -> None:
    measured = kinect_depth(depth, FOCAL_RGB, rng(seed))
    assert measured.dtype == np.uint16
    assert measured.shape == depth.shape
    known = measured[measured > 0]
    assert ((known >= 400) & (known <= 8000)).all()


@given(st.sampled_from([0.0, np.nan, np.inf, -1.0]), seeds)
@settings(max_examples=10)
def test_nothing_stays_nothing(value: float, seed: int) -> None:
    assert not kinect_depth(np.full((20, 30), value), FOCAL_RGB, rng(seed)).any()


def test_same_seed_same_noise() -> None:
    depth = box_on_table()
    first, again, other = (kinect_depth(depth, FOCAL_RGB, rng(seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).mean() > 0.2


@pytest.mark.parametrize("metres", [0.2, 9.0])
def test_out_of_range_is_none(metres: float) -> None:
    assert not kinect_depth(np.full((20, 30), metres), FOCAL_RGB, rng()).any()


@given(st.floats(0.4, 6.0))
def test_steps_are_those_of_disparity(metres: float) -> None:
    (once,) = quantised(np.array([metres]))
    assert quantised(np.array([once]))[0] == pytest.approx(once)
    assert abs(once - metres) <= metres**2 / (FOCAL * BASELINE) * STEP
    assert FOCAL * BASELINE / once / STEP == pytest.approx(
        round(FOCAL * BASELINE / once / STEP), abs=1e-3
    )


@given(st.floats(0.45, 0.7), st.floats(0.05, 0.3), st.floats(0.02, 0.08))
def test_shadow_is_as_wide_as_the_parallax(near: float, rise: float, baseline: float) -> None:
    far = near + rise
    shadow = hidden(box_on_table(near, far), FOCAL_RGB, baseline)
    assert not shadow[:40].any() and not shadow[80:].any()
    assert not shadow[:, 60:].any()  # an eye on the right: the shadow falls to the left
    width = FOCAL_RGB * baseline * (1 / near - 1 / far)
    assert shadow[60].sum() == pytest.approx(min(width - 0.5, 60), abs=1.01)
    mirrored = hidden(box_on_table(near, far)[:, ::-1], FOCAL_RGB, -baseline)
    assert (mirrored[:, ::-1] == shadow).all()


@given(st.floats(0.4, 3.0), st.floats(-0.1, 0.1))
def test_plane_hides_nothing(metres: float, baseline: float) -> None:
    assert not hidden(np.full((20, 30), metres), FOCAL_RGB, baseline).any()


def test_holes_beside_a_box_but_not_on_it() -> None:
    measured = kinect_depth(box_on_table(), FOCAL_RGB, rng())
    shadow = hidden(box_on_table(), FOCAL_RGB, 0.05)
    assert (measured[shadow] == 0).mean() > 0.9
    assert (measured[45:75, 65:95] > 0).mean() > 0.97
    assert (measured[5:30] > 0).mean() > 0.97


def test_grazing_surface_is_lost() -> None:
    column = np.arange(160, dtype=np.float32)
    for tangent, kept in ((1.0, True), (20.0, False)):
        # From pixel to pixel, depth grows by tangent times the width that a pixel covers.
        slope = np.tile(0.6 * np.exp(tangent * (column - 80) / FOCAL_RGB), (60, 1))
        middle = kinect_depth(slope, FOCAL_RGB, rng())[:, 75:85]
        assert ((middle > 0).mean() > 0.95) if kept else ((middle > 0).mean() < 0.05)


@given(st.integers(20, 235), seeds)
@settings(max_examples=20)
def test_colour_keeps_its_mean(level: int, seed: int) -> None:
    noisy = kinect_colour(np.full((40, 50, 3), level, np.uint8), rng(seed))
    assert noisy.dtype == np.uint8
    assert noisy.mean() == pytest.approx(level, abs=0.3)
    assert 1.0 < noisy.std() < 4.0
