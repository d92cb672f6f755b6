"""A thread that never falls behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestWorker(Generic[T]):
    """Calls ``work`` in a thread of its own.

    Up to ``backlog`` items wait in order, so that a hiccup loses none. When one more comes, the
    thread is too slow: the oldest is dropped for the newest. ``work`` must not raise.
    """

    def __init__(self, work: Callable[[T], None], backlog: int = 1) -> None:
        self._work = work
        self._backlog = backlog
        self._waiting: deque[T] = deque()
        self._changed = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def submit(self, item: T) -> int:
        """Leave an item for the thread; return how many were dropped for it."""
        with self._changed:
            dropped = len(self._waiting) >= self._backlog
            if dropped:
                self._waiting.popleft()
            self._waiting.append(item)
            self._changed.notify()
        return int(dropped)

    def clear(self) -> None:
        """Drop all that wait."""
        with self._changed:
            self._waiting.clear()

    def stop(self, timeout: float = 1.0) -> bool:
        """End the thread after the item at hand; return whether it did in ``timeout`` seconds."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                item = self._waiting.popleft()
            self._work(item)
