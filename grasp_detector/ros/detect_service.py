"""The service ~/detect: the grasps of the next pair of images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future

from grasp_detector.errors import InputError
from grasp_detector.rgbd import Region
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.choosing import Answer
from grasp_detector.ros.conversions import grasps_to_msg, region_from_msg
from grasp_detector.ros.loading import describe
from grasp_detector.ros.parameters import LONGEST_WAIT, Settings
from grasp_detector.srv import DetectGrasps

# Stamps further from the node's clock than this are of another clock (a recording): they say
# nothing of "newer".
SAME_CLOCK_NS = 2_000_000_000


@dataclass(frozen=True)
class Asked:
    """When a request came."""

    ns: int  # on the node's clock
    at: float  # on the monotonic clock, seconds


@dataclass(eq=False)
class _Waiting:
    """A request, and where its answer goes."""

    asked: Asked
    region: Region | None
    answer: Future
    trouble: str = ""  # with the last pair that would have answered it
    older: int = 0  # pairs that came after it and were taken before it, by their stamps


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

    def offer(self, pair: Pair, look: Callable[[Region | None], Answer]) -> None:
        """Answer all requests that the pair is newer than.

        ``look`` gives the grasps of a region of the pair, None: those that are published.
        """
        with self._lock:
            served = [each for each in self._waiting if is_newer(pair, each.asked)]
            for each in served:
                self._waiting.remove(each)
            for each in self._waiting:
                if pair.arrived_ns >= each.asked.ns:
                    each.older += 1
                    each.trouble = (
                        f"{each.older} pairs came, stamped before the request: the last one "
                        f"{(pair.arrived_ns - pair.stamp_ns) / 1e9:.2g} s before it arrived; do "
                        "the camera's clock and this one agree?"
                    )
        # Without the lock: looking takes a while.
        answered = [(each, _response(look, each.region)) for each in served]
        if answered:
            with self._lock:
                self._answered += answered
            self._wake.trigger()

    def fail(self, pair: Pair, reason: str) -> None:
        """Note why the pair could not be looked at: requests that end without an answer say so."""
        with self._lock:
            for each in self._waiting:
                if is_newer(pair, each.asked):
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
        if reason := self._refusal():
            return _refused(reason)
        try:
            region = _check(request)
        except InputError as error:
            return _refused(str(error))
        timeout = request.timeout if request.timeout > 0.0 else self._settings().detect_timeout
        asked = Asked(self._node.get_clock().now().nanoseconds, monotonic())
        waiting = _Waiting(asked, region, Future())
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


def is_newer(pair: Pair, asked: Asked) -> bool:
    """Return whether the pair was taken after the request.

    Where stamps cannot be of the node's clock, of long ago (a recording) or of times to come, or
    that clock was set back since (a simulated one, of a bag that loops): whether it arrived after.
    """
    if pair.arrived_ns < asked.ns:
        return pair.arrived >= asked.at  # only a clock that was set back can say "before" then
    if 0 <= pair.arrived_ns - pair.stamp_ns < SAME_CLOCK_NS:
        return pair.stamp_ns >= asked.ns
    return True


def _response(
    look: Callable[[Region | None], Answer], region: Region | None
) -> DetectGrasps.Response:
    try:
        answer = look(region)
    except InputError as error:
        return _refused(str(error))
    except Exception as error:
        return _refused(f"error in the detector: {describe(error)}")
    message = f"{len(answer.grasps)} grasps" if answer.grasps else f"no grasp: {answer.why_none}"
    found = grasps_to_msg(answer.grasps, answer.header)
    return DetectGrasps.Response(success=True, message=message, grasps=found)


def _check(request: DetectGrasps.Request) -> Region | None:
    """Return the region asked for.

    Raises:
        InputError: the request cannot be answered.
    """
    if not 0.0 <= request.timeout <= LONGEST_WAIT:  # written so that NaN is refused too
        raise InputError(f"timeout is {request.timeout:g}, outside 0 to {LONGEST_WAIT:g} s")
    return region_from_msg(request.roi)


def _refused(reason: str) -> DetectGrasps.Response:
    return DetectGrasps.Response(success=False, message=reason)
