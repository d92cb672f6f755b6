"""Folders as they come from other machines, and what commands make of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from grasp_detector.cli.main import app

TOP = Path(__file__).resolve().parents[2]


def odd_png(folder: Path) -> None:
    """A picture that OpenCV itself complains of: a part that is longer than the file can be."""
    data = bytearray(cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes())
    part = data.find(b"IDAT")
    data[part - 4 : part] = b"\x00\xff\xff\xff"
    (folder / "odd.png").write_bytes(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixteen pictures among what is none."""
    place = tmp_path / "mine"
    place.mkdir()
    rgb = np.full((120, 160, 3), 205, np.uint8)
    rgb[55:65, 60:100] = 60
    for number in range(16):
        cv2.imwrite(str(place / f"{number:02}_rgb.png"), rgb)
    np.save(place / "03_depth.npy", np.ones((120, 160)))
    (place / "[red]x.WEBP").write_bytes(b"RIFF")
    for name in ("._00_rgb.png", ".hidden.png", ".thumbnails/a.png"):
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(b"none of our business")
    (place / "notes.txt").write_text("none")
    return place


def test_what_is_passed_over_is_named_and_hidden_files_are_left(folder: Path) -> None:
    done = CliRunner().invoke(app, ["detect", str(folder)])
    assert done.exit_code == 0, done.output
    assert done.stdout.count("_rgb.png: ") == 16
    assert done.stderr.splitlines() == [
        f"passed over in {str(folder)!r}, formats that are not read: 03_depth.npy, [red]x.WEBP"
    ]


def test_a_broken_picture_is_one_line_of_ours(folder: Path) -> None:
    odd_png(folder)
    odd = str(folder / "odd.png")
    done = subprocess.run(
        [sys.executable, "-c", "from grasp_detector.cli import main; main()", "detect", odd],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"error: {odd!r} is not a picture that OpenCV can read",
        "error: 1 of 1 pictures could not be used",
    ]


def test_calibrate_leaves_bad_pictures_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []

    def calibrated(weights: Path, pictures: list[np.ndarray]) -> Path:
        used.append(len(pictures))
        return weights

    monkeypatch.setattr("grasp_detector.detector.int8.calibrate", calibrated)
    odd_png(folder)
    (folder / "[bold]bad.png").write_bytes(b"no picture")
    done = CliRunner().invoke(app, ["calibrate", str(folder)])
    assert done.exit_code == 0, done.output
    assert used == [16]
    assert "calibrated with 16 pictures" in done.stdout
    unread, *left = done.stderr.splitlines()
    assert "03_depth.npy" in unread
    assert [line.startswith("left out: ") for line in left] == [True, True]
    assert "[bold]bad.png" in left[0] and "odd.png" in left[1]
