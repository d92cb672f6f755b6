"""The parts of message_filters that the node uses, for places where it is not installed.

Import them from here. They have the names, arguments and pairing of the real ones: a message is
held against those of the other streams as it comes, nearest stamp first, and what was paired is
gone.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from itertools import product
from threading import Lock
from typing import Any

from rclpy.node import Node

from grasp_detector.ros.conversions import stamp_ns

__all__ = ["ApproximateTimeSynchronizer", "SimpleFilter", "Subscriber"]


class _SimpleFilter:
    """Something that messages come out of."""

    def __init__(self) -> None:
        self.callbacks: dict[int, tuple[Callable[..., None], tuple[Any, ...]]] = {}

    def registerCallback(self, cb: Callable[..., None], *args: Any) -> int:  # noqa: N802
        """Call ``cb(*messages, *args)`` with all that comes out of here."""
        connection = len(self.callbacks)
        self.callbacks[connection] = (cb, args)
        return connection

    def signalMessage(self, *msg: Any) -> None:  # noqa: N802
        """Let messages come out of here."""
        for callback, args in self.callbacks.values():
            callback(*msg, *args)


class _Subscriber(_SimpleFilter):
    """A subscription as a filter; keyword arguments are those of ``create_subscription``."""

    def __init__(self, node: Node, msg_type: type, topic: str, **kwargs: Any) -> None:
        super().__init__()
        kwargs.setdefault("qos_profile", 10)
        self.sub = node.create_subscription(msg_type, topic, self.signalMessage, **kwargs)


class _ApproximateTimeSynchronizer(_SimpleFilter):
    """Sets of messages, one of each input, whose stamps lie within ``slop`` seconds of each other.

    Each input keeps its ``queue_size`` newest messages until they are matched.
    """

    def __init__(self, fs: Sequence[_SimpleFilter], queue_size: int, slop: float) -> None:
        super().__init__()
        self.queue_size = queue_size
        self.slop_ns = round(slop * 1e9)
        self.lock = Lock()
        self.queues: list[dict[int, Any]] = [{} for _ in fs]
        for index, source in enumerate(fs):
            source.registerCallback(self.add, index)

    def add(self, msg: Any, index: int) -> None:
        """Take a message of the input ``index``; let the set out that it completes."""
        stamp = stamp_ns(msg.header)
        with self.lock:
            own = self.queues[index]
            own[stamp] = msg
            while len(own) > self.queue_size:
                del own[min(own)]
            if stamp not in own:
                return
            candidates = [
                [stamp] if queue is own else self._near(queue, stamp) for queue in self.queues
            ]
            for stamps in product(*candidates):
                if max(stamps) - min(stamps) < self.slop_ns:
                    # Taken out first: an error in a callback must not bring the same set again.
                    found = [queue.pop(t) for queue, t in zip(self.queues, stamps, strict=True)]
                    self.signalMessage(*found)
                    return

    def _near(self, queue: dict[int, Any], stamp: int) -> list[int]:
        near = (other for other in queue if abs(other - stamp) <= self.slop_ns)
        return sorted(near, key=lambda other: abs(other - stamp))


if importlib.util.find_spec("message_filters"):
    from message_filters import ApproximateTimeSynchronizer, SimpleFilter, Subscriber
else:
    ApproximateTimeSynchronizer = _ApproximateTimeSynchronizer
    SimpleFilter = _SimpleFilter
    Subscriber = _Subscriber
