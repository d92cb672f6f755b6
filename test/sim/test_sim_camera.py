"""Pixels to points and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grasp_detector.sim.camera import KINECT, Camera, overhead

cameras = st.builds(
    overhead, st.floats(0.5, 1.0), st.floats(0.0, np.deg2rad(15)), st.floats(-np.pi, np.pi)
)


@given(cameras)
def test_looks_at_the_table_from_above(camera: Camera) -> None:
    u, v, depth = camera.project(np.zeros(3))
    assert (u, v) == pytest.approx((KINECT.cx, KINECT.cy), abs=0.01)
    assert 0.49 < depth < 1.01
    rotation = camera.pose[:3, :3]
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert rotation[2, 2] < -0.9  # the optical axis points down


@given(cameras, st.floats(0.3, 2.0))
@settings(max_examples=10)
def test_points_project_to_their_pixels(camera: Camera, metres: float) -> None:
    depth = np.full((camera.height, camera.width), metres, np.float32)
    u, v, back = camera.project(camera.points(depth)[::80, ::80])
    rows, columns = np.mgrid[: camera.height : 80, : camera.width : 80]
    assert np.abs(u - columns).max() < 0.01
    assert np.abs(v - rows).max() < 0.01
    assert back == pytest.approx(metres, abs=1e-4)


def test_magnified_camera_sees_the_same() -> None:
    camera = overhead(0.7, 0.1, 1.0)
    point = np.array([0.1, -0.05, 0.02])
    u, v, _ = camera.project(point)
    fine_u, fine_v, _ = camera.magnified(2).project(point)
    # Pixel centres are at whole numbers: the first pixel covers -0.5 to 0.5.
    assert (fine_u, fine_v) == pytest.approx((2 * u + 0.5, 2 * v + 0.5), abs=1e-3)
