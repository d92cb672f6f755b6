"""`grasp-detector data` as a user types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

TOP = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path, width: int = 200) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from grasp_detector.cli import main; main()", "data"]
        + [str(argument) for argument in arguments],
        env={**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": str(width)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one with depth; what a data set may call its things is not obeyed."""
    top = tmp_path / "my [red]data[bold]"
    place = top / "01"
    place.mkdir(parents=True)
    rgb = np.full((480, 640, 3), 205, np.uint8)
    rgb[225:255, 250:390] = (90, 60, 50)
    for name in ("0100", "0101"):
        cv2.imwrite(str(place / f"pcd{name}r.png"), rgb)
        (place / f"pcd{name}cpos.txt").write_text("320 210\n320 270\n300 270\n300 210\n")
        (place / f"pcd{name}cneg.txt").write_text("250 230\n390 230\n390 250\n250 250\n")
    cv2.imwrite(str(place / "pcd0100d.tiff"), np.full((480, 640), 0.7, np.float32))
    (top / "z.txt").write_text("0100 1 Marker b\n0101 2 [bold]Thing\x1b[2J b\n")
    return top


def test_the_summary_is_one_screen_and_json(folder: Path, tmp_path: Path) -> None:
    done = run("--data", folder, "--json", tmp_path / "d.json", width=100)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= 24
    for part in ("[red]data[bold]", "2 of 2 objects", "640x480 2", "2, 2 negative ones", "stick 1"):
        assert part in done.stdout
    assert "\x1b" not in done.stdout
    assert "[bold]Thing" in done.stdout
    summary = json.loads((tmp_path / "d.json").read_text())
    assert summary["depth"] == {"picture": 1, "none": 1}
    assert len(summary["sha256"]) == 64
    assert "Example" in run("--help").stdout


@pytest.mark.parametrize("augmented", [False, True])
def test_samples_are_drawn(folder: Path, tmp_path: Path, augmented: bool) -> None:
    sheet = tmp_path / "sheet.png"
    config = ("--config", TOP / "config" / "training" / "dense.yaml") if augmented else ()
    done = run("--data", folder, "--pictures", sheet, "--count", "2", *config)
    assert done.returncode == 0, done.stderr
    picture = cv2.imread(str(sheet))
    assert picture.shape[1] > picture.shape[0]
    plates = (picture[..., 0] > 200) & (picture[..., 2] < 60)
    opening = (picture[..., 2] > 200) & (picture[..., 0] < 90)
    assert plates.sum() > 50
    assert opening.sum() > 50
    if not augmented:
        # Left the first picture: the opening runs up and down, between plates that lie level.
        rows, columns = np.nonzero(plates[:, :448])
        assert np.ptp(rows) == pytest.approx(60 * 0.7, abs=4)
        assert np.ptp(columns) == pytest.approx(20 * 0.7, abs=4)


def test_broken_pictures_are_named_and_cost_the_exit_status(folder: Path, tmp_path: Path) -> None:
    (folder / "01" / "pcd0101r.png").write_bytes(b"no picture")
    done = run("--data", folder, "--pictures", tmp_path / "sheet.jpg")
    assert done.returncode == 2
    assert "1 of 2 pictures cannot be used" in done.stderr
    assert "pcd0101r.png" in done.stdout
    assert (tmp_path / "sheet.jpg").is_file(), "the others are drawn"


def test_broken_labels_are_named_and_the_others_drawn(folder: Path, tmp_path: Path) -> None:
    (folder / "01" / "pcd0101cpos.txt").write_text("253,319.7,\n" * 4)
    done = run("--data", folder, "--pictures", tmp_path / "sheet.jpg", "--json", tmp_path / "d")
    assert done.returncode == 2
    assert "1 of 2 pictures cannot be used" in done.stderr
    assert "line 1: '253,319.7,' is not x and y with a blank" in done.stdout
    assert list(json.loads((tmp_path / "d").read_text())["broken"]) == ["0101"]
    assert (tmp_path / "sheet.jpg").is_file()
    assert "(too few: nothing can be held out in 1, 2, 3, 4)" in done.stdout


def test_bad_arguments_are_one_clear_line(folder: Path, tmp_path: Path) -> None:
    for arguments, says in (
        (("--data", tmp_path / "a[b]"), "a[b]"),
        (("--data", tmp_path), "is '" + str(folder)),
        (("--data", folder, "--pictures", tmp_path / "sheet.gif"), "must end in"),
        (("--data", folder, "--config", "dense.yaml"), "--pictures"),
    ):
        done = run(*arguments)
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr
        assert not done.stdout, "it is told before the work"
