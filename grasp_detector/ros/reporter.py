"""The node's voice: once a second its diagnostics, and the same words in its log."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from grasp_detector.ros import diagnostics
from grasp_detector.ros.camera import COLOR, TOPICS, Camera
from grasp_detector.ros.stats import Statistics
from grasp_detector.ros.watchdog import judge, look

LOG_EVERY = 5.0  # seconds between log lines on the same trouble


@dataclass(frozen=True)
class Condition:
    """How the node stands, as far as it knows itself."""

    about: dict[str, str]
    camera: Camera | None = None
    failure: str = ""  # of the last activation
    trouble: str = ""  # with the detector in use
    idle: str = "inactive"  # what is said while no camera is listened to


class Reporter:
    """Publishes ``/diagnostics`` and logs what is wrong, now and then."""

    def __init__(self, node: Node, stats: Statistics, condition: Callable[[], Condition]) -> None:
        self._node = node
        self._stats = stats
        self._condition = condition
        self._warned: dict[str, float] = {}
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # Real time: also while simulated time stands still.
        node.create_timer(1.0, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _diagnose(self) -> None:
        node, report, condition = self._node, self._stats.report(), self._condition()
        level, message = diagnostics.OK, condition.idle
        if condition.failure:  # logged when it happened
            level, message = diagnostics.ERROR, condition.failure
        elif condition.camera is not None:
            level, message = judge(report, look(node, condition.camera))
            if level == diagnostics.OK and (trouble := condition.trouble or self._twins()):
                level, message = diagnostics.WARN, trouble
            if level != diagnostics.OK and message != condition.trouble:  # logged, too
                self._warn(message)
        name = f"{node.get_fully_qualified_name().strip('/')}: detection"
        hardware = node.resolve_topic_name(TOPICS[COLOR])  # the camera
        status = diagnostics.status(name, hardware, level, message, report, condition.about)
        array = DiagnosticArray(status=[status])
        array.header.stamp = node.get_clock().now().to_msg()
        self._publisher.publish(array)

    def _twins(self) -> str:
        """Say so when other nodes have this one's name: their answers cannot be told apart."""
        own = (self._node.get_name(), self._node.get_namespace())
        number = self._node.get_node_names_and_namespaces().count(own)
        name = self._node.get_fully_qualified_name()
        return "" if number < 2 else f"{number} nodes are named {name}: give each a namespace"

    def _warn(self, message: str) -> None:
        """Log a trouble; the same with other numbers only every few seconds."""
        kind, now = re.sub(r"[0-9.]+", "", message), monotonic()
        if now - self._warned.get(kind, -LOG_EVERY) >= LOG_EVERY:
            self._warned[kind] = now
            self._node.get_logger().warning(message)
