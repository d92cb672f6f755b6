"""Corners, angles and transforms: properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.geometry import (
    angle_difference,
    corners_to_grasp,
    grasp_to_corners,
    similarity,
    transform_grasps,
    wrap_angle,
)

coordinate = st.floats(-500, 1000)
length = st.floats(1, 300)
angle = st.floats(-20, 20)
grasps = st.tuples(coordinate, coordinate, angle, length, length).map(np.array)


def assert_same_grasp(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a[..., [0, 1, 3, 4]], b[..., [0, 1, 3, 4]], atol=1e-6)
    np.testing.assert_allclose(angle_difference(a[..., 2], b[..., 2]), 0, atol=1e-6)


@given(grasps)
def test_corners_and_back_is_the_same_grasp(grasp: np.ndarray) -> None:
    assert_same_grasp(corners_to_grasp(grasp_to_corners(grasp)), grasp)


@given(grasps)
def test_first_edge_is_the_opening(grasp: np.ndarray) -> None:
    a, b, c, _ = grasp_to_corners(grasp)
    assert np.hypot(*(b - a)) == pytest.approx(grasp[4])
    assert np.hypot(*(c - b)) == pytest.approx(grasp[3])
    direction = np.arctan2(*(b - a)[::-1])
    assert angle_difference(direction, grasp[2]) == pytest.approx(0, abs=1e-6)


@given(grasps)
def test_a_rectangle_listed_the_other_way_round_is_the_same_grasp(grasp: np.ndarray) -> None:
    corners = grasp_to_corners(grasp)
    for other in (corners[[2, 3, 0, 1]], corners[[1, 0, 3, 2]], corners[[3, 2, 1, 0]]):
        assert_same_grasp(corners_to_grasp(other), grasp)


@given(angle)
def test_wrapped_angles_are_in_the_half_open_interval(theta: float) -> None:
    wrapped = wrap_angle(theta)
    assert -np.pi / 2 <= wrapped < np.pi / 2
    assert np.sin(2 * wrapped) == pytest.approx(np.sin(2 * theta), abs=1e-9)


@given(angle, angle, st.integers(-3, 3))
def test_angle_difference_ignores_half_turns(a: float, b: float, turns: int) -> None:
    difference = angle_difference(a, b)
    assert 0 <= difference <= np.pi / 2
    assert difference == pytest.approx(float(angle_difference(b, a + turns * np.pi)), abs=1e-6)


@pytest.mark.parametrize("theta", [np.pi / 2, -np.pi / 2, -1e-17, 3 * np.pi / 2])
def test_the_borders_of_the_interval(theta: float) -> None:
    assert -np.pi / 2 <= wrap_angle(theta) < np.pi / 2


@given(grasps, coordinate, coordinate, st.floats(0.2, 5), angle, st.booleans())
def test_a_similarity_moves_turns_and_scales_a_grasp(
    grasp: np.ndarray, x: float, y: float, scale: float, turn: float, mirror: bool
) -> None:
    moved = transform_grasps(grasp, similarity((grasp[0], grasp[1]), (x, y), scale, turn, mirror))
    theta = np.pi - grasp[2] if mirror else grasp[2]
    expected = np.array([x, y, theta + turn, grasp[3] * scale, grasp[4] * scale])
    assert_same_grasp(moved, expected)


@pytest.mark.parametrize("shape", [(4,), (3, 2), (5, 3)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        grasp_to_corners(np.zeros(shape))
    with pytest.raises(ValueError, match="shape"):
        corners_to_grasp(np.zeros(shape))
