"""Nodes as processes, whatever they do."""

from __future__ import annotations

import subprocess
import sys

NODE = """
import sys
from rclpy.node import Node
from grasp_detector.ros.running import run

class Failing(Node):
    finished = False
    ticks = 0

    def __init__(self):
        super().__init__("failing")
        self.create_timer(0.01, self.tick)

    def start(self):
        pass

    def stop(self):
        print("stopped after", self.ticks)

    def tick(self):
        self.ticks += 1
        self.finished = self.ticks == 20
        raise OverflowError("too much")

sys.exit(run(Failing, []))
"""


def test_what_a_callback_raises_is_logged_now_and_then(ros_domain: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NODE], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0
    assert "stopped after 20" in ended.stdout
    assert (ended.stdout + ended.stderr).count("OverflowError: too much") == 1
