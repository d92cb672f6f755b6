"""The table's runs: each made once, whoever makes it and however often it is stopped."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grasp_detector.data import Sample
from grasp_detector.errors import InputError
from grasp_detector.evaluation.deal import Deal, deal, write_deal
from grasp_detector.evaluation.results import Result, Run, result_path
from grasp_detector.evaluation.table import Row, Table, claim_results, runs_of, work_through
from grasp_detector.files import locked, write_whole

Make = Callable[..., Result]
ROWS = (
    Row("a", "A", "a.yaml", {"training": "first"}),
    Row("b", "B", "b.yaml", {"training": "first"}, splits=("image",)),
)
TABLE = Table(ROWS, "a", 17.7)


def test_runs_go_fold_by_fold_over_all_rows() -> None:
    runs = list(runs_of(ROWS, ["image", "object"], [0, 1]))
    assert [str(run) for run in runs[:3]] == [
        *("a, image-wise, fold 0", "b, image-wise, fold 0", "a, object-wise, fold 0"),
    ]
    assert len(runs) == len(set(runs)) == 6
    assert Run("b", "object", 0) not in runs


def test_what_is_stored_is_not_made_again(tmp_path: Path, folds: Deal, make_result: Make) -> None:
    write_deal(tmp_path / "results", folds)
    made: list[Run] = []

    def make(run: Run) -> Result:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(run)
        return make_result(run)

    def work(table: Table = TABLE) -> list[str]:
        runs = runs_of(table.rows, ["image", "object"], [0])
        places = tmp_path / "results", tmp_path / "locks"
        return [state for _, state in work_through(table, runs, *places, make)]

    with pytest.raises(KeyboardInterrupt):
        work()
    assert len(made) == 2
    made.clear()
    assert work() == ["stored", "stored", "made"]
    assert made == [Run("a", "object", 0)]
    before = result_path(tmp_path / "results", made[0]).read_bytes()
    assert work() == ["stored"] * 3
    assert result_path(tmp_path / "results", made[0]).read_bytes() == before

    # Another experiment under the same name is another run; the others stay.
    changed = replace(TABLE, rows=(ROWS[0], replace(ROWS[1], experiment={"training": "second"})))
    made.clear()
    assert work(changed) == ["stored", "made", "stored"]
    assert made == [Run("b", "image", 0)]


def test_a_run_that_another_process_makes_is_left_to_it(
    tmp_path: Path, folds: Deal, make_result: Make
) -> None:
    write_deal(tmp_path, folds)
    runs = list(runs_of(ROWS[1:], ["image"], [0, 1]))
    with locked(tmp_path / "locks" / "b-image-0") as mine:
        assert mine
        states = list(work_through(TABLE, runs, tmp_path, tmp_path / "locks", make_result))
    assert [state for _, state in states] == ["busy", "made"]
    assert not result_path(tmp_path, runs[0]).exists()
    states = list(work_through(TABLE, runs, tmp_path, tmp_path / "locks", make_result))
    assert [state for _, state in states] == ["made", "stored"]


def _share_the_work(folder: Path, result: Make, log: Path) -> None:
    def make(run: Run) -> Result:
        with log.open("a") as file:
            file.write(f"{run}\n")
        time.sleep(0.01)
        return result(run)

    runs = runs_of(ROWS, ["image", "object"])
    list(work_through(TABLE, runs, folder, folder / "locks", make))


def test_processes_that_share_the_work_make_each_run_once(
    tmp_path: Path, folds: Deal, make_result: Make
) -> None:
    write_deal(tmp_path, folds)
    context = multiprocessing.get_context("fork")
    arguments = tmp_path, make_result, tmp_path / "log"
    workers = [context.Process(target=_share_the_work, args=arguments) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    lines = (tmp_path / "log").read_text().splitlines()
    assert sorted(lines) == sorted(str(run) for run in runs_of(ROWS, ["image", "object"]))


def test_results_of_other_data_are_not_mixed_in(tmp_path: Path, folds: Deal) -> None:
    assert claim_results(tmp_path, folds) == folds
    assert claim_results(tmp_path, replace(folds, data="the same toys")).data == "toys"
    other = deal([Sample("0001", "1", "Mug", Path(), None, np.empty((0, 5)))], "one toy")
    with pytest.raises(InputError, match="other data, 'toys'"):
        claim_results(tmp_path, other)


def test_folds_trained_on_other_data_as_well_are_not_mixed_in(
    tmp_path: Path, folds: Deal, make_result: Make
) -> None:
    write_deal(tmp_path, folds)
    runs = [Run("a", "object", 0), Run("a", "object", 1)]

    def work(also: str, count: int = 2) -> list[str]:
        def make(run: Run) -> Result:
            return replace(make_result(run), also=(also,))

        places = tmp_path, tmp_path / "locks"
        done = work_through(TABLE, runs[:count], *places, make, lambda run: (also,))
        return [state for _, state in done]

    assert work("single", 1) == ["made"]
    before = result_path(tmp_path, runs[0]).read_bytes()
    with pytest.raises(InputError, match="other data of --also"):
        work("clutter")
    assert result_path(tmp_path, runs[0]).read_bytes() == before
    assert work("single") == ["stored", "made"]


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "a.txt", "first")
    write_whole(tmp_path / "new" / "a.txt", "second")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.txt"]
    assert (tmp_path / "new" / "a.txt").read_text() == "second"
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(tmp_path / "new" / "a.txt" / "b.txt", "under a file")
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "new/a.txt/lock"):
        pass


def test_an_unknown_row_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="unknown row 'c': choose from a, b"):
        TABLE.row("c")
