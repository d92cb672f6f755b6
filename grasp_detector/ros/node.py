"""The node: colour and depth images in, grasps out.

Two threads: the executor's receives, pairs and answers services; the worker's takes the pairs
through the detector and publishes what it found.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Sequence
from time import monotonic

from rcl_interfaces.msg import SetParametersResult
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo
from std_srvs.srv import SetBool

from grasp_detector.detector.selection import Chosen
from grasp_detector.errors import InputError
from grasp_detector.rgbd import Region, looked_at
from grasp_detector.ros import diagnostics, loading, outputs
from grasp_detector.ros.camera import Camera, Pair, inputs
from grasp_detector.ros.choosing import Answer, Choosing, wanted
from grasp_detector.ros.compressed import decompressed
from grasp_detector.ros.detect_service import DetectService
from grasp_detector.ros.images import color_from_msg, depth_from_msg
from grasp_detector.ros.loading import Detectors
from grasp_detector.ros.managed import ManagedNode
from grasp_detector.ros.outputs import Outputs
from grasp_detector.ros.parameters import Settings, declare
from grasp_detector.ros.qos import PUBLISHER, SUBSCRIPTION, declare_overrides
from grasp_detector.ros.reporter import Condition, Reporter
from grasp_detector.ros.running import run
from grasp_detector.ros.sizes import depth_for
from grasp_detector.ros.stats import Statistics
from grasp_detector.ros.worker import NewestWorker

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class GraspDetectorNode(ManagedNode):
    """The lifecycle node ``grasp_detector``.

    Args:
        namespace: for a process of several; what the command line says goes before it.
    """

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__("grasp_detector", namespace)
        self.settings = declare(self)
        declare_overrides(self, inputs(self), SUBSCRIPTION)
        declare_overrides(self, outputs.TOPICS, PUBLISHER)
        self.add_on_set_parameters_callback(self._on_parameters)
        self._stats = Statistics()
        self._enabled = True
        self._keeping = False
        self._detectors = Detectors(self, self.interrupted, self._keep)
        self._worker: NewestWorker[Pair] | None = None  # set while active
        self._camera: Camera | None = None  # set while active and enabled
        self._info: CameraInfo | None = None  # the last of the camera before
        self._failure = ""  # of the last activation
        self._outputs: Outputs | None = None
        self._choosing = Choosing(self, self._stats)
        self._requests = DetectService(self, lambda: self.settings, self._refusal)
        self.create_service(SetBool, "~/enable", self._on_enable)
        self._reporter = Reporter(self, self._stats, self._condition)

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
            why = loading.describe(error)
            self._stats.count(diagnostics.FAILED, why=why)
            self._requests.fail(pair, f"error in the detector: {why}")

    def _answer(self, pair: Pair) -> None:
        assert self._outputs is not None
        started = monotonic()
        pair = decompressed(pair)
        rgb, depth = color_from_msg(pair.color), depth_from_msg(pair.depth)
        if depth.shape != rgb.shape[:2]:
            depth = depth_for(depth, *rgb.shape[:2])
            self._stats.count(diagnostics.RESCALED)
        converted = monotonic()
        settings = self.settings
        camera = self._choosing.camera(pair, settings)

        def find(region: Region | None) -> tuple[Chosen, dict[str, float]]:
            asked = self._choosing.wanted(pair, settings, region)
            return self._detectors.find(rgb, depth, asked, camera)

        def look(region: Region | None) -> Answer:
            return self._choosing.framed(pair, find(region)[0], settings)

        try:
            chosen, stages = find(None)
        except InputError:
            # The parameters' region may lie outside the picture: requests can bring another.
            self._requests.offer(pair, look)
            raise
        answer = self._choosing.answer(pair, chosen, settings, camera is not None)
        detected = monotonic()
        if not self._enabled:  # meanwhile
            return

        def seen() -> Region:
            asked, (height, width) = wanted(settings), rgb.shape[:2]
            return looked_at(height, width, asked.region, asked.crop_size)

        self._outputs.publish(answer.header, pair.color.header, rgb, answer.grasps, seen)
        self._requests.offer(pair, lambda region: answer if region is None else look(region))
        done = monotonic()
        self._stats.took(
            {
                "wait": started - pair.arrived,
                "convert": converted - started,
                **stages,
                "publish": done - detected,
                "total": done - pair.arrived,
            }
        )
        self._stats.count("answered")

    # Life cycle. rclpy swallows what a transition raises, so nothing may leave one but its result.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make the publishers."""
        self._outputs = Outputs(self)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the weights, then subscribe; where they cannot be loaded the node stays inactive."""
        try:
            self._choosing.open(self.settings)
            self._detectors.open(self.settings)
        except Exception as error:
            self._choosing.close()
            self._failure = f"stays inactive: {loading.describe(error)}"
            self.get_logger().debug(traceback.format_exc())
            self.get_logger().error(self._failure)
            return FAILURE
        self._failure = ""
        self._worker = NewestWorker(self._work, self.settings.backlog)
        if self._enabled:
            self._open()
        self.get_logger().info(f"active: {self._detectors.describe()}")
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
        self._camera = Camera(self, self.settings, self._stats, self._on_pair, self._info)

    def _close(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._info = self._camera.info
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
        self._worker = None
        self._detectors.close()
        self._choosing.close()

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
        active = self._worker is not None
        try:
            settings = self.settings.changed({each.name: each.value for each in changed}, active)
            # Also of the same name as before: the file may have been replaced.
            asked = active and any(each.name in settings.loaded() for each in changed)
            if asked and not self._keeping and not self._detectors.in_use(settings):
                loading.check(settings)
        except InputError as error:
            return SetParametersResult(successful=False, reason=str(error))
        self.settings = settings
        if asked and not self._keeping:
            self._detectors.swap(settings)
        return SetParametersResult(successful=True)

    def _keep(self, old: Settings) -> None:
        """Let the parameters say what is in use, after something else could not be loaded."""
        self._keeping = True  # nobody asks: a file that was replaced by a bad one would load anew
        try:
            self.set_parameters_atomically(
                [Parameter(name, value=value) for name, value in old.loaded().items()]
            )
        finally:
            self._keeping = False

    def _condition(self) -> Condition:
        if self._worker is None:
            return Condition({"state": "inactive"}, failure=self._failure)
        state = "active" if self._enabled else "disabled"
        return Condition(
            {"state": state, **self._detectors.about()},
            camera=self._camera,
            trouble=self._detectors.trouble,
            idle="disabled by ~/enable",
        )


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until SIGINT or SIGTERM; return the exit status."""
    status = run(GraspDetectorNode, args)
    if threading.active_count() > 1:
        # Weights that still load, or a detector that does not return: the interpreter's end would
        # wait for such a thread or crash with it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
