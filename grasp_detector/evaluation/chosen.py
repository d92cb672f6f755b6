"""Which of the stored results are shown of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from grasp_detector.data.folds import Split
from grasp_detector.evaluation.protocol import Verdict
from grasp_detector.evaluation.results import Result, Run, experiment_hash
from grasp_detector.evaluation.table import Row

SPLITS: tuple[Split, ...] = ("image", "object")


@dataclass(frozen=True)
class Chosen:
    """The results of a row that are shown: all of one experiment.

    Attributes:
        row: whose.
        results: in the order of splits and folds.
        earlier: they are of another experiment than the row's present one.
        left_out: how many stored results are of yet another one.
    """

    row: Row
    results: tuple[Result, ...]
    earlier: bool
    left_out: int

    def on(self, split: Split) -> list[Result]:
        """The results of one split."""
        return [result for result in self.results if result.run.split == split]

    def shares(self, split: Split, share: Callable[[Result], float | None]) -> list[float]:
        """A share of every fold, where there is one."""
        found = [share(result) for result in self.on(split)]
        return [each for each in found if each is not None]

    def verdicts(self, split: Split) -> list[Verdict]:
        """All verdicts of one split."""
        return [verdict for result in self.on(split) for verdict in result.verdicts]

    @property
    def seconds(self) -> float | None:
        """Of a picture, the median over the runs; None where there is no run."""
        times = [result.time.whole for result in self.results]
        return float(np.median(times)) if times else None


def choose(row: Row, results: Mapping[Run, Result]) -> Chosen:
    """A row's results of its present experiment; if there are none, of the one with the most."""
    of_row = [results[run] for run in sorted(results) if run.row == row.name]
    by_hash: dict[str, list[Result]] = {}
    for result in of_row:
        by_hash.setdefault(experiment_hash(result.experiment), []).append(result)
    present = experiment_hash(row.experiment)
    if by_hash and present not in by_hash:
        shown = max(sorted(by_hash), key=lambda each: len(by_hash[each]))
    else:
        shown = present
    kept = tuple(by_hash.get(shown, []))
    return Chosen(row, kept, bool(kept) and shown != present, len(of_row) - len(kept))
