"""Three nodes in one process, each with an executor of its own: what that saves, and costs."""

from __future__ import annotations

import sys
from threading import Thread

from rclpy.executors import SingleThreadedExecutor

from grasp_detector.ros.node import GraspDetectorNode
from grasp_detector.ros.running import run

SPACES = ("camera0", "camera1", "camera2")


class Together(GraspDetectorNode):
    """The first camera's node, which brings the others along."""

    def __init__(self) -> None:
        super().__init__(SPACES[0])
        self._others = [GraspDetectorNode(space) for space in SPACES[1:]]
        self._executors = [SingleThreadedExecutor() for _ in self._others]

    def start(self) -> None:
        """Configure and activate all of them."""
        super().start()
        for node, executor in zip(self._others, self._executors, strict=True):
            executor.add_node(node)
            node.start()
            Thread(target=executor.spin, daemon=True).start()

    def stop(self) -> None:
        """Shut all of them down."""
        for node, executor in zip(self._others, self._executors, strict=True):
            executor.shutdown()
            node.stop()
            node.destroy_node()
        super().stop()


if __name__ == "__main__":
    sys.exit(run(Together))
