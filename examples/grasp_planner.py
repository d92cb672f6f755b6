#!/usr/bin/env python3
"""From grasps to motions: the node to start your own planner from.

It takes the best grasp that a gripper can do, says where the middle between the fingertips has to
be before the grasp, for it, and after it, and publishes that:

    ~/plan      geometry_msgs/PoseArray     pre-grasp, grasp, lift; z = approach, x = opening
    ~/selected  grasp_detector/Grasp5D      what it is for: opening, class, confidence

Then it waits until the arm has done that: until ``~/held`` tells whether the object is held, or for
``patience`` seconds. What was seen before ``~/held`` is not planned: stamps must be of this node's
clock (a bag's are with ``use_sim_time``). Poses are in the grasps' frame or, with ``target_frame``,
in that one, which tf2 must know; z is up there (REP-103).

    ros2 run grasp_detector grasp_planner --ros-args -p target_frame:=base_link

Put your motion planner where ``_execute`` is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseArray, Quaternion
from grasp_detector.msg import Grasp5D, Grasp5DArray
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import Bool, Header

from grasp_detector.errors import InputError
from grasp_detector.geometry import Rigid, matrix_to_quaternion
from grasp_detector.ros.conversions import rigid_from_msg, stamp_ns
from grasp_detector.ros.declaring import declare_fixed
from grasp_detector.ros.frames import TfTransforms
from grasp_detector.ros.running import run

LOOK_EVERY = 0.05  # seconds between looks at whether there is something to plan
LATE = 1.0  # seconds that a transform may come later than the grasp that it is for
SAY_EVERY = 5.0  # seconds between lines on why there is nothing
ROUNDING = 1e-6  # metres: openings come as float32


@dataclass(frozen=True)
class Hand:
    """What the gripper can, and how it moves; metres.

    Attributes:
        max_opening: between its plates.
        reach: how far its fingertips go beyond the surface that is grasped.
        standoff: from the grasp, where the approach begins.
        lift: how far it goes up afterwards.
        floor: least height of the fingertips in the target frame; None = the frame's z is not up.
    """

    max_opening: float = 0.10
    reach: float = 0.03
    standoff: float = 0.10
    lift: float = 0.10
    floor: float | None = None


@dataclass(frozen=True)
class Plan:
    """Where the middle between the fingertips goes, one after the other."""

    pre_grasp: Rigid
    grasp: Rigid
    lift: Rigid


def make_plan(surface: Rigid, hand: Hand) -> Plan:
    """Plan a grasp.

    Args:
        surface: the grasp's pose as the detector gives it, on the surface, in the target frame.
        hand: that does it.
    """
    approach = surface.rotation[:, 2]
    deep = hand.reach
    up = -approach
    if hand.floor is not None:
        up = np.array([0.0, 0.0, 1.0])
        room = (surface.translation[2] - hand.floor) / max(-float(approach[2]), 0.1)
        deep = min(deep, room)
    grasp = _moved(surface, deep * approach)
    return Plan(
        pre_grasp=_moved(grasp, -hand.standoff * approach),
        grasp=grasp,
        lift=_moved(grasp, hand.lift * up),
    )


def _moved(pose: Rigid, way: NDArray[np.float64]) -> Rigid:
    return Rigid(pose.rotation, pose.translation + way)


class GraspPlanner(Node):
    """Plans one grasp after the other.

    Raises:
        InputError: a parameter that cannot be, or ``target_frame`` without tf2_ros.
    """

    finished = False

    def __init__(self) -> None:
        super().__init__("grasp_planner")
        parameter = partial(declare_fixed, self)
        self._least = parameter("min_confidence", 0.2, "Plan only what is so sure.")
        self._target = parameter("target_frame", "", "Of the plan; empty: the grasps'.")
        floor = parameter("floor", 0.005, "Fingertips stay so high in target_frame, metres.")
        self._hand = Hand(
            max_opening=parameter("max_opening", 0.10, "Of the gripper, metres."),
            reach=parameter("reach", 0.03, "Of the fingertips below the surface, metres."),
            standoff=parameter("standoff", 0.10, "Where the approach begins, metres."),
            lift=parameter("lift", 0.10, "Height after the grasp, metres."),
            floor=floor if self._target else None,
        )
        self._patience = parameter("patience", 5.0, "Longest wait for the arm, seconds.")
        if min(self._hand.max_opening, self._hand.lift, self._hand.standoff) <= 0.0:
            raise InputError("max_opening, standoff and lift must be positive")
        self._transforms = TfTransforms(self) if self._target else None
        if self._transforms is not None:
            self._transforms.open()
        self._newest: Grasp5DArray | None = None  # not looked at yet
        self._chosen: Grasp5D | None = None  # waits for its transform
        self._try_until = 0.0
        self._busy_until = 0.0
        self._done_at = 0  # when ``~/held`` last came: nanoseconds of the stamps' clock
        self._said = -SAY_EVERY
        self._plan = self.create_publisher(PoseArray, "~/plan", 10)
        self._selected = self.create_publisher(Grasp5D, "~/selected", 10)
        self.create_subscription(Grasp5DArray, "grasps", self._on_grasps, 1)
        self.create_subscription(Bool, "~/held", self._on_held, 10)
        # Not in a callback: a grasp may have to wait for its transform.
        self.create_timer(LOOK_EVERY, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def start(self) -> None:
        """Nothing to do: plans are made while the node spins."""

    def stop(self) -> None:
        """Listen no more."""
        if self._transforms is not None:
            self._transforms.close()

    def _on_grasps(self, msg: Grasp5DArray) -> None:
        # What was seen while the arm moved is no longer so, however late it comes.
        self._newest = None
        if monotonic() < self._busy_until:
            return
        if stamp_ns(msg.header) < self._done_at:
            self._say("nothing to plan: seen before the arm was done")
            return
        self._newest = msg

    def _on_held(self, msg: Bool) -> None:
        self.get_logger().info("held" if msg.data else "not held: the next one")
        self._busy_until = 0.0
        self._done_at = self.get_clock().now().nanoseconds

    def _look(self) -> None:
        if self._chosen is None and self._newest is not None:
            self._chosen = self._choose(self._newest)
            self._try_until = monotonic() + LATE
        self._newest = None
        if self._chosen is None:
            return
        try:
            self._try(self._chosen)
        except InputError as error:
            if monotonic() < self._try_until:
                return
            self._say(str(error))
        self._chosen = None

    def _choose(self, found: Grasp5DArray) -> Grasp5D | None:
        """Return the best grasp that can be done."""
        refusals = set()
        for grasp in found.grasps:  # best first
            why = self._refusal(grasp)
            if why is None:
                return grasp
            refusals.add(why)
        self._say(f"nothing to plan: {', '.join(sorted(refusals)) or 'no grasps'}")
        return None

    def _refusal(self, grasp: Grasp5D) -> str | None:
        """Return why a grasp is not to be planned."""
        if not grasp.has_pose:
            return "without pose (depth and camera_info are needed)"
        if grasp.confidence < self._least:
            return "not sure enough"
        if grasp.opening > self._hand.max_opening + ROUNDING:
            return "too wide"
        return None

    def _try(self, grasp: Grasp5D) -> None:
        """Plan a grasp; raises InputError while tf2 does not know where the camera was."""
        surface = rigid_from_msg(grasp.pose.position, grasp.pose.orientation)
        header = Header(stamp=grasp.header.stamp, frame_id=self._target or grasp.header.frame_id)
        if self._transforms is not None and grasp.header.frame_id != self._target:
            source, stamp = grasp.header.frame_id, stamp_ns(grasp.header)
            frame = self._transforms.lookup(self._target, source, stamp)
            surface = Rigid(frame.rotation @ surface.rotation, frame.points(surface.translation))
        self._execute(header, grasp, make_plan(surface, self._hand))

    def _execute(self, header: Header, grasp: Grasp5D, plan: Plan) -> None:
        """Let the arm do it. Here it is only told; call your motion planner in place of this."""
        self._busy_until = monotonic() + self._patience
        way = (plan.pre_grasp, plan.grasp, plan.lift)
        self._plan.publish(PoseArray(header=header, poses=[_to_msg(pose) for pose in way]))
        self._selected.publish(grasp)
        x, y, z = (1000 * plan.grasp.translation).round().astype(int)
        self.get_logger().info(
            f"{grasp.class_name or 'object'}: grasp at {x} {y} {z} mm in {header.frame_id}, "
            f"{1000 * grasp.opening:.0f} mm open, confidence {grasp.confidence:.2f}"
        )

    def _say(self, why: str) -> None:
        if monotonic() - self._said >= SAY_EVERY:
            self._said = monotonic()
            self.get_logger().warning(why)


def _to_msg(pose: Rigid) -> Pose:
    x, y, z = map(float, pose.translation)
    qx, qy, qz, qw = matrix_to_quaternion(pose.rotation)
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def main(args: Sequence[str] | None = None) -> int:
    """Plan until interrupted; return the exit status."""
    return run(GraspPlanner, args)


if __name__ == "__main__":
    sys.exit(main())
