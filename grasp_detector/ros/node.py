"""The node: colour and depth images in, grasps out.

Two threads: the executor's receives, pairs and answers services; the worker's takes the pairs
through the detector and publishes what it found.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

from grasp_detector.detector import GraspDetector, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.ros import diagnostics
from grasp_detector.ros.camera import COLOR, TOPICS, Camera, Pair
from grasp_detector.ros.conversions import intrinsics_from_msg
from grasp_detector.ros.detect_service import DetectService
from grasp_detector.ros.images import color_from_msg, depth_from_msg
from grasp_detector.ros.managed import ManagedNode
from grasp_detector.ros.outputs import Outputs
from grasp_detector.ros.parameters import Settings, declare
from grasp_detector.ros.running import run
from grasp_detector.ros.stats import Statistics
from grasp_detector.ros.worker import NewestWorker

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
LOG_EVERY = 5.0  # seconds between log lines on the same trouble
ALL_GRASPS = 1000  # looked for when a request may choose among them


class GraspDetectorNode(ManagedNode):
    """The lifecycle node ``grasp_detector``."""

    def __init__(self) -> None:
        super().__init__("grasp_detector")
        self.settings = declare(self)
        self.add_on_set_parameters_callback(self._on_parameters)
        self._stats = Statistics()
        self._warned: dict[str, float] = {}
        self._enabled = True
        self._detector: GraspDetector | None = None  # set while active, as is the worker
        self._worker: NewestWorker[Pair] | None = None
        self._camera: Camera | None = None  # set while active and enabled
        self._opened = 0.0
        self._failure = ""  # of the last activation
        self._outputs: Outputs | None = None
        self._requests = DetectService(self, lambda: self.settings, self._refusal)
        self.create_service(SetBool, "~/enable", self._on_enable)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # Real time: also while simulated time stands still.
        self.create_timer(1.0, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME))

    # A pair's way through the node.

    def _on_pair(self, pair: Pair) -> None:
        if self._worker is not None:
            self._stats.count(diagnostics.TOO_SLOW, self._worker.submit(pair))

    def _work(self, pair: Pair) -> None:
        """Answer a pair, in the worker's thread; whatever is wrong with it, the node lives on."""
        try:
            self._answer(pair)
        except InputError as error:
            self._stats.count(diagnostics.NOT_USABLE, why=str(error))
            self._requests.fail(pair, str(error))
        except Exception as error:
            self.get_logger().debug(traceback.format_exc())
            why = f"{type(error).__name__}: {error}"
            self._stats.count(diagnostics.FAILED, why=why)
            self._requests.fail(pair, f"error in the detector: {why}")

    def _answer(self, pair: Pair) -> None:
        assert self._detector is not None and self._outputs is not None
        started = monotonic()
        rgb, depth = color_from_msg(pair.color), depth_from_msg(pair.depth)
        converted = monotonic()
        grasps = self._detector.detect(
            rgb,
            depth,
            max_grasps=ALL_GRASPS if self._requests.waiting else self.settings.max_grasps,
            min_confidence=self.settings.min_confidence,
            intrinsics=self._intrinsics(pair),
        )
        detected = monotonic()
        if not self._enabled:  # meanwhile
            return
        self._outputs.publish(pair.color.header, rgb, grasps[: self.settings.max_grasps])
        self._requests.offer(pair, grasps)
        done = monotonic()
        self._stats.took(
            {
                "wait": started - pair.arrived,
                "convert": converted - started,
                **self._detector.timings,
                "publish": done - detected,
                "total": done - pair.arrived,
            }
        )
        self._stats.count("answered")

    def _intrinsics(self, pair: Pair) -> Intrinsics | None:
        try:
            if pair.info is None:
                raise InputError("no camera_info was received")
            return intrinsics_from_msg(pair.info, pair.color.width, pair.color.height)
        except InputError as error:
            self._stats.count(diagnostics.WITHOUT_POSE, why=str(error))
            return None

    # Life cycle. rclpy swallows what a transition raises, so nothing may leave one but its result.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make the publishers."""
        self._outputs = Outputs(self)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the weights, then subscribe; where they cannot be loaded the node stays inactive."""
        try:
            detector = load(self.settings)
        except Exception as error:
            kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
            self._failure = f"stays inactive: {kind}{error}"
            self.get_logger().debug(traceback.format_exc())
            self.get_logger().error(self._failure)
            return FAILURE
        self._failure = ""
        self._detector = detector
        self._worker = NewestWorker(self._work, self.settings.backlog)
        if self._enabled:
            self._open()
        self.get_logger().info(
            f"active: {detector.weights_path.name} with {detector.engine} on {detector.device}"
        )
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe, take the markers away and free the detector."""
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """End the publishers."""
        if self._outputs is not None:
            self._outputs.destroy()
            self._outputs = None
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free everything, from any state."""
        self._free(state)
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free everything; the node can be configured again."""
        self.get_logger().error("a transition failed: unconfigured now")
        self._free(state)
        return super().on_error(state)

    def start(self) -> None:
        """Configure and activate, unless a lifecycle manager will."""
        if self.settings.autostart and self.trigger_configure() == SUCCESS:
            self.trigger_activate()

    def _free(self, state: LifecycleState) -> None:
        self._stop()
        self.on_cleanup(state)

    def _open(self) -> None:
        self._camera = Camera(self, self.settings, self._stats, self._on_pair)
        self._opened = monotonic()

    def _close(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _stop(self) -> None:
        if self._worker is None:
            return
        self._close()
        if not self._worker.stop():
            self.get_logger().error("the detector does not return")
        self._requests.refuse("the node was deactivated")
        if self._outputs is not None:
            self._outputs.clear()
        self._worker = self._detector = None

    # Services, parameters, diagnostics.

    def _refusal(self) -> str | None:
        """Return why nothing can be detected now, if so."""
        if self._worker is None:
            return "the node is not active"
        return None if self._enabled else "the node is disabled: call ~/enable first"

    def _on_enable(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._enabled = request.data
        if self._worker is not None and self._enabled and self._camera is None:
            self._open()
        if not self._enabled:
            self._close()
            if self._worker is not None:
                self._worker.clear()
            self._requests.refuse("the node was disabled")
            if self._outputs is not None:
                self._outputs.clear()
        response.success = True
        response.message = "enabled" if self._enabled else "disabled: images are not received"
        if self._enabled and self._worker is None:
            response.message += ", but the node is not active: images are received once it is"
        return response

    def _on_parameters(self, changed: Sequence[Parameter]) -> SetParametersResult:
        try:
            self.settings = self.settings.changed(
                {each.name: each.value for each in changed}, active=self._worker is not None
            )
        except InputError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _diagnose(self) -> None:
        report = self._stats.report()
        about = {"state": "inactive"}
        level, message = diagnostics.OK, "inactive"
        if self._failure:
            level, message = diagnostics.ERROR, self._failure
        if self._detector is not None:
            about = {
                "state": "active" if self._enabled else "disabled",
                "weights": str(self._detector.weights_path),
                "device": self._detector.device,
                "engine": self._detector.engine,
            }
            level, message = diagnostics.OK, "disabled by ~/enable"
        if self._camera is not None:
            level, message = diagnostics.judge(report, self._inputs(self._camera))
            if level != diagnostics.OK:
                self._warn(message)
        name = f"{self.get_fully_qualified_name().strip('/')}: detection"
        hardware = self.resolve_topic_name(TOPICS[COLOR])  # the camera
        status = diagnostics.status(name, hardware, level, message, report, about)
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)

    def _inputs(self, camera: Camera) -> diagnostics.Inputs:
        topics = {stream: self.resolve_topic_name(topic) for stream, topic in TOPICS.items()}
        return diagnostics.Inputs(
            topics=topics,
            publishers={stream: self.count_publishers(name) for stream, name in topics.items()},
            newest=camera.newest,
            slop=self.settings.sync_slop,
            reliability=self.settings.image_reliability,
            open_for=monotonic() - self._opened,
        )

    def _warn(self, message: str) -> None:
        """Log a trouble; the same with other numbers only every few seconds."""
        kind, now = re.sub(r"[0-9.]+", "", message), monotonic()
        if now - self._warned.get(kind, -LOG_EVERY) >= LOG_EVERY:
            self._warned[kind] = now
            self.get_logger().warning(message)


def load(settings: Settings) -> GraspDetector:
    """Return the detector, which has looked at a picture: the first takes longer than others.

    Raises:
        InputError: the weights, the device or the engine cannot be.
    """
    weights = Path(settings.weights) if settings.weights else None
    detector = GraspDetector(weights, device=settings.device, engine=settings.engine)
    detector.detect(np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 800, np.uint16))
    return detector


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; return the exit status."""
    return run(GraspDetectorNode, args)


if __name__ == "__main__":
    sys.exit(main())
