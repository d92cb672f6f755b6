"""Rigid transforms: there and back, and against OpenCV's rotations."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.geometry import Rigid, matrix_to_quaternion, quaternion_to_matrix

vectors = st.tuples(*[st.floats(-3.0, 3.0)] * 3).map(np.array)


@given(vectors)
def test_quaternions_are_opencv_s_rotations(turn: np.ndarray) -> None:
    angle = float(np.linalg.norm(turn))
    axis = turn / angle if angle > 1e-12 else turn
    quaternion = np.array([*axis * np.sin(angle / 2), np.cos(angle / 2)])
    matrix = cv2.Rodrigues(turn)[0]
    np.testing.assert_allclose(quaternion_to_matrix(quaternion), matrix, atol=1e-9)
    np.testing.assert_allclose(quaternion_to_matrix(2 * quaternion), matrix, atol=1e-9)
    back = np.array(matrix_to_quaternion(matrix))
    assert np.linalg.norm(back) == pytest.approx(1.0)
    assert abs(back @ quaternion) == pytest.approx(1.0)


@given(vectors, vectors, vectors)
def test_a_quaternion_is_the_same_frame(
    turn: np.ndarray, shift: np.ndarray, point: np.ndarray
) -> None:
    frame = Rigid(cv2.Rodrigues(turn)[0], shift)
    again = Rigid.from_quaternion(shift, matrix_to_quaternion(frame.rotation))
    np.testing.assert_allclose(again.points(point), frame.points(point), atol=1e-9)


def test_a_camera_that_looks_down() -> None:
    """Optical z is down: a camera 1 m above the origin, its x axis along the world's."""
    camera = Rigid.from_quaternion([0, 0, 1], [1, 0, 0, 0])
    np.testing.assert_allclose(camera.points([[0.1, 0.2, 0.7]]), [[0.1, -0.2, 0.3]], atol=1e-12)
    # What points along optical z in the camera points down in the world.
    down = quaternion_to_matrix(camera.orientation([0, 0, 0, 1]))[:, 2]
    np.testing.assert_allclose(down, [0, 0, -1], atol=1e-12)


@pytest.mark.parametrize("bad", [(0, 0, 0, 0), (np.nan, 0, 0, 1), (np.inf, 0, 0, 1)])
def test_what_is_no_rotation_is_refused(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="no rotation"):
        quaternion_to_matrix(bad)
    with pytest.raises(ValueError, match="a translation of"):
        Rigid.from_quaternion([np.nan, 0, 0], [0, 0, 0, 1])
