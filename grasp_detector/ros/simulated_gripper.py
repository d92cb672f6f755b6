"""A gripper at the simulated camera's table, which tries the best grasps that are published."""

from __future__ import annotations

from collections import OrderedDict
from time import monotonic

from rclpy.node import Node
from std_msgs.msg import Bool, Header

from grasp_detector.detector import GripperPose
from grasp_detector.msg import Grasp5D
from grasp_detector.ros.conversions import stamp_ns
from grasp_detector.sim.attempts import AttemptStream
from grasp_detector.sim.gripper import Outcome

EVERY = 1.0  # seconds between attempts, at least
_KEPT = 300  # frames back that a grasp may be of


class SimulatedGripper:
    """Tries the newest best grasp now and then, and tells on ``~/held`` whether it held.

    Args:
        node: that publishes the camera's frames.
        seed: of the camera's views.
    """

    def __init__(self, node: Node, seed: int) -> None:
        self._attempts = AttemptStream(seed)
        self._views: OrderedDict[int, int] = OrderedDict()  # by the frame's stamp
        self._since = -EVERY
        self._wanted: tuple[int, GripperPose] | None = None  # view and pose of the newest grasp
        self._held = node.create_publisher(Bool, "~/held", 10)
        node.create_subscription(Grasp5D, "grasps/best", self._on_best, 1)

    def frame(self, header: Header, view: int) -> None:
        """A frame of a view is published; the moment to begin an attempt, or to tell how it ended.

        Raises:
            InputError: there is no PyBullet.
            RuntimeError: the process that tries failed.
        """
        self._views[stamp_ns(header)] = view
        while len(self._views) > _KEPT:
            self._views.popitem(last=False)
        outcome = self._attempts.outcome()
        if outcome is not None:
            self._held.publish(Bool(data=outcome is Outcome.HELD))
        if self._wanted is None or self._attempts.busy or monotonic() - self._since < EVERY:
            return
        self._since = monotonic()
        self._attempts.submit(*self._wanted)
        self._wanted = None

    def close(self) -> None:
        """End the process that tries."""
        self._attempts.close()

    def _on_best(self, msg: Grasp5D) -> None:
        view = self._views.get(stamp_ns(msg.header))
        if view is not None and msg.has_pose:
            self._wanted = view, _pose(msg)


def _pose(msg: Grasp5D) -> GripperPose:
    position, turn = msg.pose.position, msg.pose.orientation
    return GripperPose(
        position=(position.x, position.y, position.z),
        orientation=(turn.x, turn.y, turn.z, turn.w),
        opening=msg.opening,
        jaw=msg.opening * msg.h / msg.w if msg.w > 0 else 0.0,
        depth=msg.depth,
    )
