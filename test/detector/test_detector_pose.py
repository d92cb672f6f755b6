"""From the picture to space: a known gripper comes back."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grasp_detector.detector.pose import Intrinsics, gripper_pose, surface_depth

CAMERA = Intrinsics(525.0, 500.0, 319.5, 239.5)
SHAPE = (480, 640)


@given(
    st.floats(-0.2, 0.2),
    st.floats(-0.15, 0.15),
    st.floats(0.4, 2.0),
    st.floats(-1.57, 1.57),
    st.floats(0.02, 0.12),
    st.sampled_from([np.uint16, np.float32]),
)
def test_a_gripper_projected_into_the_picture_comes_back(
    x: float, y: float, z: float, yaw: float, opening: float, kind: type
) -> None:
    """Two finger tips on a plane at depth z, seen through a pinhole with unequal focal lengths."""
    tips = np.outer([np.cos(yaw), np.sin(yaw)], [-1, 1]) * opening / 2
    tips += [[x], [y]]
    pixels = np.stack(
        [tips[0] * CAMERA.fx / z + CAMERA.cx, tips[1] * CAMERA.fy / z + CAMERA.cy], axis=1
    )
    assume((pixels > 20).all() and (pixels < [620, 460]).all())
    along = pixels[1] - pixels[0]
    theta, w = np.arctan2(along[1], along[0]), np.hypot(*along)
    grasp = np.array([*pixels.mean(axis=0), theta, 20.0, w])
    depth: np.ndarray = np.full(SHAPE, round(z * 1000) if kind is np.uint16 else z, dtype=kind)
    pose = gripper_pose(grasp, depth, CAMERA)
    assert pose is not None
    scale = pose.depth / z  # millimetres are rounded
    np.testing.assert_allclose(pose.position, np.array([x, y, z]) * scale, atol=1e-5)
    assert pose.opening == pytest.approx(opening * scale, rel=1e-5)
    qx, qy, qz, qw = pose.orientation
    assert (qx, qy) == (0, 0)
    axis = np.array([1 - 2 * qz * qz, 2 * qz * qw])
    np.testing.assert_allclose(axis, [np.cos(yaw), np.sin(yaw)], atol=1e-5)


def test_holes_and_strays_do_not_move_the_depth() -> None:
    rng = np.random.default_rng(0)
    depth = np.full(SHAPE, 800, np.uint16)
    chance = rng.random(SHAPE)
    depth[chance < 0.3] = 0
    depth[chance > 0.9] = 5000
    grasp = np.array([320.0, 240, 0.4, 30, 60])
    assert surface_depth(grasp, depth) == pytest.approx(0.8)


@pytest.mark.parametrize("centre", [(320, 240), (-500, 10), (639, 479), (1e7, 1e7)])
def test_no_depth_between_the_jaws_is_no_pose(centre: tuple[float, float]) -> None:
    depth = np.full(SHAPE, np.nan, np.float32)
    depth[0, 0] = 1.0
    assert gripper_pose(np.array([*centre, 0.1, 20, 40]), depth, CAMERA) is None


def test_a_thin_object_is_measured_not_the_table_beside_it() -> None:
    depth = np.full(SHAPE, 800, np.uint16)
    depth[230:250, 308:333] = 700
    pose = gripper_pose(np.array([320.0, 240, 0, 18, 60]), depth, CAMERA)
    assert pose is not None
    assert pose.depth == pytest.approx(0.7)
