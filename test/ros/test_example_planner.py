"""The example planner: its geometry, its choice, and the simulated gripper that it drives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PoseArray
from grasp_detector.msg import Grasp5D, Grasp5DArray
from rcl_interfaces.srv import GetParameters
from ros_rig import Process, Rig, header_at
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Bool

from examples.grasp_planner import Hand, make_plan
from grasp_detector.detector import Grasp, GripperPose
from grasp_detector.detector.pose import gripper_pose
from grasp_detector.geometry import Rigid
from grasp_detector.ros.conversions import grasp_to_msg, grasps_to_msg

# A camera 0.8 m above the table's middle that looks down, its x axis along the table's.
CAMERA = Rigid(np.diag([1.0, -1.0, -1.0]), np.array([0.0, 0.0, 0.8]))
# tf2_ros where there is none: the camera stands in "table", which is known a little late.
FAKE_TF2 = """
from geometry_msgs.msg import TransformStamped
class TransformException(Exception): pass
class Buffer:
    def __init__(self, node=None): self.asked = 0
    def lookup_transform(self, target, source, time, timeout=None):
        self.asked += 1
        if target != "table" or self.asked < 4:
            raise TransformException(f'"{target}" passed to lookupTransform does not exist')
        found = TransformStamped()
        found.transform.translation.z = 0.8
        found.transform.rotation.x, found.transform.rotation.w = 1.0, 0.0
        return found
class TransformListener:
    def __init__(self, buffer, node): pass
    def unregister(self): pass
"""


def grasp(opening: float = 0.06, confidence: float = 0.9, z: float = 0.75) -> Grasp:
    pose = GripperPose((0.1, 0.02, z), (0.0, 0.0, 0.0, 1.0), opening, 0.02, z)
    return Grasp(300, 200, 0.0, 20, 40, confidence, 3, "mug", pose)


def in_table(pose: GripperPose) -> Rigid:
    seen = Rigid.from_quaternion(pose.position, pose.orientation)
    return Rigid(CAMERA.rotation @ seen.rotation, CAMERA.points(seen.translation))


def test_the_hand_comes_along_the_approach_and_goes_up() -> None:
    pose = grasp().pose
    assert pose is not None
    plan = make_plan(in_table(pose), Hand(reach=0.03, standoff=0.1, lift=0.2, floor=0.005))
    assert plan.grasp.translation == pytest.approx([0.1, -0.02, 0.02])  # 30 mm below 50 mm
    assert plan.pre_grasp.translation == pytest.approx([0.1, -0.02, 0.12])
    assert plan.lift.translation == pytest.approx([0.1, -0.02, 0.22])
    for each in (plan.pre_grasp, plan.grasp, plan.lift):
        assert each.rotation[:, 2] == pytest.approx([0, 0, -1])
        assert each.rotation[:, 0] == pytest.approx([1, 0, 0])


def test_fingertips_stay_above_the_floor() -> None:
    flat = grasp(z=0.79).pose
    assert flat is not None
    plan = make_plan(in_table(flat), Hand(floor=0.005))
    assert plan.grasp.translation[2] == pytest.approx(0.005)
    # In the camera's own frame nobody knows where the floor is, and back is where it came from.
    plan = make_plan(Rigid.from_quaternion(flat.position, flat.orientation), Hand())
    assert plan.grasp.translation == pytest.approx([0.1, 0.02, 0.82])
    assert plan.lift.translation == pytest.approx([0.1, 0.02, 0.72])


def start_planner(rig: Rig, *arguments: str, **parameters: Any) -> Process:
    return rig.run(["examples/grasp_planner.py"], *arguments, **parameters)


def now(rig: Rig) -> int:
    return int(rig.node.get_clock().now().nanoseconds)


def publish_until(rig: Rig, grasps: list[Grasp], answers: list[Any]) -> None:
    """Show the planner grasps until it has answered."""
    # Who answers a client that is younger than our subscriptions knows these, too: the one plan,
    # which is not told again, is not lost.
    request = GetParameters.Request(names=["lift"])
    assert rig.call(GetParameters, "/grasp_planner/get_parameters", request).values
    publisher = rig.node.create_publisher(Grasp5DArray, "grasps", 1)

    def publish_and_look() -> bool:
        publisher.publish(grasps_to_msg(grasps, header_at(now(rig))))
        return bool(answers)

    rig.until(publish_and_look, "a plan")


def test_the_best_grasp_that_the_gripper_can_do_is_planned(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fake"
    folder.mkdir()
    (folder / "tf2_ros.py").write_text(FAKE_TF2)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")  # also before a real tf2_ros
    plans = rig.collect(PoseArray, "grasp_planner/plan")
    selected = rig.collect(Grasp5D, "grasp_planner/selected")
    process = start_planner(rig, max_opening=0.07, target_frame="table")
    without = Grasp(1, 1, 0.0, 20, 40, 1.0)
    publish_until(rig, [without, grasp(0.12), grasp(0.07, 0.8), grasp(0.05, 0.7)], selected)
    rig.until(lambda: plans, "the plan")
    # As wide as the gripper opens, by the message's float32 a little wider.
    assert selected[0].opening == pytest.approx(0.07)
    assert selected[0].opening > 0.07
    assert plans[0].header.frame_id == "table"
    assert plans[0].header.stamp == selected[0].header.stamp
    before, during, after = plans[0].poses
    assert [during.position.x, during.position.y] == pytest.approx([0.1, -0.02])
    assert (before.position.z, during.position.z, after.position.z) == pytest.approx(
        (0.12, 0.02, 0.12)
    )
    assert process.end() == 0
    assert "mug: grasp at 100 -20 20 mm in table, 70 mm open" in process.printed()


def test_the_arm_is_waited_for(rig: Rig) -> None:
    selected = rig.collect(Grasp5D, "grasp_planner/selected")
    held = rig.node.create_publisher(Bool, "grasp_planner/held", 10)
    process = start_planner(rig, patience=1000.0)
    publish_until(rig, [grasp()], selected)
    first = len(selected)
    rig.until(held.get_subscription_count, "the planner")
    held.publish(Bool(data=False))
    rig.until(lambda: "not held" in process.printed(), "the word")
    assert len(selected) == first == 1
    selected.clear()
    publish_until(rig, [grasp(opening=0.04)], selected)
    assert selected[0].opening == pytest.approx(0.04)


def test_what_was_seen_while_the_arm_moved_is_not_planned_however_late_it_comes(rig: Rig) -> None:
    selected = rig.collect(Grasp5D, "grasp_planner/selected")
    held = rig.node.create_publisher(Bool, "grasp_planner/held", 10)
    late = rig.node.create_publisher(Grasp5DArray, "grasps", 1)
    process = start_planner(rig, patience=1000.0)
    publish_until(rig, [grasp()], selected)
    selected.clear()
    rig.until(held.get_subscription_count, "the planner")
    moving = header_at(now(rig))
    held.publish(Bool(data=True))
    rig.until(lambda: "]: held" in process.printed(), "the word")

    def publish_and_look() -> bool:
        late.publish(grasps_to_msg([grasp(opening=0.05)], moving))
        return bool(selected) or "before the arm was done" in process.printed()

    rig.until(publish_and_look, "what comes late")
    assert not selected
    publish_until(rig, [grasp(opening=0.04)], selected)
    assert selected[0].opening == pytest.approx(0.04)


def test_why_nothing_is_planned_is_said(rig: Rig) -> None:
    process = start_planner(rig, min_confidence=0.95)
    publisher = rig.node.create_publisher(Grasp5DArray, "grasps", 1)

    def publish_and_look() -> bool:
        publisher.publish(grasps_to_msg([grasp(), grasp(0.3, 0.99)], header_at(10**9)))
        return "nothing to plan: not sure enough, too wide" in process.printed()

    rig.until(publish_and_look, "the reason")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"max_opening": -1.0}, "must be positive"), ({"lift": "high"}, "lift")],
)
def test_bad_parameters_end_it_with_one_line(
    rig: Rig, parameters: dict[str, Any], words: str
) -> None:
    process = start_planner(rig, **parameters)
    assert process.wait() == 2
    assert words in process.printed()


def test_the_simulated_gripper_does_what_is_planned(rig: Rig) -> None:
    pytest.importorskip("pybullet", reason="PyBullet is not installed")
    from grasp_detector.sim.gripper import STANDARD, reach
    from grasp_detector.sim.scene import TableTop
    from grasp_detector.sim.trial import across
    from grasp_detector.sim.views import table_of

    infos = rig.collect(CameraInfo, "rgb/camera_info")
    told = rig.collect(Bool, "simulated_camera/held")
    process = start_planner(rig, "-r", "~/held:=/simulated_camera/held", patience=60.0)
    rig.start(
        "simulated_camera",
        *("-r", "grasps/best:=grasp_planner/selected"),
        gripper=True,
        seed=4,
        hold=1000.0,
    )
    seed, objects = table_of(4, 0)
    with TableTop(seed) as table:
        for _ in range(objects):
            table.drop()
        view = table.render()
    five = across(view.mask > 0, 15.0, 8.0)
    pose = gripper_pose(five, view.depth, view.camera.intrinsics)
    assert pose is not None
    # The plan's fingertips are where the simulation takes them.
    camera = Rigid(view.camera.pose[:3, :3], view.camera.pose[:3, 3])
    surface = Rigid.from_quaternion(pose.position, pose.orientation)
    seen = Rigid(camera.rotation @ surface.rotation, camera.points(surface.translation))
    goes = reach(pose, view.camera, STANDARD)
    planned = make_plan(seen, Hand(floor=0.002))
    assert planned.grasp.translation == pytest.approx(goes.tip, abs=0.006)
    assert planned.grasp.rotation == pytest.approx(goes.rotation)

    x, y, theta, h, w = five.tolist()
    good = Grasp(x, y, theta, h, w, confidence=0.6, pose=pose)
    wide = grasp(opening=0.2, confidence=0.99)
    publisher = rig.node.create_publisher(Grasp5DArray, "grasps", 1)

    def publish_and_look() -> bool:
        if infos:
            publisher.publish(grasps_to_msg([wide, good], infos[-1].header))
        return bool(told)

    rig.until(publish_and_look, "what came of the plan", timeout=120.0)
    assert told[0].data is True
    rig.until(lambda: "]: held" in process.printed(), "the planner's word")
    assert grasp_to_msg(good, infos[-1].header).opening == pytest.approx(pose.opening)
