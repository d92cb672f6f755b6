"""`grasp-detector table`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grasp_detector.cli.options import (
    Also,
    DataName,
    Gallery,
    Threads,
    Workers,
    data_name,
    limit_threads,
    read_additions,
)
from grasp_detector.cli.train import SplitName, goes_on
from grasp_detector.data import FOLDS
from grasp_detector.errors import InputError
from grasp_detector.terminal import plain_console

if TYPE_CHECKING:
    from rich.console import Console

    from grasp_detector.cli.table_runs import Maker
    from grasp_detector.data import Sample
    from grasp_detector.data.folds import Split
    from grasp_detector.evaluation.results import Result, Run


def table(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="GRASP_DETECTOR_CORNELL",
            help="Folder of the data set; --report needs none.",
        ),
    ] = None,
    rows: Annotated[Path, typer.Option(help="The rows of the table.")] = Path("config/tables.yaml"),
    output: Annotated[
        Path, typer.Option(help="Folder of the trainings; interrupted ones go on.")
    ] = Path("runs/table"),
    results: Annotated[
        Path, typer.Option(help="Folder of the results; the page is written beside it.")
    ] = Path("docs/results"),
    only: Annotated[
        list[str] | None, typer.Option(help="Only this row. May be given again.")
    ] = None,
    split: Annotated[
        list[SplitName] | None, typer.Option(help="Only this split. May be given again.")
    ] = None,
    fold: Annotated[
        list[int] | None,
        typer.Option(min=0, max=FOLDS - 1, help="Only this fold. May be given again."),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Run nothing: write the page from what is stored.")
    ] = False,
    gallery: Gallery = None,
    name: DataName = None,
    imagenet: Annotated[
        Path | None, typer.Option(help="torchvision's AlexNet state dict, for AlexNet's rows.")
    ] = None,
    also: Also = None,
    workers: Workers = 0,
    threads: Threads = None,
) -> None:
    """Make the whole table: every row on every split and fold, and the page of results.

    A run whose result is stored is not repeated, one that was stopped goes on, and several
    processes with the same folders share the work: each run is made by one of them.

    Example: `grasp-detector table --data cornell --threads 1 --only dense --split object`
    """
    from grasp_detector.cli.table_rows import read_plan
    from grasp_detector.cli.table_runs import Maker
    from grasp_detector.data import read_dataset
    from grasp_detector.evaluation.beside import check_page
    from grasp_detector.evaluation.deal import deal
    from grasp_detector.evaluation.gallery import check_gallery
    from grasp_detector.evaluation.page import COMMAND, write_page, write_results_gallery
    from grasp_detector.evaluation.table import claim_results, runs_of

    limit_threads(threads)
    check_page(results, COMMAND)  # before days of training
    if gallery is not None:
        check_gallery(gallery)
    plan = read_plan(rows)
    chosen = [plan.table.row(each) for each in only] if only else plan.table.rows
    splits: list[Split] = [each.value for each in split or SplitName]
    runs = list(runs_of(chosen, splits, sorted(set(fold)) if fold else range(FOLDS)))
    samples: list[Sample] = []
    if gallery is not None or not report:
        if data is None:
            raise InputError("--data is needed: only --report does without, and not with --gallery")
        samples = read_dataset(data)
    console = plain_console()
    lock = output / "locks" / "page"
    if not report:
        assert data is not None
        folds = deal(samples, data_name(data, len(samples), name))
        # Results of the same data keep the name that they have.
        label = claim_results(results, folds).data
        maker = Maker(plan, samples, label, output, imagenet, read_additions(also), workers)
        with goes_on():
            for _ in _work(console, maker, runs, results):
                write_page(plan.table, results, lock)
    console.print(f"page: {write_page(plan.table, results, lock)}")
    if gallery is not None:
        page = write_results_gallery(plan.table, runs, samples, results, gallery)
        console.print(f"gallery: {page}")


def _work(console: Console, maker: Maker, runs: Sequence[Run], results: Path) -> Iterator[Run]:
    """Make the runs; those that were made, as they come."""
    from grasp_detector.evaluation.table import work_through

    def make(run: Run) -> Result:
        console.print(f"{run}: begins")
        return maker(run)

    possible = []
    for run in runs:
        if lacking := maker.lacks(run):
            console.print(f"{run}: skipped, needs {lacking}")
        else:
            possible.append(run)
    states: Counter[str] = Counter()
    table = maker.plan.table
    for run, state in work_through(table, possible, results, maker.locks, make, maker.also_of):
        states[state] += 1
        if state != "stored":
            console.print(f"{run}: {'done' if state == 'made' else 'another process makes it'}")
        if state == "made":
            yield run
    console.print(
        f"{states['made']} runs made, {states['stored']} were stored, "
        f"{states['busy']} are made by another process"
    )
