"""Jaccard index, rectangle metric and what says the same."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grasp_detector.geometry import (
    Likeness,
    best_jaccard,
    grasp_to_corners,
    jaccard_index,
    rectangle_metric,
)

grasps = st.tuples(
    st.floats(0, 60), st.floats(0, 60), st.floats(-2, 2), st.floats(5, 60), st.floats(5, 60)
).map(np.array)


def inside(points: np.ndarray, grasp: np.ndarray) -> np.ndarray:
    corners = grasp_to_corners(grasp)
    offset = points - corners[0]
    u, v = corners[1] - corners[0], corners[3] - corners[0]
    a, b = offset @ u / (u @ u), offset @ v / (v @ v)
    return (a >= 0) & (a <= 1) & (b >= 0) & (b <= 1)


@given(grasps, grasps)
@example(np.array([0, 5, 0, 5, 5]), np.array([0, 5.5, 0, 5, 5]))
def test_agrees_with_counting_fine_points(a: np.ndarray, b: np.ndarray) -> None:
    # As many points in every rectangle: in a grid of pixels a small one has but a few.
    part = (np.arange(200) + 0.5) / 200
    corners = grasp_to_corners(a)
    along = np.outer(part, corners[1] - corners[0])
    across = np.outer(part, corners[3] - corners[0])
    points = corners[0] + (along[:, None] + across[None]).reshape(-1, 2)
    common = inside(points, b).mean() * a[3] * a[4]
    counted = common / (a[3] * a[4] + b[3] * b[4] - common)
    assert jaccard_index(a, b)[0, 0] == pytest.approx(counted, abs=0.03)


@given(grasps, grasps)
def test_symmetric_and_bounded(a: np.ndarray, b: np.ndarray) -> None:
    index = jaccard_index(a, b)[0, 0]
    assert 0 <= index <= 1
    assert index == pytest.approx(jaccard_index(b, a)[0, 0], abs=1e-4)


@given(grasps)
def test_a_grasp_covers_itself_wherever_it_is(grasp: np.ndarray) -> None:
    assert jaccard_index(grasp, grasp)[0, 0] == pytest.approx(1, abs=1e-4)
    far = grasp + [40000, 30000, 0, 0, 0]
    assert jaccard_index(far, far)[0, 0] == pytest.approx(1, abs=1e-4)


@given(grasps, st.floats(0.05, 0.95))
def test_a_shift_along_an_edge_has_the_index_of_the_formula(grasp: np.ndarray, part: float) -> None:
    shift = part * grasp[4]
    moved = grasp + [shift * np.cos(grasp[2]), shift * np.sin(grasp[2]), 0, 0, 0]
    assert jaccard_index(grasp, moved)[0, 0] == pytest.approx((1 - part) / (1 + part), abs=1e-3)


def test_rectangles_without_area_or_apart_have_no_index() -> None:
    a = np.array([[10, 10, 0, 0, 20], [10, 10, 0, 5, 20], [500, 10, 0, 5, 20]])
    assert jaccard_index(a, a[1:2])[:, 0].tolist() == pytest.approx([0, 1, 0])
    assert jaccard_index(np.empty((0, 5)), a).shape == (0, 3)


def test_the_metric_needs_both_overlap_and_angle() -> None:
    truth = np.array([[50, 50, 0, 20, 40.0]])
    predicted = np.array(
        [
            [50, 50, 0, 20, 40],
            [50, 50, np.deg2rad(29), 20, 40],
            [50, 50, np.deg2rad(31), 20, 40],
            [50, 50, np.deg2rad(180 - 29), 20, 40],
            # A shift by 3/5 of the opening is an index of exactly 1/4, which is not enough.
            [50 + 0.59 * 40, 50, 0, 20, 40],
            [50 + 0.61 * 40, 50, 0, 20, 40],
        ]
    )
    assert rectangle_metric(predicted, truth).tolist() == [True, True, False, True, True, False]


def test_the_metric_takes_the_best_label_of_like_angle() -> None:
    truth = np.array([[50, 50, np.pi / 2, 20, 40.0], [60, 50, 0, 20, 40.0]])
    assert best_jaccard(np.array([[50, 50, 0, 20, 40.0]]), truth)[0] == pytest.approx(0.6)
    assert rectangle_metric(truth[:1], np.empty((0, 5))).tolist() == [False]


@given(st.lists(grasps, min_size=1, max_size=12), st.integers(0, 12))
def test_like_are_those_that_overlap_at_like_angles(found: list[np.ndarray], at_once: int) -> None:
    stack = np.array(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grasp_detector.geometry.suppression._AT_ONCE", at_once)
        likeness = Likeness(stack)
    for i in range(len(stack)):
        after = likeness.after(i)
        assert len(after) == len(stack) - 1 - i
        for like, other in zip(after, stack[i + 1 :], strict=True):
            turn = abs((stack[i, 2] - other[2] + np.pi / 2) % np.pi - np.pi / 2)
            index = jaccard_index(stack[i], other)[0, 0]
            margin = min(np.deg2rad(30) - turn, index - 0.25)
            assert like == (margin > 0) or abs(margin) < 1e-4
