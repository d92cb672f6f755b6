"""Counting what a camera published, what the detector answered, and what the gripper held."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

RATE_OVER = 3.0  # seconds that a rate is the mean of


@dataclass(frozen=True)
class Count:
    """Pairs of a time window: how many were published, how many of those answered."""

    published: int
    answered: int


class Rate:
    """How often something comes, by the receiver's clock."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def tick(self, now: float) -> None:
        """It came, at ``now`` seconds."""
        self._times.append(now)

    def mean(self, begin: float, end: float) -> float:
        """Times a second between two moments."""
        came = bisect_right(self._times, end) - bisect_right(self._times, begin)
        return came / (end - begin) if end > begin else 0.0

    def recent(self, now: float) -> float:
        """Times a second, over the last seconds."""
        first = self._times[0] if self._times else now
        return self.mean(max(now - RATE_OVER, first), now)


class Tally:
    """Which pairs, by their stamps, were published and answered.

    The count begins after the first answer to a pair that was seen: before it the detector was
    loading, or not every connection stood. It ends at a stamp, not at a moment, so that the
    answers to the last pairs can still come in.
    """

    def __init__(self) -> None:
        self.began_ns: int | None = None  # when that first answer came
        self.end_ns: int | None = None  # stamps after it are not counted
        self._published: set[int] = set()
        self._answers: dict[int, float] = {}  # stamp: latency, seconds
        self.with_grasps = 0  # answers that hold at least one grasp
        self.tried = 0  # grasps that the gripper tried
        self.held = 0  # of them

    def publish(self, stamp_ns: int) -> None:
        """A pair with that stamp was published."""
        self._published.add(stamp_ns)

    def answer(self, stamp_ns: int, now_ns: int, grasps: int) -> None:
        """The answer to the pair with that stamp came; both times are of one clock."""
        if self.began_ns is None and stamp_ns in self._published:
            self.began_ns = now_ns
        self.with_grasps += grasps > 0
        self._answers[stamp_ns] = (now_ns - stamp_ns) / 1e9

    def attempt(self, held: bool) -> None:
        """The gripper tried a grasp."""
        self.tried += 1
        self.held += held

    def count(self) -> Count:
        """Pairs within the window."""
        published = {stamp for stamp in self._published if self._counts(stamp)}
        return Count(len(published), len(published & self._answers.keys()))

    def lost(self) -> list[int]:
        """Stamps of the pairs within the window that are not answered, the first one first."""
        unanswered = self._published - self._answers.keys()
        return sorted(stamp for stamp in unanswered if self._counts(stamp))

    @property
    def complete(self) -> bool:
        """Whether every pair within the window is answered."""
        return not self.lost()

    def latency(self) -> tuple[float, float] | None:
        """Median and 99th percentile within the window, seconds; None without an answer."""
        taken = [seconds for stamp, seconds in self._answers.items() if self._counts(stamp)]
        if not taken:
            return None
        median, worst = np.percentile(taken, [50, 99])
        return float(median), float(worst)

    def _counts(self, stamp_ns: int) -> bool:
        if self.began_ns is None or stamp_ns < self.began_ns:
            return False
        return self.end_ns is None or stamp_ns <= self.end_ns
