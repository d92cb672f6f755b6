"""The page says what the stored results give, and plainly what is missing."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from grasp_detector.cli.table_rows import read_plan
from grasp_detector.errors import InputError
from grasp_detector.evaluation.beside import page_path
from grasp_detector.evaluation.deal import Deal, write_deal
from grasp_detector.evaluation.markdown import duration, over_folds
from grasp_detector.evaluation.page import page_text, write_page
from grasp_detector.evaluation.report import write_report
from grasp_detector.evaluation.results import Result, Run, write_result
from grasp_detector.evaluation.table import Row, Table, runs_of

Make = Callable[..., Result]
ROWS = (
    Row("slow", "Slow search", "slow.yaml", {"training": "first"}, paper_time="13.5 s"),
    Row(
        *("best", "Best | model", "best.yaml", {"training": "first"}),
        paper={"image": 88.0, "object": 87.1},
        paper_classes={"image": 90.0, "object": 61.5},
    ),
    Row("alexnet", "AlexNet", "alexnet.yaml", {"training": "first"}, needs="ImageNet weights"),
)
TABLE = Table(ROWS, "best", 17.7)


def cells(page: str, section: str, title: str) -> list[str]:
    """The cells of a row of the first table of a section, without its title."""
    part = page.split(f"## {section}\n", 1)[1]
    (line, *_) = [each for each in part.splitlines() if each.startswith(f"| {title} |")]
    return re.split(r" \| ", line.strip("| "))[len(re.split(r" \| ", title)) :]


def results_of(results: Iterable[Result]) -> dict[Run, Result]:
    return {result.run: result for result in results}


def test_means_and_deviations_are_over_folds_and_missing_ones_are_counted(
    folds: Deal, make_result: Make
) -> None:
    # 8 pictures a fold; 2, 0, 0, 0 and 0 misses image-wise: 75, 100, 100, 100, 100 %.
    results = [make_result(Run("best", "image", i), misses=2 * (i == 0)) for i in range(5)]
    results += [make_result(Run("best", "object", i), misses=i) for i in (0, 2)]
    page = write_report(TABLE, folds, results_of(results))
    image, by_object, interval, time, paper, _ = cells(page, "Rectangle metric", r"Best \| model")
    assert image == "95.0 ± 11.2"
    assert by_object == "87.5 ± 17.7 (2 of 5 folds)"
    low, high = map(float, interval.split(" to "))
    assert low < 87.5 < high
    assert time == "10 ms"
    assert paper == "88.0 / 87.1"
    assert cells(page, "Rectangle metric", "AlexNet")[:2] == ["not run", "not run"]
    assert "23 of 30 runs are missing." in page
    assert "- AlexNet: needs ImageNet weights." in page
    assert "toys" in page
    assert "an abacus, 10 beads" in page


def test_sweep_classes_confusion_and_calibration_are_of_the_same_verdicts(
    folds: Deal, make_result: Make
) -> None:
    results = [make_result(Run("best", "object", i), misses=2) for i in range(5)]
    page = write_report(TABLE, folds, results_of(results))
    sweep = cells(page, "Jaccard sweep", r"Best \| model")
    # Hits have an index of 0.42, misses one of exactly 0.25.
    assert sweep == ["75.0 ± 0.0"] * 4 + ["0.0 ± 0.0"] * 2 + ["5 of 5"]
    # Half of the objects are mugs, and everything was taken for a mug.
    given = cells(page, "Classification", r"Best \| model")
    assert given[0] == "not run"
    assert given[1].startswith("50.0 ± ")
    assert given[2] == "90.0 / 61.5"
    assert cells(page, "Classification", "Most common class")[0] == "50.0"
    mug = cells(page, "Classification", "10 cup_or_bowl")
    assert mug[10] == "20"
    assert mug[-1] == "100.0"
    box = cells(page, "Classification", "3 box_or_packet")
    assert box[10] == "20"
    assert box[-1] == "0.0"
    assert cells(page, "Confidence", "0.3 to 0.4") == ["10", "35.0", "0.0"]
    assert cells(page, "Confidence", "0.8 to 0.9") == ["30", "85.0", "100.0"]


def test_the_slowest_is_compared_with_the_best(folds: Deal, make_result: Make) -> None:
    results = [
        make_result(Run("best", "object", 0)),
        make_result(Run("slow", "object", 0), 3, seconds=2.0),
    ]
    page = write_report(TABLE, folds, results_of(results))
    assert "Slow search takes 200 times as long as Best | model." in page


def test_folds_of_two_experiments_are_not_averaged(folds: Deal, make_result: Make) -> None:
    old = [make_result(Run("best", "object", i), misses=4, experiment="old") for i in range(4)]
    page = write_report(TABLE, folds, results_of(old))
    assert cells(page, "Rectangle metric", r"Best \| model")[1] == "50.0 ± 0.0 (4 of 5 folds)"
    assert "Best | model: shown is an earlier state of its experiment." in page
    new = make_result(Run("best", "object", 4))
    page = write_report(TABLE, folds, results_of([*old, new]))
    assert cells(page, "Rectangle metric", r"Best \| model")[1] == "100.0 (1 of 5 folds)"
    assert "Best | model: 4 results of another state are left out." in page


def test_nothing_run_is_a_page_too(folds: Deal) -> None:
    page = write_report(TABLE, folds, {})
    assert cells(page, "Rectangle metric", r"Best \| model")[0] == "not run"
    assert "30 of 30 runs are missing." in page
    assert "nan" not in page


def test_the_page_is_written_from_the_folder_with_its_notes(
    tmp_path: Path, folds: Deal, make_result: Make
) -> None:
    results = tmp_path / "docs" / "results"
    with pytest.raises(InputError, match="holds no results"):
        page_text(TABLE, results)
    write_deal(results, folds)
    for run in runs_of(ROWS[1:2], ["object"]):
        write_result(results, make_result(run, misses=1))
    page = write_page(TABLE, results, tmp_path / "lock")
    assert page == page_path(results) == tmp_path / "docs" / "results.md"
    assert "Not written yet." in page.read_text()
    (results / "notes.md").write_text("Shoes fail.\n")
    text = write_page(TABLE, results, tmp_path / "lock").read_text()
    assert "Shoes fail." in text
    assert "Not written yet." not in text
    assert "87.5" in text


def test_the_committed_page_is_what_the_stored_results_give(top: Path) -> None:
    plan = read_plan(top / "config" / "tables.yaml")
    results = top / "docs" / "results"
    assert page_path(results).read_text(encoding="utf-8") == page_text(plan.table, results), (
        "write it again: grasp-detector table --report"
    )


def test_every_stored_result_is_of_a_row(top: Path) -> None:
    plan = read_plan(top / "config" / "tables.yaml")
    known = {f"{run.name}.json" for run in runs_of(plan.table.rows, ["image", "object"])}
    results = top / "docs" / "results"
    stored = {path.relative_to(results).as_posix() for path in results.glob("*/*")}
    assert stored <= known


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.00912, "9.12 ms"), (1.5, "1.5 s"), (100, "100 s"), (150, "2.5 min"), (9000, "2.5 h")],
)
def test_durations_are_in_the_unit_that_suits_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_one_fold_has_no_deviation() -> None:
    assert over_folds([0.875]) == "87.5"
    assert over_folds([]) == "not run"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "cannot be read"),
        ("- 3", "names with values"),
        ("rows: {}", "rows"),
        ("rows: {a: {baseline: chance}}\nbest: a", "unknown name 'best'"),
        ("rows: {A/b: {baseline: chance}}", "small letters"),
        ("rows: {a: {baseline: luck}}", "unknown baseline 'luck'"),
        ("rows: {a: {title: A}}", "either a config or a baseline"),
        ("rows: {a: {baseline: chance, config: a.yaml}}", "either a config or a baseline"),
        ("rows: {a: {config: none.yaml}}", r"none\.yaml"),
        ("rows: {a: {baseline: chance, splits: [fold]}}", "a list of image, object"),
        ("rows: {a: {baseline: chance, paper: {image: 3}}}", "a percentage for image and one"),
        ("rows: {a: {baseline: chance}}\nmost_common_class: many", "a number is needed"),
        ("rows: {a: {baseline: chance}}\nmost_common_class: 3\ndetailed: b", "unknown row 'b'"),
    ],
)
def test_bad_rows_are_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "tables.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_plan(path)


def test_rows_that_are_not_here_are_said_to_be_in_the_checkout() -> None:
    with pytest.raises(InputError, match="run in the checkout, or give --rows"):
        read_plan(Path("none.yaml"))


def test_a_row_of_a_changed_configuration_is_another_experiment(tmp_path: Path) -> None:
    rows = "rows: {a: {config: a.yaml}}\nmost_common_class: 17.7\ndetailed: a"
    (tmp_path / "tables.yaml").write_text(rows)
    (tmp_path / "a.yaml").write_text("epochs: 3")
    before = read_plan(tmp_path / "tables.yaml").table.row("a")
    (tmp_path / "a.yaml").write_text("epochs: 4")
    after = read_plan(tmp_path / "tables.yaml").table.row("a")
    assert before.experiment != after.experiment
    assert replace(before, experiment=after.experiment) == after
