"""Running a node as a process, with a clean end."""

from __future__ import annotations

import re
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from time import monotonic
from types import FrameType
from typing import Protocol

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from grasp_detector.errors import InputError
from grasp_detector.ros.managed import ManagedNode

LOOK_EVERY = 0.1  # seconds between looks at whether to end
LOG_EVERY = 5.0  # seconds between log lines on what callbacks raise


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
    """Run a node until it has finished or a signal ends it (see `ending_signals`).

    Returns the exit status.

    Bad input at the start ends it with one line and status 2; what a callback raises is logged,
    and the node lives on.
    """
    # rclpy's own handlers shut the context down first, and the node could not even take its
    # markers away.
    try:
        rclpy.init(
            args=None if args is None else list(args),
            signal_handler_options=SignalHandlerOptions.NO,
        )
    except Exception as error:  # of several types: ROS arguments that cannot be, and their files
        print(_one_line(error), file=sys.stderr)
        return 2
    stopping = False
    node = None

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        if isinstance(node, ManagedNode):
            node.interrupted.set()
        # Who asks twice means it.
        signal.signal(number, signal.SIG_DFL)

    for number in ending_signals():
        signal.signal(number, on_signal)
    executor = SingleThreadedExecutor()
    try:
        node = make_node()
        assert isinstance(node, Node)
        executor.add_node(node)
        node.start()
        logged = -LOG_EVERY
        while rclpy.ok() and not (stopping or node.finished):
            try:
                executor.spin_once(timeout_sec=LOOK_EVERY)
            except Exception as error:
                if monotonic() - logged >= LOG_EVERY:
                    logged = monotonic()
                    node.get_logger().error(f"{type(error).__name__}: {error}")
                node.get_logger().debug(traceback.format_exc())
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


def ending_signals() -> list[signal.Signals]:
    """Those that ask a process to end: Ctrl-C, `kill`, and a terminal that is closed.

    The last not where it is ignored, as by nohup.
    """
    ending = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ending.append(signal.SIGHUP)
    return ending


def _one_line(error: Exception) -> str:
    """Say what is wrong with the ROS arguments, but not where in rcl's sources it was noticed."""
    if type(error).__name__ == "UnknownROSArgsError":
        return f"unknown ROS arguments: {error}"
    text = " ".join(str(error).split()).removeprefix("failed to initialize rcl: ")
    return re.sub(r" ?, at \S+?:\d+", "", text)
