"""Frames of the robot: what tf2 knows, behind a small interface, for where it is not installed."""

from __future__ import annotations

from importlib.util import find_spec
from math import inf
from time import monotonic
from typing import Any, Protocol

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

from grasp_detector.errors import InputError
from grasp_detector.geometry import Rigid
from grasp_detector.ros.conversions import rigid_from_msg

# Seconds that a transform may come later than its image: joint states take some time. Where none
# came for RETRY seconds, only one in RETRY seconds is waited for: pairs must not wait for nothing.
PATIENCE, RETRY = 0.1, 1.0


class Transforms(Protocol):
    """Where frames are."""

    def lookup(self, target: str, source: str, stamp_ns: int) -> Rigid:
        """Return the frame ``source`` as it was in ``target`` at that time.

        Raises:
            InputError: it is not known; the message says what to do.
        """

    def open(self) -> None:
        """Begin to listen."""

    def close(self) -> None:
        """Listen no more."""


class TfTransforms:
    """What /tf and /tf_static tell; heard in the executor's thread, asked in the worker's.

    Raises:
        InputError: tf2_ros is not installed.
    """

    def __init__(self, node: Node) -> None:
        if find_spec("tf2_ros") is None:
            raise InputError(
                "target_frame and workspace_frame need tf2_ros, which is not installed: install "
                "the package tf2_ros_py of your ROS distribution, or leave both empty"
            )
        import tf2_ros

        self._error = tf2_ros.TransformException
        # With the node's clock, of which it forgets what comes after a jump back.
        self._buffer = tf2_ros.Buffer(node=node)
        self._listen = lambda: tf2_ros.TransformListener(self._buffer, node)
        self._listener: Any = None
        # Target and source: when a transform came last, and when one was waited for.
        self._came: dict[tuple[str, str], float] = {}
        self._waited: dict[tuple[str, str], float] = {}

    def open(self) -> None:
        """See `Transforms`."""
        if self._listener is None:
            self._listener = self._listen()

    def lookup(self, target: str, source: str, stamp_ns: int) -> Rigid:
        """See `Transforms`."""
        frames, now = (target, source), monotonic()
        hopeful = now - self._came.get(frames, -inf) < RETRY
        waits = hopeful or now - self._waited.get(frames, -inf) >= RETRY
        if waits:
            self._waited[frames] = now
        wait = Duration(seconds=PATIENCE if waits else 0.0)
        try:
            found = self._buffer.lookup_transform(target, source, Time(nanoseconds=stamp_ns), wait)
            self._came[frames] = monotonic()
        except self._error as error:
            why = " ".join(str(error).split())
            raise InputError(f"no transform from {source!r} to {target!r}: {why}") from error
        try:
            return rigid_from_msg(found.transform.translation, found.transform.rotation)
        except ValueError as error:
            raise InputError(f"the transform from {source!r} to {target!r}: {error}") from error

    def close(self) -> None:
        """See `Transforms`."""
        if self._listener is not None:
            self._listener.unregister()
            self._listener = None
