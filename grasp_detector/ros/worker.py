"""A thread that works on the newest item."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestWorker(Generic[T]):
    """Calls ``work`` in a thread of its own, with the newest item: one that waits is replaced.

    So the answer is never older than one round of work, however slow that is. ``work`` must not
    raise.
    """

    def __init__(self, work: Callable[[T], None]) -> None:
        self._work = work
        self._slot: list[T] = []
        self._changed = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def submit(self, item: T) -> T | None:
        """Leave an item for the thread; return the one that waited and is replaced now."""
        with self._changed:
            replaced = self._slot.pop() if self._slot else None
            self._slot.append(item)
            self._changed.notify()
        return replaced

    def stop(self, timeout: float = 5.0) -> bool:
        """End the thread after the item at hand; return whether it did in ``timeout`` seconds."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot or self._stopping)
                if self._stopping:
                    return
                item = self._slot.pop()
            self._work(item)
