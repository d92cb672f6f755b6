"""What things are painted with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.sim.finish import Finish, object_finish, paint
from grasp_detector.sim.prints import TILE, TILE_SIZE, printed_page, sample_page

seeds = st.integers(0, 2**32 - 1)
COLOURS = [np.full(3, part, np.float32) for part in (0.8, 0.1, 0.5)]


def _finish(pattern: str, printed: bool = False) -> Finish:
    """The first of some random finishes that has a pattern."""
    finishes = (object_finish(np.random.default_rng(i), printed=printed) for i in range(200))
    return next(each for each in finishes if each.pattern == pattern)


@given(seeds)
def test_a_page_is_reflectance_and_the_seed_s(seed: int) -> None:
    page = printed_page(np.random.default_rng(seed), COLOURS)
    assert page.shape == (TILE, TILE, 3)
    assert page.dtype == np.float32
    assert page.min() >= 0
    assert page.max() <= 1
    assert len(np.unique(page.reshape(-1, 3), axis=0)) > 1  # something is printed
    assert np.array_equal(page, printed_page(np.random.default_rng(seed), COLOURS))


@given(seeds, st.integers(-3, 3), st.integers(-3, 3))
def test_a_page_repeats(seed: int, right: int, down: int) -> None:
    rng = np.random.default_rng(seed)
    page = rng.random((TILE, TILE, 3)).astype(np.float32)
    # The middles of pixels: what lies between two of them may go either way.
    x, y = rng.integers(0, TILE, (2, 20)) * (TILE_SIZE / TILE)
    shown = sample_page(page, x, y)
    assert np.array_equal(shown, sample_page(page, x + right * TILE_SIZE, y + down * TILE_SIZE))


@given(seeds)
def test_what_is_printed_changes_nothing_after_it(seed: int) -> None:
    # Or a table would be another one for what stands on a box.
    plain, printed = np.random.default_rng(seed), np.random.default_rng(seed)
    finish = object_finish(printed)
    object_finish(plain, own=True)
    assert plain.random() == printed.random()
    assert (finish.page is not None) == (finish.pattern == "print")


def test_packets_are_mostly_printed_and_others_sometimes() -> None:
    def share(printed: bool) -> float:
        finishes = [object_finish(np.random.default_rng(i), printed=printed) for i in range(100)]
        return float(np.mean([finish.pattern == "print" for finish in finishes]))

    assert share(printed=True) > 0.8
    assert 0.1 < share(printed=False) < 0.3


def test_a_model_s_own_texture_is_not_printed_over() -> None:
    for seed in range(50):
        finish = object_finish(np.random.default_rng(seed), own=True)
        assert finish.pattern == "own"
        assert finish.page is None


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_print_shows_on_every_side(axis: int) -> None:
    finish = _finish("print", printed=True)
    places = np.stack(np.meshgrid(*[np.linspace(-0.1, 0.1, 60)] * 2), -1).reshape(-1, 2)
    points = np.insert(places, axis, 0.03, axis=1).astype(np.float32)
    normals = np.broadcast_to(np.eye(3, dtype=np.float32)[axis], points.shape)
    colours = paint(finish, points, normals, np.zeros_like(points))
    assert colours.min() >= 0
    assert colours.max() <= 1
    # Far more than the noise over everything.
    assert colours.std(axis=0).max() > 0.08


def test_prints_are_of_the_object_not_of_the_view() -> None:
    finish = _finish("print")
    points = np.random.default_rng(0).uniform(-0.05, 0.05, (100, 3)).astype(np.float32)
    normals = np.broadcast_to(np.array([0, 0, 1], np.float32), points.shape)
    own = np.zeros_like(points)
    colours = paint(finish, points, normals, own)
    assert np.allclose(paint(finish, points[::-1], normals, own), colours[::-1])
