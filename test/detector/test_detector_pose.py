"""From the picture to space: a known gripper comes back."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.pose import GripperPose, gripper_pose
from grasp_detector.detector.surface import Lattice
from grasp_detector.geometry import quaternion_to_matrix

CAMERA = Intrinsics(525.0, 500.0, 319.5, 239.5)
SHAPE = (480, 640)
# Lenses of real cameras: a Kinect's, a wide one, an Azure Kinect's, a fisheye.
LENSES: list[tuple[str, tuple[float, ...]]] = [
    ("", ()),
    ("plumb_bob", (0.12, -0.27, 0.001, -0.0005, 0.1)),
    ("plumb_bob", (-0.32, 0.11, 0.0, 0.0)),
    ("rational_polynomial", (0.45, -2.62, 0.0007, -0.0002, 1.5, 0.33, -2.44, 1.43)),
    ("equidistant", (0.01, -0.02, 0.003, 0.0)),
]
lenses = st.sampled_from([Intrinsics(525.0, 480.0, 322.0, 236.0, *lens) for lens in LENSES])
yaws = st.floats(-np.pi, np.pi)


def rectangle(
    camera: Intrinsics, middle: np.ndarray, rotation: np.ndarray, opening: float, jaw: float
) -> np.ndarray:
    """How the camera sees a gripper's plates: their middles give the axis and the opening.

    ``rotation``'s columns are the opening, the plates' direction and the approach.
    """
    sides = (
        np.outer([-0.5, 0.5], opening * rotation[:, 0]),
        np.outer([-0.5, 0.5], jaw * rotation[:, 1]),
    )
    points = middle + np.concatenate(sides)
    assume((points[:, 2] > 0.2).all())
    left, right, back, front = seen = camera.pixels(points[:, :2] / points[:, 2:])
    assume((seen > 15).all() and (seen < [625, 465]).all())
    along = right - left
    return np.array(
        [
            *(left + right) / 2,
            np.arctan2(along[1], along[0]),
            np.hypot(*(front - back)),
            np.hypot(*along),
        ]
    )


def surface_depth(grasp: np.ndarray, depth: np.ndarray) -> float | None:
    """Depth of what stands between the plates, along the optical axis."""
    lattice = Lattice(grasp, depth)
    return lattice.nearest(lattice.metres)


def about_z(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def assert_same_gripper(pose: GripperPose, rotation: np.ndarray, within: float) -> None:
    """Equal, or a half turn about the approach apart, which is the same to a gripper."""
    found = quaternion_to_matrix(pose.orientation)
    turned = rotation @ np.diag([-1.0, -1.0, 1.0])
    difference = min(np.abs(found - each).max() for each in (rotation, turned))
    assert difference < within


@given(
    lenses,
    st.floats(-0.2, 0.2),
    st.floats(-0.15, 0.15),
    st.floats(0.4, 2.0),
    yaws,
    st.floats(0.02, 0.12),
    st.sampled_from([np.uint16, np.float32]),
)
def test_a_gripper_along_the_axis_comes_back(
    camera: Intrinsics, x: float, y: float, z: float, yaw: float, opening: float, kind: type
) -> None:
    rotation = about_z(yaw)
    grasp = rectangle(camera, np.array([x, y, z]), rotation, opening, 0.02)
    depth: np.ndarray = np.full(SHAPE, round(z * 1000) if kind is np.uint16 else z, dtype=kind)
    pose = gripper_pose(grasp, depth, camera)
    assert pose is not None
    scale = pose.depth / z  # millimetres are rounded
    assert scale == pytest.approx(1.0, abs=0.0015)
    np.testing.assert_allclose(pose.position, np.array([x, y, z]) * scale, atol=1e-5)
    assert pose.opening == pytest.approx(opening * scale, rel=1e-4)
    assert_same_gripper(pose, rotation, 1e-4)


@given(
    lenses,
    st.floats(-0.12, 0.12),
    st.floats(-0.1, 0.1),
    st.floats(0.45, 1.2),
    st.floats(0.0, np.deg2rad(45)),
    yaws,
    yaws,
    st.floats(0.03, 0.1),
    st.floats(0.015, 0.04),
)
@settings(max_examples=60)
def test_a_tilted_gripper_on_a_tilted_surface_comes_back(
    camera: Intrinsics,
    x: float,
    y: float,
    z: float,
    tilt: float,
    towards: float,
    yaw: float,
    opening: float,
    jaw: float,
) -> None:
    """The surface leans ``tilt`` in the direction ``towards``; the gripper is turned on it."""
    lean = about_z(towards) @ cv2.Rodrigues(np.array([tilt, 0.0, 0.0]))[0] @ about_z(-towards)
    rotation = lean @ about_z(yaw)
    middle = np.array([x, y, z])
    grasp = rectangle(camera, middle, rotation, opening, jaw)
    pose = gripper_pose(grasp, plane(camera, middle, rotation[:, 2]), camera, "normal")
    assert pose is not None
    np.testing.assert_allclose(pose.position, middle, atol=5e-4)
    assert pose.opening == pytest.approx(opening, rel=0.01)
    # A rectangle has right angles, the picture of a tilted gripper has not: the plates, which are
    # not what a grasp is aimed by, bear that.
    assert pose.jaw == pytest.approx(jaw, rel=0.3)
    assert_same_gripper(pose, rotation, 0.01)


@cache
def rays(camera: Intrinsics) -> np.ndarray:
    """Of all pixels."""
    rows, columns = np.indices(SHAPE)
    return camera.rays(np.stack([columns, rows], axis=-1).reshape(-1, 2))


def plane(camera: Intrinsics, point: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Depth ``SHAPE``, float32 metres, of the plane through a point; 0 where it is not seen."""
    facing = rays(camera) @ normal[:2] + normal[2]
    metres = np.where(facing > 0.1, normal @ point / np.where(facing > 0.1, facing, 1.0), 0.0)
    return np.asarray(np.nan_to_num(metres).reshape(SHAPE), np.float32)


def test_the_angle_has_the_right_sign() -> None:
    """Positive theta turns x towards y, which is down in the picture and in the optical frame."""
    pose = gripper_pose(np.array([319.5, 239.5, np.pi / 6, 20, 60]), np.full(SHAPE, 0.8), CAMERA)
    assert pose is not None
    x_axis = quaternion_to_matrix(pose.orientation)[:, 0]
    assert x_axis[0] > 0.8
    assert x_axis[1] > 0.4


def test_holes_and_strays_do_not_move_the_depth() -> None:
    rng = np.random.default_rng(0)
    depth = np.full(SHAPE, 800, np.uint16)
    chance = rng.random(SHAPE)
    depth[chance < 0.3] = 0
    depth[chance > 0.8] = 5000
    near = chance > 0.9
    depth[near] = rng.integers(300, 780, np.count_nonzero(near))
    grasp = np.array([320.0, 240, 0.4, 30, 60])
    assert surface_depth(grasp, depth) == pytest.approx(0.8)


def test_noise_is_averaged() -> None:
    rng = np.random.default_rng(0)
    depth = (0.9 + 0.002 * rng.standard_normal(SHAPE)).astype(np.float32)
    grasp = np.array([320.0, 240, 0.4, 30, 60])
    assert surface_depth(grasp, depth) == pytest.approx(0.9, abs=0.002)
    pose = gripper_pose(grasp, depth, CAMERA, "normal")
    assert pose is not None
    assert quaternion_to_matrix(pose.orientation)[2, 2] > np.cos(np.deg2rad(2))


@pytest.mark.parametrize("approach", ["axis", "normal"])
@pytest.mark.parametrize("centre", [(320, 240), (-500, 10), (639, 479), (1e7, 1e7)])
def test_no_depth_between_the_jaws_is_no_pose(centre: tuple[float, float], approach: str) -> None:
    depth = np.full(SHAPE, np.nan, np.float32)
    depth[0, 0] = 1.0
    assert gripper_pose(np.array([*centre, 0.1, 20, 40]), depth, CAMERA, approach) is None


@pytest.mark.parametrize("approach", ["axis", "normal"])
@pytest.mark.parametrize("x", [20, 60, 100, 140, 180, 400])
def test_where_the_lens_shows_nothing_there_is_no_pose(x: int, approach: str) -> None:
    # Depth that is there all the same: a driver does not know. At the left rays end between.
    lens = Intrinsics(250.0, 250.0, 319.5, 239.5, "plumb_bob", (-0.3, 0.0, 0.0, 0.0))
    depth = np.full(SHAPE, 0.8, np.float32)
    corners = [[x + across, 240 + down] for across in (-60, 60) for down in (-20, 20)]
    pose = gripper_pose(np.array([x, 240.0, 0.0, 40.0, 120.0]), depth, lens, approach)
    assert (pose is None) == bool(np.isnan(lens.rays(corners)).any())
    if pose is not None:
        assert np.isfinite([*pose.position, *pose.orientation, pose.opening, pose.jaw]).all()


def test_a_thin_object_is_measured_not_the_table_beside_it() -> None:
    depth = np.full(SHAPE, 800, np.uint16)
    depth[230:250, 308:333] = 700
    pose = gripper_pose(np.array([320.0, 240, 0, 18, 60]), depth, CAMERA)
    assert pose is not None
    assert pose.depth == pytest.approx(0.7)


def cup(wall: int = 3, inside: int = 785) -> np.ndarray:
    """A table at 0.8 m with a cup on it, 90 mm high, 50 pixels wide."""
    depth = np.full(SHAPE, 800, np.uint16)
    rows, columns = np.indices(SHAPE)
    away = np.hypot(rows - 240, columns - 320)
    depth[away < 25] = 710
    depth[away < 25 - wall] = inside
    return depth


@pytest.mark.parametrize("theta", [0.0, 0.7, -1.5])
@pytest.mark.parametrize("inside", [785, 0])
def test_of_a_cup_the_rim_is_measured(theta: float, inside: int) -> None:
    """The hand comes down on the rim, whatever is seen of the bottom."""
    grasp = np.array([320.0, 240, theta, 16, 64])
    assert surface_depth(grasp, cup(inside=inside)) == pytest.approx(0.71)
    assert surface_depth(grasp, cup(wall=2, inside=inside)) == pytest.approx(0.71)


def test_of_a_cup_in_a_wide_opening_the_rim_is_measured() -> None:
    assert surface_depth(np.array([320.0, 240, 0.3, 20, 90]), cup()) == pytest.approx(0.71)


def test_a_rim_grasped_from_the_side_is_measured() -> None:
    """One jaw goes into the cup, the other stays outside."""
    assert surface_depth(np.array([344.0, 240, 0, 14, 40]), cup()) == pytest.approx(0.71)


def test_the_table_beside_a_black_object_is_not_the_object() -> None:
    depth = np.full(SHAPE, 800, np.uint16)
    depth[200:280, 305:336] = 0
    assert surface_depth(np.array([320.0, 240, 0, 18, 60]), depth) is None


def test_a_cup_s_rim_has_no_normal_and_the_axis_takes_its_place() -> None:
    """And neither has anything too steep."""
    grasp = np.array([320.0, 240, 0.2, 16, 64])
    along, tried = (gripper_pose(grasp, cup(), CAMERA, each) for each in ("axis", "normal"))
    assert along is not None
    assert tried is not None
    assert tried.position == pytest.approx(along.position, abs=0.004)
    steep = plane(CAMERA, np.array([0.0, 0.0, 0.8]), np.array([0.94, 0.0, 0.342]))
    pose = gripper_pose(grasp, steep, CAMERA, "normal")
    assert pose is not None
    assert quaternion_to_matrix(pose.orientation)[2, 2] == pytest.approx(1.0)


def test_a_lying_bottle_is_approached_from_above() -> None:
    """A cylinder of 30 mm radius, its axis along y, leaning neither way."""
    _, columns = np.indices(SHAPE)
    across = (columns - CAMERA.cx) / CAMERA.fx * 0.72
    depth = np.where(
        np.abs(across) < 0.03, 0.75 - np.sqrt(np.clip(0.03**2 - across**2, 0, None)), 0.78
    )
    pose = gripper_pose(np.array([319.5, 239.5, 0, 20, 60]), depth, CAMERA, "normal")
    assert pose is not None
    assert quaternion_to_matrix(pose.orientation)[2, 2] > np.cos(np.deg2rad(3))
    assert pose.depth == pytest.approx(0.72, abs=0.006)
