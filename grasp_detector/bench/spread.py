"""Medians with their spread, of things measured in turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """Of measured values, at least one."""
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
        return Spread(float(median), float(low), float(high))

    def to_list(self) -> list[float]:
        """For JSON: median, lower and upper quartile."""
        return [self.median, self.low, self.high]


def in_turns(
    what: Mapping[str, Callable[[], object]], rounds: int, calls: int = 3
) -> dict[str, list[float]]:
    """Seconds of each, measured in turns, so that what else happens meets all of them.

    Args:
        what: to call.
        rounds: turns; the first does not count.
        calls: of each in a turn; the first does not count: its data are not in the caches yet.
    """
    taken: dict[str, list[float]] = {name: [] for name in what}
    for turn in range(rounds + 1):
        for name, call in what.items():
            for repetition in range(calls + 1):
                start = perf_counter()
                call()
                seconds = perf_counter() - start
                if turn and repetition:
                    taken[name].append(seconds)
    return taken
