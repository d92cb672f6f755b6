"""Counts and times of the running node, for its diagnostics."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from threading import Lock
from time import monotonic

import numpy as np

TIMES_KEPT = 300


@dataclass(frozen=True)
class Report:
    """What happened until now, and since the report before."""

    total: Counter[str]
    recent: Counter[str]
    seconds: float  # that ``recent`` spans
    age: dict[str, float]  # seconds since each event last happened
    why: dict[str, str]  # what was said of an event last
    latency: dict[str, tuple[float, float]]  # stage: median and 99th percentile, seconds

    def rate(self, event: str) -> float:
        """How often the event happened a second, lately."""
        return self.recent[event] / self.seconds


class Statistics:
    """Events counted and stages timed, from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._total: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self._why: dict[str, str] = {}
        self._times: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=TIMES_KEPT))
        self._reported: Counter[str] = Counter()
        self._reported_at = monotonic()

    def count(self, event: str, times: int = 1, why: str = "") -> None:
        """Count an event; ``why`` is remembered until the next of its kind."""
        if times == 0:
            return
        with self._lock:
            self._total[event] += times
            self._last[event] = monotonic()
            self._why[event] = why

    def took(self, stages: dict[str, float]) -> None:
        """Note how many seconds each stage of a pair's way took."""
        with self._lock:
            for stage, seconds in stages.items():
                self._times[stage].append(seconds)

    def report(self) -> Report:
        """Return the state, and begin a new span of ``recent``."""
        with self._lock:
            now = monotonic()
            total = Counter(self._total)
            recent, seconds = total - self._reported, max(now - self._reported_at, 1e-3)
            self._reported, self._reported_at = total, now
            age = {event: now - last for event, last in self._last.items()}
            why = dict(self._why)
            times = {stage: list(taken) for stage, taken in self._times.items()}
        latency = {}
        for stage, taken in times.items():
            median, p99 = np.percentile(taken, [50, 99])
            latency[stage] = (float(median), float(p99))
        return Report(total, recent, seconds, age, why, latency)
