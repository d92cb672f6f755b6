"""Running a node as a process, with a clean end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Protocol

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from grasp_detector.errors import InputError

LOOK_EVERY = 0.1  # seconds between looks at whether to end


class Runnable(Protocol):
    """What ``run`` asks of a node, besides being one."""

    def start(self) -> None:
        """Begin to work."""

    def stop(self) -> None:
        """Stop working; the node can still publish."""

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""


def run(make_node: Callable[[], Runnable], args: Sequence[str] | None = None) -> int:
    """Run a node until it has finished, or until SIGINT or SIGTERM; return the exit status.

    Bad input at the start ends it with one line and status 2.
    """
    # rclpy's own handlers shut the context down first, and the node could not even take its
    # markers away.
    rclpy.init(
        args=None if args is None else list(args), signal_handler_options=SignalHandlerOptions.NO
    )
    stopping = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        # Who asks twice means it.
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    executor = SingleThreadedExecutor()
    node = None
    try:
        node = make_node()
        assert isinstance(node, Node)
        executor.add_node(node)
        node.start()
        while not (stopping or node.finished):
            executor.spin_once(timeout_sec=LOOK_EVERY)
        node.stop()
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        executor.shutdown()
        if isinstance(node, Node):
            node.destroy_node()
        rclpy.try_shutdown()
    return 0
