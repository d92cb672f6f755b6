"""The stored results as a page beside their folder, and as a gallery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from grasp_detector.data import FOLDS, Sample, fingerprint
from grasp_detector.errors import InputError
from grasp_detector.evaluation.beside import write_beside
from grasp_detector.evaluation.chosen import SPLITS
from grasp_detector.evaluation.deal import Deal, read_deal
from grasp_detector.evaluation.gallery import Entry, write_gallery
from grasp_detector.evaluation.report import write_report
from grasp_detector.evaluation.results import Result, Run, read_result
from grasp_detector.evaluation.table import Table, runs_of
from grasp_detector.files import locked

NOTES = "notes.md"
"""In the folder of the results: what still fails and why, written by hand."""
COMMAND = "grasp-detector table"
"""Which writes the page."""


def stored_results(results: Path, runs: Iterable[Run]) -> tuple[Deal, dict[Run, Result]]:
    """The folds and those of the runs that are stored.

    Raises:
        InputError: nothing is stored here, or something damaged.
    """
    folds = read_deal(results)
    if folds is None:
        raise InputError(f"{str(results)!r} holds no results: `grasp-detector table` makes them")
    read = {run: read_result(results, run, folds) for run in runs}
    return folds, {run: result for run, result in read.items() if result is not None}


def page_text(table: Table, results: Path) -> str:
    """What the page should say; errors as `stored_results`."""
    folds, stored = stored_results(results, runs_of(table.rows, SPLITS))
    notes = results / NOTES
    return write_report(
        table, folds, stored, notes.read_text(encoding="utf-8") if notes.is_file() else ""
    )


def write_page(table: Table, results: Path, lock: Path) -> Path:
    """Write the page; the lock keeps a slower process from putting an older one over it."""
    with locked(lock, wait=True):
        return write_beside(results, page_text(table, results), COMMAND)


def write_results_gallery(
    table: Table, runs: Sequence[Run], samples: Sequence[Sample], results: Path, folder: Path
) -> Path:
    """A gallery of those of the runs that are stored.

    Raises:
        InputError: none of them is, or the results are of other data.
    """
    folds, stored = stored_results(results, runs)
    if folds.fingerprint != fingerprint(samples):
        raise InputError(f"{str(results)!r} holds results of other data, {folds.data!r}")
    if not stored:
        raise InputError(f"{str(results)!r} holds no result of the runs that are asked for")
    by_name = {sample.name: sample for sample in samples}
    entries = [
        Entry(
            by_name[verdict.picture],
            verdict,
            table.row(run.row).title,
            f"{run.split}-wise",
            f"fold {run.fold} of {FOLDS}",
        )
        for run, result in stored.items()
        for verdict in result.verdicts
    ]
    return write_gallery(folder, f"Grasps on {folds.data}", entries)
