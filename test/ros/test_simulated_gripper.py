"""Behind the simulated camera a gripper tries the best grasps that are published."""

import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.msg import Grasp5D
from ros_rig import Rig
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Bool

from grasp_detector.detector import Grasp
from grasp_detector.detector.pose import gripper_pose
from grasp_detector.ros.conversions import grasp_to_msg
from grasp_detector.sim.gripper import Outcome
from grasp_detector.sim.scene import TableTop
from grasp_detector.sim.trial import across
from grasp_detector.sim.views import table_of

SEED = 4


def good_and_bad() -> tuple[Grasp, Grasp]:
    """A grasp that holds in the camera's first view, and one beside the object."""
    seed, objects = table_of(SEED, 0)
    with TableTop(seed) as table:
        for _ in range(objects):
            table.drop()
        view = table.render()
        five = across(view.mask > 0, 15.0, 8.0)
        beside = five + [120.0, 0.0, 0.0, 0.0, 0.0]
        grasps, outcomes = [], []
        for each in (five, beside):
            pose = gripper_pose(each, view.depth, view.camera.intrinsics)
            assert pose is not None
            x, y, theta, h, w = each.tolist()
            grasps.append(Grasp(x, y, theta, h, w, confidence=0.9, pose=pose))
            outcomes.append(table.attempt(pose) is Outcome.HELD)
    assert outcomes == [True, False]
    return grasps[0], grasps[1]


def test_best_grasps_are_tried_and_told(rig: Rig) -> None:
    infos = rig.collect(CameraInfo, "rgb/camera_info")
    told = rig.collect(Bool, "simulated_camera/held")
    best = rig.node.create_publisher(Grasp5D, "grasps/best", 1)
    process = rig.start("simulated_camera", gripper=True, seed=SEED, hold=1000.0)

    def publish_until_told(grasp: Grasp) -> bool:
        told.clear()

        def publish_and_look() -> bool:
            if infos:
                best.publish(grasp_to_msg(grasp, infos[-1].header))
            return bool(told)

        rig.until(publish_and_look, "what came of an attempt", timeout=120.0)
        return bool(told[0].data)

    good, bad = good_and_bad()
    assert publish_until_told(good) is True
    told.clear()
    # The next one may still be the good one, which was published again.
    assert not publish_until_told(bad) or not publish_until_told(bad)
    assert process.end() == 0
