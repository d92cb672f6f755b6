"""A test's own ROS node, a camera, and the processes under test."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5DArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from grasp_detector.ros.children import own_domain
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.node import GraspDetectorNode

TOP = Path(__file__).resolve().parents[2]
LONG = 30.0  # seconds: nothing here takes so long, except on a machine that is very busy

HANGUP = pytest.param(
    signal.SIGHUP,
    marks=pytest.mark.skipif(
        signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, reason="nohup: SIGHUP is ignored"
    ),
)
"""The signal of a terminal that is closed."""


class Process:
    """A process of ours, with what it printed."""

    def __init__(self, log: Path, arguments: list[str]) -> None:
        self.log = log
        with log.open("w") as output:
            self._popen = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=TOP,
            )

    def printed(self) -> str:
        return self.log.read_text()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def shared_memory(self) -> list[Path]:
        """DDS's shared memory of the process's own, which ends with it."""
        links = [path.readlink() for path in Path(f"/proc/{self.pid}/fd").iterdir()]
        # The owner holds the lock beside it.
        return [
            path.with_name(path.name.removesuffix("_el"))
            for path in links
            if re.fullmatch("fastrtps_[0-9a-f]{16}_el", path.name)
        ]

    def send(self, number: int) -> None:
        self._popen.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Signal the process and return its exit status."""
        if self._popen.poll() is None:
            self.send(number)
        return self.wait()

    def wait(self, timeout: float = LONG) -> int:
        return self._popen.wait(timeout)

    def close(self) -> None:
        """End the process, by force only if it must be: its shared memory would stay."""
        if self._popen.poll() is None:
            try:
                self.end()
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()


class Rig:
    """The test's own ROS node, the processes that it started, and a camera of its own."""

    def __init__(self, domain: int, folder: Path) -> None:
        self._folder = folder
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = Node("test", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._processes: list[Process] = []
        self.patience = LONG
        self.camera = Camera(self.node)

    def start(self, module: str, *arguments: str, **parameters: Any) -> Process:
        """Start a module of ``grasp_detector.ros`` with ROS parameters."""
        return self.run(["-m", f"grasp_detector.ros.{module}"], *arguments, **parameters)

    def run(self, program: list[str], *arguments: str, **parameters: Any) -> Process:
        """Start a program of Python's, as its command line has it, with ROS parameters."""
        for name, value in parameters.items():
            arguments += ("-p", f"{name}:={_text(value)}")
        log = self._folder / f"process{len(self._processes)}.log"
        process = Process(log, [*program, "--ros-args", *arguments])
        self._processes.append(process)
        return process

    def collect(self, kind: type, topic: str) -> list[Any]:
        """Subscribe; what arrives is appended to the list."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, QoSProfile(depth=1000))
        return messages

    def until(
        self, condition: Callable[[], object], what: str, timeout: float | None = None
    ) -> None:
        """Spin until the condition holds."""
        timeout = self.patience if timeout is None else timeout
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                logs = "\n".join(process.printed() for process in self._processes)
                pytest.fail(f"{what}: not within {timeout:g} s\n{logs}")
            self._executor.spin_once(timeout_sec=0.02)

    def repeat(
        self,
        action: Callable[[], object],
        condition: Callable[[], object],
        what: str,
        every: float = 0.1,
        timeout: float | None = None,
    ) -> None:
        """Do something ``every`` so many seconds until the condition holds, once at least."""
        due = time.monotonic()

        def act_and_look() -> object:
            nonlocal due
            if time.monotonic() >= due:
                due = time.monotonic() + every
                action()
            return condition()

        self.until(act_and_look, what, timeout)

    def show_until(
        self,
        condition: Callable[[], object],
        what: str,
        every: float = 0.1,
        timeout: float | None = None,
        **shown: Any,
    ) -> list[int]:
        """Show pictures until the condition holds; return their stamps."""
        stamps: list[int] = []

        def show() -> None:
            stamps.append(self.camera.show(**shown))

        self.repeat(show, condition, what, every, timeout)
        return stamps

    def call(self, kind: type, name: str, request: Any) -> Any:
        """Call a service and return the response."""
        future = self.begin_call(kind, name, request)
        self.until(future.done, f"the answer of {name}")
        return future.result()

    def begin_call(self, kind: type, name: str, request: Any) -> Any:
        """Call a service and return the future of its response."""
        client = self.node.create_client(kind, name)
        self.until(client.service_is_ready, f"the service {name}")
        return client.call_async(request)

    def answered(self, grasps: list[Grasp5DArray], timeout: float = LONG) -> None:
        """Show pictures until the first answer: then all connections stand. Forget the answers."""

        def whole() -> bool:
            # A pose says that camera_info arrives too.
            return bool(grasps) and all(each.has_pose for each in grasps[-1].grasps[:1])

        self.show_until(whole, "the first answer", timeout=timeout)
        last = self.camera.show()
        self.until(lambda: stamp_ns(grasps[-1]) == last, "the answer to the last pair")
        grasps.clear()

    def close(self) -> None:
        for process in self._processes:
            process.close()
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)


@dataclass
class Running:
    """A node that has answered, and what it said since."""

    rig: Rig
    process: Process
    grasps: list[Grasp5DArray]
    diagnostics: list[DiagnosticArray]

    @classmethod
    def begun(
        cls, rig: Rig, start: Callable[..., Process], *arguments: str, **parameters: Any
    ) -> Running:
        """Start the node, and show pictures until it answers."""
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process = start(*arguments, **parameters)
        rig.answered(grasps)
        return cls(rig, process, grasps, diagnostics)

    def answers_again(self) -> None:
        """Show pictures until they are answered; forget the answers."""
        self.rig.answered(self.grasps)

    def until_said(self, words: str) -> None:
        """Wait until the node's status holds these words."""
        self.rig.until(lambda: said(self.diagnostics, words), f"a diagnosis of {words}")

    def show_until_said(self, words: str, every: float = 0.1, **shown: Any) -> list[int]:
        """Show pictures until the node's status holds these words; return their stamps."""
        what = f"a diagnosis of {words}"
        return self.rig.show_until(lambda: said(self.diagnostics, words), what, every, **shown)

    def answer(self, **shown: Any) -> Grasp5DArray:
        """The answer to a pair, which must be the only one."""
        self.grasps.clear()
        stamp = self.rig.camera.show(**shown)
        self.rig.until(lambda: self.grasps, "an answer")
        assert [stamp_ns(each) for each in self.grasps] == [stamp]
        return self.grasps[0]

    def published(self, change: Callable[[Image, Image], None]) -> Grasp5DArray:
        """The answer to a pair of messages that ``change`` has had in its hands."""
        self.publish(change)
        self.rig.until(lambda: self.grasps, "an answer")
        return self.grasps[0]

    def publish(self, change: Callable[[Image, Image], None]) -> None:
        """Publish a pair of messages that ``change`` has had in its hands."""
        self.grasps.clear()
        header = header_at(self.rig.node.get_clock().now().nanoseconds)
        color = to_image_msg(picture(), "rgb8", header)
        depth = to_image_msg(flat_depth(), "16UC1", header)
        change(color, depth)
        self.rig.camera.color.publish(color)
        self.rig.camera.depth.publish(depth)


StartRunning = Callable[..., Running]  # with arguments of the node's, and parameters


class Camera:
    """Publishes what a test says."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.color = node.create_publisher(Image, "rgb/image_raw", 10)
        self.depth = node.create_publisher(Image, "depth/image_raw", 10)
        self.model, self.distortion = "plumb_bob", list[float]()
        self._info = node.create_publisher(CameraInfo, "rgb/camera_info", 10)

    def show(
        self,
        rgb: np.ndarray | None = None,
        depth: np.ndarray | None = None,
        encoding: str = "rgb8",
        depth_encoding: str = "16UC1",
        stamp: int | None = None,
        depth_later: int = 0,
        depth_frame: str = "camera_frame",
        with_info: bool = True,
    ) -> int:
        """Publish a pair and its camera_info; return the colour image's stamp, nanoseconds.

        The depth image's is by ``depth_later`` nanoseconds more.
        """
        stamp = self._node.get_clock().now().nanoseconds if stamp is None else stamp
        rgb = picture() if rgb is None else rgb
        depth = flat_depth() if depth is None else depth
        header = header_at(stamp)
        height, width = rgb.shape[:2]
        info = CameraInfo(header=header, width=width, height=height)
        info.k = [300.0, 0.0, width / 2, 0.0, 300.0, height / 2, 0.0, 0.0, 1.0]
        info.distortion_model, info.d = self.model, self.distortion
        if with_info:
            self._info.publish(info)
        self.color.publish(to_image_msg(rgb, encoding, header))
        depth_header = header_at(stamp + depth_later, depth_frame)
        self.depth.publish(to_image_msg(depth, depth_encoding, depth_header))
        return stamp


def said(diagnostics: list[DiagnosticArray], words: str) -> bool:
    """Whether the node's status ever held these words."""
    return any(words in each.message for message in diagnostics for each in message.status)


def values(diagnostics: list[DiagnosticArray]) -> dict[str, str]:
    """The newest values of the node's status."""
    if not diagnostics:
        return {}
    return {each.key: each.value for each in diagnostics[-1].status[0].values}


def change_state(rig: Rig, label: str, node: str = "/grasp_detector", check: bool = True) -> bool:
    """Ask for a transition of the life cycle; return whether it succeeded."""
    from lifecycle_msgs.msg import Transition
    from lifecycle_msgs.srv import ChangeState

    request = ChangeState.Request()
    request.transition.id = getattr(Transition, f"TRANSITION_{label.upper()}")
    success = bool(rig.call(ChangeState, f"{node}/change_state", request).success)
    assert success or not check, f"no {label}"
    return success


def set_parameter(rig: Rig, name: str, value: Any) -> str:
    """Set a parameter of the node; return why it was refused, or nothing."""
    from rcl_interfaces.srv import SetParameters
    from rclpy.parameter import Parameter

    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    result = rig.call(SetParameters, "/grasp_detector/set_parameters", request).results[0]
    assert result.successful == (not result.reason)
    return str(result.reason)


def header_at(stamp: int, frame: str = "camera_frame") -> Header:
    return Header(stamp=Time(nanoseconds=stamp).to_msg(), frame_id=frame)


def stamp_ns(message: Any) -> int:
    return Time.from_msg(message.header.stamp).nanoseconds


def picture(height: int = 240, width: int = 320) -> np.ndarray:
    """(H, W, 3) uint8 RGB: a grey table with a red bar on it."""
    rgb = np.full((height, width, 3), 120, np.uint8)
    rgb[height // 2 - 10 : height // 2 + 10, width // 4 : -width // 4] = (200, 30, 30)
    return rgb


def flat_depth(height: int = 240, width: int = 320) -> np.ndarray:
    """(H, W) uint16 mm: a bar 40 mm above a table."""
    depth = np.full((height, width), 800, np.uint16)
    depth[height // 2 - 10 : height // 2 + 10, width // 4 : -width // 4] = 760
    return depth


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def own_rig(folder: Path) -> Iterator[Rig]:
    """A rig on a domain of its own, which the processes that it starts are on, too."""
    with own_domain() as domain, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", str(domain))
        rig = Rig(domain, folder)
        try:
            yield rig
        finally:
            rig.close()


@contextmanager
def node_here(*arguments: str) -> Iterator[GraspDetectorNode]:
    """The node in this process, active, with arguments as after ``--ros-args``."""
    rclpy.init(args=["--ros-args", *arguments, "--log-level", "fatal"])
    node = GraspDetectorNode()
    node.start()
    yield node
    node.stop()
    node.destroy_node()
    rclpy.shutdown()
