"""`grasp-detector simulate` as a user types it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.cli.simulate import FINGER, OPENING, PLATE, TILT
from grasp_detector.errors import InputError
from grasp_detector.sim.gripper import STANDARD, Gripper
from grasp_detector.sim.scene import MOST_TILT


def test_measures_are_the_standard_ones() -> None:
    assert Gripper(OPENING, PLATE, FINGER) == STANDARD
    assert TILT == MOST_TILT


def test_data_are_made_and_added_to(run: Callable[..., str], tmp_path: Path) -> None:
    arguments = ("data", "--output", tmp_path / "out", "--attempts", "5", "--workers", "1")
    printed = run("simulate", *arguments, "--scenes", "1")
    assert "1 scenes, " in printed and "made now: 1 scenes with " in printed
    assert "labels/s" in printed
    again = run("simulate", *arguments, "--scenes", "1")
    assert "made now" not in again
    assert again.splitlines()[0] == printed.splitlines()[0]


def test_a_scene_is_drawn_with_its_labels(run: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "scene.png"
    assert " held" in run("simulate", "view", path, "--attempts", "20", "--objects", "test")
    picture = cv2.imread(str(path)).astype(int)
    assert picture.shape == (480, 1280, 3)
    held, lost = (
        (np.abs(picture[:, :640] - colour).max(-1) < 40).sum()
        for colour in ((60, 190, 60), (50, 60, 220))
    )
    assert held + lost > 200
    assert picture[:, 640:].std() > 5
    assert (np.ptp(picture[:, 640:], axis=-1) == 0).all()


def test_trials_are_counted_and_written(run: Callable[..., str], tmp_path: Path) -> None:
    printed = run(
        *("simulate", "trial", "--tables", "2", "--method", "mask", "--opening", "0.02"),
        *("--json", tmp_path / "t.json", "--output", tmp_path / "failures"),
    )
    figures = json.loads((tmp_path / "t.json").read_text())
    assert figures["gripper"]["opening"] == 0.02
    assert figures["success"]["trials"] == len(figures["trials"]) == 2
    assert figures["success"]["held"] == sum(t["verdict"] == "held" for t in figures["trials"])
    # Hardly anything is as narrow as that, and each failure has its picture.
    failures = list((tmp_path / "failures").iterdir())
    assert len(failures) == 2 - figures["success"]["held"] > 0
    assert cv2.imread(str(failures[0])).shape == (480, 640, 3)
    assert "across the true mask, one object (test): " in printed
    assert "is the 95 % interval" in printed


def test_a_network_s_trials_are_told_by_confidence(run: Callable[..., str], tmp_path: Path) -> None:
    printed = run(
        *("simulate", "trial", "--tables", "1", "--input", "depth", "--no-room"),
        *("--json", tmp_path / "t.json"),
    )
    figures = json.loads((tmp_path / "t.json").read_text())
    assert figures["method"].endswith(", depth, room not asked for")
    assert sum(part["trials"] for part in figures["by confidence"]) == 1
    assert "confidence" in printed


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("data --output {0} --scenes 0", "at least 1"),
        ("data --output {0} --scenes 1 --objects nowhere", "train, test or a folder"),
        ("data --output {0} --scenes 1 --opening 0.5", "opening is 0.5 m"),
        ("data --output {0}/file/out --scenes 1", "cannot be written"),
        ("data --output {0}/other --scenes 1", "holds another data set"),
        ("view {0}/scene.txt", "must end in one of"),
        ("view {0}/scene.png --plate 0", "plate is 0 m"),
        ("trial --objects {0}", "train, test or a folder"),
        ("trial --weights none.safetensors", "none.safetensors"),
        ("trial --method mask --weights none.safetensors", "the mask needs none"),
    ],
)
def test_bad_input_is_one_clear_line(
    run: Callable[..., str], tmp_path: Path, arguments: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "other" / "01").mkdir(parents=True)
    (tmp_path / "other" / "01" / "pcd0100r.png").touch()
    with pytest.raises(InputError) as caught:
        run("simulate", *arguments.format(tmp_path).split())
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "what",
    [
        *("data --output {} --scenes 1", "view {}/s.png", "trial --engine onnx"),
        "trial --method mask",
    ],
)
def test_without_pybullet_the_reason_is_given(
    run: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setitem(sys.modules, "pybullet", None)
    with pytest.raises(InputError, match="needs PyBullet"):
        run("simulate", *what.format(tmp_path).split())


def test_bad_input_ends_with_two(top: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grasp_detector", "simulate", "trial", "--opening", "9"],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "a gripper whose opening is 9 m" in done.stderr
