"""`grasp-detector table` as a user types it: killed, resumed, reported, looked at."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from grasp_detector.cli.table import table
from grasp_detector.cli.table_runs import Clock
from grasp_detector.data import Sample
from grasp_detector.errors import InputError
from grasp_detector.files import locked
from grasp_detector.model.weights import read_info
from grasp_detector.weights_sums import sha256

TOP = Path(__file__).resolve().parents[2]
ROWS = """
detailed: tiny
most_common_class: 17.7
rows:
  chance: {title: Chance, baseline: chance, splits: [image]}
  tiny: {title: Tiny network, config: tiny.yaml, splits: [object]}
  big: {title: AlexNet, config: tiny.yaml, needs: imagenet}
  mixed: {title: Tiny and more, config: mixed.yaml, splits: [object], needs: also}
"""
MIXED = "{epochs: 1, batch: 4, added: 0.5, model: {head: light, classes: 16}}"
TINY = "{epochs: 2, batch: 4, average: 0.5, model: {head: light, classes: 16}}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the rows of a small table."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tables.yaml").write_text(ROWS)
    (tmp_path / "tiny.yaml").write_text(TINY)
    (tmp_path / "mixed.yaml").write_text(MIXED)
    return tmp_path


def run(place: Path, **options: Any) -> None:
    """The command, in this process."""
    folders: dict[str, Any] = {"output": place / "runs", "results": place / "docs" / "results"}
    table(rows=place / "tables.yaml", **folders, **options)


def killed(place: Path, data: Path) -> None:
    """The command in a process of its own, ended by force after its first checkpoint."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from grasp_detector.cli import main; main()", "table"),
            *("--rows", str(place / "tables.yaml"), "--output", str(place / "runs")),
            *("--results", str(place / "docs" / "results"), "--data", str(data)),
            *("--fold", "1", "--threads", "1", "--name", "bars"),
        ],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        while process.poll() is None and not list(place.glob("runs/tiny/*/last.ckpt")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        said = process.communicate()[0].decode()
    assert list(place.glob("runs/tiny/*/last.ckpt")), said


@pytest.mark.timeout(600)
def test_a_killed_table_goes_on_and_counts_nothing_twice(
    place: Path, bars: tuple[Path, list[Sample]], capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.time()
    killed(place, bars[0])
    stored = place / "docs" / "results"
    chance = stored / "chance" / "image-1.json"
    assert chance.exists()
    assert not (stored / "tiny").exists()

    options = {"data": bars[0], "fold": [1], "threads": 1}
    run(place, **options)
    said = capsys.readouterr().out
    assert "1 runs made, 1 were stored, 0 are made by another process" in said
    assert "big, image-wise, fold 1: skipped, needs AlexNet's ImageNet weights" in said
    assert "mixed, object-wise, fold 1: skipped, needs simulated pictures (`--also`)" in said
    assert len(list(place.glob("runs/tiny/object-1-*/weights.safetensors"))) == 1
    result = json.loads((stored / "tiny" / "object-1.json").read_text())
    assert 0 < result["training_seconds"] < time.time() - began
    assert len(result["verdicts"]) == result["summary"]["pictures"] == 5
    assert result["time"]["network"] < result["time"]["whole"]
    assert not list(place.glob("cache/**/*.onnx")), "nothing is left in the user's cache"

    page = (place / "docs" / "results.md").read_text()
    assert re.search(r"\| Tiny network \| - \| [\d.]+ \(1 of 5 folds\)", page)
    assert "**bars**, 24 pictures" in page, "the name that the data had first"
    run(place, **options)
    assert "0 runs made, 2 were stored" in capsys.readouterr().out
    assert (place / "docs" / "results.md").read_text() == page

    run(place, report=True, gallery=place / "g", data=bars[0])
    cards = (place / "g" / "index.html").read_text().count("<figure")
    assert cards == 5 + len(json.loads(chance.read_text())["verdicts"])
    with pytest.raises(InputError, match="no result of the runs"):
        run(place, report=True, gallery=place / "g", data=bars[0], fold=[2])


def test_a_row_is_trained_on_other_pictures_as_well(
    place: Path, bars: tuple[Path, list[Sample]], capsys: pytest.CaptureFixture[str]
) -> None:
    other = place / "other" / "02"
    other.mkdir(parents=True)
    for path in (bars[0] / "01").iterdir():
        # Other files, or they would be known for what is held out.
        (other / path.name.replace("pcd01", "pcd02")).write_bytes(path.read_bytes() + b"\n")
    run(place, data=bars[0], only=["mixed"], fold=[1], also=[other.parent], threads=1)
    assert "1 runs made" in capsys.readouterr().out
    weights = next(place.glob("runs/mixed/object-1-*/weights.safetensors"))
    told = read_info(weights).training
    assert [each["pictures"] for each in told["also"]] == [24]
    assert told["added"] == 0.5 and told["pictures"] == 19 + 24


def test_a_row_goes_on_from_another_with_the_same_fold_held_out(
    place: Path, bars: tuple[Path, list[Sample]], capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "more.yaml").write_text("{epochs: 1, batch: 4, average: 0.5, seed: 1}")
    rows = ROWS + "  more: {title: On, config: more.yaml, splits: [object], start: tiny}\n"
    (place / "tables.yaml").write_text(rows)
    options = {"data": bars[0], "only": ["more"], "fold": [1], "threads": 1}
    with locked(place / "runs" / "locks" / "tiny-object-1") as mine:
        assert mine
        run(place, **options)  # what it goes on from is another's work
    assert "0 runs made, 0 were stored, 1 are made by another" in capsys.readouterr().out
    assert not list(place.glob("runs/more/*"))

    run(place, **options)
    assert "1 runs made" in capsys.readouterr().out
    first, then = (
        next(place.glob(f"runs/{row}/object-1-*/weights.safetensors")) for row in ("tiny", "more")
    )
    told = read_info(then).training
    assert told["start"]["sha256"] == sha256(first)
    assert told["protocol"] == told["start"]["protocol"] == read_info(first).training["protocol"]
    stored = place / "docs" / "results"
    assert not (stored / "tiny").exists(), "nobody asked for that row"
    assert "start" in json.loads((stored / "more" / "object-1.json").read_text())["experiment"]
    assert "more.yaml`, on from `tiny`" in (place / "docs" / "results.md").read_text()


def test_a_row_lacks_what_it_goes_on_from_lacks(
    place: Path, bars: tuple[Path, list[Sample]], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ROWS + "  further: {title: On, config: tiny.yaml, splits: [object], start: mixed}\n"
    (place / "tables.yaml").write_text(rows)
    run(place, data=bars[0], only=["further"], fold=[1])
    assert "further, object-wise, fold 1: skipped, needs simulated" in capsys.readouterr().out


@pytest.mark.parametrize("start", ["chance", "later", "itself", "[tiny]"])
def test_a_row_goes_on_from_a_network_above_it_alone(place: Path, start: str) -> None:
    rows = ROWS + f"  itself: {{title: On, config: tiny.yaml, start: {start}}}\n"
    rows += "  later: {title: Later, config: tiny.yaml}\n"
    (place / "tables.yaml").write_text(rows)
    with pytest.raises(InputError, match="'itself': start: a row above is needed, and a config"):
        run(place, report=True)


def test_the_report_needs_no_data_and_says_what_is_wrong(
    place: Path, bars: tuple[Path, list[Sample]]
) -> None:
    for options, says in [
        ({}, "--data is needed"),
        ({"report": True}, "holds no results"),
        ({"report": True, "gallery": place / "g"}, "--data is needed"),
        ({"data": bars[0], "only": ["giant"]}, "unknown row 'giant'"),
    ]:
        with pytest.raises(InputError, match=says):
            run(place, **options)  # type: ignore[arg-type]
    assert not (place / "docs").exists()

    run(place, data=bars[0], only=["chance"], fold=[0, 3])
    page = place / "docs" / "results.md"
    text = page.read_text()
    assert "(2 of 5 folds)" in text
    page.unlink()
    run(place, report=True)
    assert page.read_text() == text
    path = place / "docs" / "results" / "chance" / "image-3.json"
    path.write_text(path.read_text()[:500])
    with pytest.raises(InputError, match=r"image-3\.json' is not a stored result"):
        run(place, report=True)
    assert page.read_text() == text, "the page stays as it was"


def test_the_clock_counts_what_is_kept_of_a_killed_sitting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    folder = tmp_path / "run"
    folder.mkdir()
    clock = Clock(tmp_path / "run.seconds", folder)
    clock.start()  # killed before its first checkpoint: nothing is kept
    now += 50
    Clock(tmp_path / "run.seconds", folder).start()  # killed 5 s after its last checkpoint
    (folder / "last.ckpt").touch()
    os.utime(folder / "last.ckpt", (now + 30, now + 30))
    now += 35
    Clock(tmp_path / "run.seconds", folder).start()  # killed at once: the checkpoint is older
    now += 10
    clock = Clock(tmp_path / "run.seconds", folder)
    clock.start()
    now += 7
    assert clock.stop() == pytest.approx(37)
    now += 100  # judging
    clock = Clock(tmp_path / "run.seconds", folder)
    clock.start()
    assert clock.stop() == pytest.approx(37)
    (tmp_path / "run.seconds").write_text("{")
    clock.start()
    now += 3
    assert clock.stop() == pytest.approx(3)


def test_the_clock_does_not_follow_one_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall, now = 1_000_000.0, 50.0
    monkeypatch.setattr(time, "time", lambda: wall)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    clock = Clock(tmp_path / "run.seconds", tmp_path)
    clock.start()
    wall, now = wall - 3600, now + 7
    assert clock.stop() == pytest.approx(7)
