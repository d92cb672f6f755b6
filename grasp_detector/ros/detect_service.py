"""The service ~/detect: the grasps of the next pair of images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import RegionOfInterest

from grasp_detector.detector import Grasp
from grasp_detector.rgbd import Crop, central_crop
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.conversions import grasps_to_msg, inside
from grasp_detector.ros.parameters import LONGEST_WAIT, Settings
from grasp_detector.srv import DetectGrasps

# Stamps further from the node's clock than this are of another clock (a recording): they say
# nothing of "newer".
SAME_CLOCK_NS = 2_000_000_000


@dataclass(eq=False)
class _Waiting:
    """A request, and where its answer goes."""

    asked_ns: int
    roi: RegionOfInterest
    answer: Future
    trouble: str = ""  # with the last pair that would have answered it


class DetectService:
    """Answers each request with the first pair that is newer than it.

    The worker's thread offers what it found; requests are received and answered in the executor's
    thread.
    """

    def __init__(
        self, node: Node, settings: Callable[[], Settings], refusal: Callable[[], str | None]
    ) -> None:
        """Offer the service; ``refusal()`` says why nothing can be detected now, if so."""
        self._node = node
        self._settings = settings
        self._refusal = refusal
        self._lock = Lock()
        self._waiting: list[_Waiting] = []
        self._answered: list[tuple[_Waiting, DetectGrasps.Response]] = []
        self._wake = node.create_guard_condition(self._deliver)
        # Of its own group: a request that waits would hold up all other callbacks of the default
        # one.
        group = ReentrantCallbackGroup()
        node.create_service(DetectGrasps, "~/detect", self._handle, callback_group=group)

    @property
    def waiting(self) -> bool:
        """Whether somebody waits for grasps."""
        return bool(self._waiting)

    def offer(self, pair: Pair, grasps: Sequence[Grasp]) -> None:
        """Answer all requests that the pair is newer than."""
        with self._lock:
            served = [each for each in self._waiting if is_newer(pair, each.asked_ns)]
            for each in served:
                self._waiting.remove(each)
                self._answered.append((each, self._response(pair, grasps, each.roi)))
        if served:
            self._wake.trigger()

    def fail(self, pair: Pair, reason: str) -> None:
        """Note why the pair could not be looked at: requests that end without an answer say so."""
        with self._lock:
            for each in self._waiting:
                if is_newer(pair, each.asked_ns):
                    each.trouble = reason

    def refuse(self, reason: str) -> None:
        """Answer all requests with a refusal (in the executor's thread)."""
        with self._lock:
            refused, self._waiting = self._waiting, []
            self._answered += [(each, _refused(reason)) for each in refused]
        self._deliver()

    async def _handle(
        self, request: DetectGrasps.Request, _: DetectGrasps.Response
    ) -> DetectGrasps.Response:
        reason = self._refusal() or _fault(request)
        if reason:
            return _refused(reason)
        timeout = request.timeout if request.timeout > 0.0 else self._settings().detect_timeout
        now = self._node.get_clock().now().nanoseconds
        waiting = _Waiting(now, request.roi, Future())
        # Real time, also where the node's own is simulated and stands still.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        timer = self._node.create_timer(
            timeout, lambda: self._give_up(waiting, timeout), clock=steady
        )
        with self._lock:
            self._waiting.append(waiting)
        try:
            response: DetectGrasps.Response = await waiting.answer
        finally:
            self._node.destroy_timer(timer)
        return response

    def _give_up(self, waiting: _Waiting, timeout: float) -> None:
        with self._lock:
            if waiting not in self._waiting:
                return
            self._waiting.remove(waiting)
        missing = "no usable pair" if waiting.trouble else "no pair"
        why = waiting.trouble or "see /diagnostics"
        waiting.answer.set_result(
            _refused(f"{missing} of images came within {timeout:.3g} s ({why})")
        )

    def _deliver(self) -> None:
        with self._lock:
            answered, self._answered = self._answered, []
        for waiting, response in answered:
            waiting.answer.set_result(response)

    def _response(
        self, pair: Pair, grasps: Sequence[Grasp], roi: RegionOfInterest
    ) -> DetectGrasps.Response:
        square = central_crop(pair.color.height, pair.color.width)
        if roi.width and not _meet(roi, square):
            return _refused(
                f"the region lies outside the square that is looked at: {square.size:g} pixels "
                f"wide and high from ({square.x:g}, {square.y:g})"
            )
        chosen = [grasp for grasp in grasps if inside(grasp, roi)][: self._settings().max_grasps]
        message = f"{len(chosen)} grasps"
        if not chosen:
            least = self._settings().min_confidence
            message = f"no grasp of confidence {least:g} or more"
            message += f" in the region, {len(grasps)} outside" if grasps else ""
        return DetectGrasps.Response(
            success=True, message=message, grasps=grasps_to_msg(chosen, pair.color.header)
        )


def is_newer(pair: Pair, asked_ns: int) -> bool:
    """Return whether the pair was taken after that time of the node's clock.

    Of a recording, whose stamps are of long ago: whether it arrived after.
    """
    if abs(pair.stamp_ns - pair.arrived_ns) < SAME_CLOCK_NS:
        return pair.stamp_ns >= asked_ns
    return pair.arrived_ns >= asked_ns


def _fault(request: DetectGrasps.Request) -> str | None:
    """Return what is wrong with a request, if anything."""
    if not 0.0 <= request.timeout <= LONGEST_WAIT:  # written so that NaN is refused too
        return f"timeout is {request.timeout:g}, outside 0 to {LONGEST_WAIT:g} s"
    roi = request.roi
    empty = roi.width == 0 or roi.height == 0
    if empty and any((roi.x_offset, roi.y_offset, roi.width, roi.height)):
        return (
            f"the region is empty: {roi.width}x{roi.height} pixels; "
            "the whole picture is asked for with all zeros"
        )
    return None


def _meet(roi: RegionOfInterest, square: Crop) -> bool:
    """Return whether the region and the square have pixels in common."""
    across = roi.x_offset < square.x + square.size and square.x < roi.x_offset + roi.width
    down = roi.y_offset < square.y + square.size and square.y < roi.y_offset + roi.height
    return across and down


def _refused(reason: str) -> DetectGrasps.Response:
    return DetectGrasps.Response(success=False, message=reason)
