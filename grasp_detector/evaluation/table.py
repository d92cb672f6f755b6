"""The whole table: rows x splits x folds, each run made once, by however many processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grasp_detector.data import FOLDS
from grasp_detector.data.folds import Split
from grasp_detector.errors import InputError
from grasp_detector.evaluation.deal import Deal, read_deal, write_deal
from grasp_detector.evaluation.results import (
    Result,
    Run,
    experiment_hash,
    read_result,
    result_path,
    write_result,
)
from grasp_detector.files import locked

State = Literal["stored", "made", "busy"]
"""What became of a run: it was there, it was made now, or another process is making it."""

Figures = Mapping[Split, float]
"""Percentages by split."""


class MadeElsewhereError(Exception):
    """Another process is making what a run goes on from."""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        name: of its files.
        title: what a reader sees.
        source: where its experiment is written down.
        experiment: all that decides about its results beside the data.
        splits: the splits it is measured on.
        needs: what must be given to make it, in words; "" = nothing.
        paper: the paper's figures of the rectangle metric, percent.
        paper_classes: the paper's figures of classification, percent.
        paper_time: the paper's time, in words.
    """

    name: str
    title: str
    source: str
    experiment: Mapping[str, Any]
    splits: tuple[Split, ...] = ("image", "object")
    needs: str = ""
    paper: Figures = field(default_factory=dict)
    paper_classes: Figures = field(default_factory=dict)
    paper_time: str = ""


@dataclass(frozen=True)
class Table:
    """The rows, and which of them is shown in detail.

    Attributes:
        rows: in the order of the report.
        detailed: name of the row whose confusion and calibration are shown.
        most_common_class: the paper's share of the most common class, percent.
    """

    rows: tuple[Row, ...]
    detailed: str
    most_common_class: float

    def row(self, name: str) -> Row:
        """By its name; InputError if there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        known = ", ".join(row.name for row in self.rows)
        raise InputError(f"unknown row {name!r}: choose from {known}")


def runs_of(
    rows: Iterable[Row], splits: Sequence[Split], folds: Sequence[int] = range(FOLDS)
) -> Iterator[Run]:
    """The runs of some rows, splits and folds: all rows on one fold first, then on the next.

    A table that is stopped half way has then something to say of every row.
    """
    chosen = list(rows)
    for fold in folds:
        for split in splits:
            for row in chosen:
                if split in row.splits:
                    yield Run(row.name, split, fold)


def claim_results(folder: Path, folds: Deal) -> Deal:
    """Make a folder of results one data set's, or see that it is.

    Returns:
        The folds as they are stored: under the name that the data had first.

    Raises:
        InputError: it holds results of other data, or was dealt otherwise.
    """
    stored = read_deal(folder)
    if stored is None:
        write_deal(folder, folds)
        return folds
    if (stored.fingerprint, stored.folds_seed) != (folds.fingerprint, folds.folds_seed):
        raise InputError(
            f"{str(folder)!r} holds results of other data, {stored.data!r}: choose another folder"
        )
    return stored


def work_through(
    table: Table,
    runs: Iterable[Run],
    results: Path,
    locks: Path,
    make: Callable[[Run], Result],
    also: Callable[[Run], tuple[str, ...]] = lambda run: (),
) -> Iterator[tuple[Run, State]]:
    """Make the runs whose results are not stored yet; tells of each what became of it.

    Args:
        table: the rows.
        runs: which to make.
        results: folder of the results, see `claim_results`.
        locks: folder of the locks, by which several processes share the work.
        make: makes one run; if it is interrupted, the next call with the same run goes on. It may
            raise `MadeElsewhereError`.
        also: fingerprints of the other data that a run would train on.

    Raises:
        InputError: a stored result is damaged, or was trained on other data as well, or whatever
            ``make`` says.
    """
    folds = read_deal(results)
    assert folds is not None

    def stored(run: Run) -> bool:
        found = read_result(results, run, folds)
        wanted = experiment_hash(table.row(run.row).experiment)
        if found is None or experiment_hash(found.experiment) != wanted:
            return False
        if found.also != also(run):
            # Not made again: a row's folds must not be of several data sets.
            raise InputError(
                f"{str(result_path(results, run))!r} was trained on other data of --also than what "
                "is given now: choose another folder of results, or remove this row's"
            )
        return True

    for run in runs:
        if stored(run):
            yield run, "stored"
            continue
        with locked(run.lock(locks)) as mine:
            if not mine:
                yield run, "busy"
                continue
            # Another process may have made it since.
            state: State = "stored"
            if not stored(run):
                try:
                    write_result(results, make(run))
                    state = "made"
                except MadeElsewhereError:
                    state = "busy"
        yield run, state
