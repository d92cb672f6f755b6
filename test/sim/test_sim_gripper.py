"""Where a grasp puts the gripper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grasp_detector.detector.pose import gripper_pose
from grasp_detector.errors import InputError
from grasp_detector.sim.camera import KINECT, overhead
from grasp_detector.sim.gripper import STANDARD, Gripper, reach

cameras = st.builds(
    overhead, st.floats(0.5, 1.0), st.floats(0.0, np.deg2rad(15)), st.floats(-np.pi, np.pi)
)
grasps = st.tuples(
    st.floats(200, 440),
    st.floats(120, 360),
    st.floats(-1.5, 1.5),
    st.floats(10, 40),
    st.floats(10, 150),
)


@given(cameras, grasps, st.floats(0.45, 0.6))
@settings(max_examples=50)
def test_fingertips_go_below_the_surface_but_not_into_the_table(camera, grasp, metres) -> None:  # type: ignore[no-untyped-def]
    pose = gripper_pose(np.array(grasp), np.full((480, 640), metres), KINECT)
    assert pose is not None
    there = reach(pose, camera, STANDARD)
    surface = camera.pose[:3, :3] @ np.array(pose.position) + camera.pose[:3, 3]
    deeper = (there.tip - surface) @ there.rotation[:, 2]
    assert deeper <= STANDARD.reach + 1e-9
    assert there.lowest(STANDARD) > 0.0019
    if there.lowest(STANDARD) > 0.0021:  # the table is not in the way
        assert deeper == pytest.approx(STANDARD.reach)
    # The approach is the optical axis, the opening as wide as it was seen, or as it can be.
    assert there.rotation[:, 2] == pytest.approx(camera.pose[:3, 2])
    assert np.linalg.det(there.rotation) == pytest.approx(1.0)
    assert there.opening == pytest.approx(min(grasp[4] * metres / 525.0, STANDARD.opening))


@given(cameras, st.floats(-1.5, 1.5))
@settings(max_examples=20)
def test_plates_project_to_the_rectangle_s_ends(camera, theta) -> None:  # type: ignore[no-untyped-def]
    grasp = np.array([330.0, 220.0, theta, 15.0, 60.0])
    pose = gripper_pose(grasp, np.full((480, 640), 0.5), KINECT)
    assert pose is not None
    there = reach(pose, camera, STANDARD)
    surface = camera.pose[:3, :3] @ np.array(pose.position) + camera.pose[:3, 3]
    ends = surface + np.outer([0.5, -0.5], there.opening * there.rotation[:, 0])
    u, v, _ = camera.project(ends)
    expected = grasp[:2] + np.outer([30.0, -30.0], [np.cos(theta), np.sin(theta)])
    assert np.stack([u, v], -1) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("name", "value"), [("opening", 0.5), ("opening", 0.0), ("plate", -1.0), ("force", np.nan)]
)
def test_impossible_grippers_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"a gripper whose {name} is .* is possible"):
        Gripper(**{name: value})
