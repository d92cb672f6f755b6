"""The command line as a user types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector import __version__
from grasp_detector.cli import main
from grasp_detector.data import categories
from grasp_detector.model.weights import read_info

TOP = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from grasp_detector.cli import main; main()", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "my pictures"
    folder.mkdir()
    rgb = np.full((480, 640, 3), 205, np.uint8)
    rgb[225:255, 250:390] = (90, 60, 50)
    cv2.imwrite(str(folder / "a_rgb.png"), rgb)
    cv2.imwrite(str(folder / "a_depth.png"), np.full((480, 640), 800, np.uint16))
    cv2.imwrite(str(folder / "b.jpg"), rgb)
    return folder


def test_detect_writes_pictures_and_json(pictures: Path, tmp_path: Path) -> None:
    done = run("detect", pictures, "--output", tmp_path / "out", "--json", tmp_path / "g.json")
    assert done.returncode == 0, done.stderr
    assert "a_rgb.png: " in done.stdout
    assert "with depth" in done.stdout
    result = json.loads((tmp_path / "g.json").read_text())
    assert [Path(entry["picture"]).name for entry in result["pictures"]] == ["a_rgb.png", "b.jpg"]
    best = result["pictures"][0]["grasps"][0]
    assert 250 < best["x"] < 390
    assert np.array(best["corners"]).shape == (4, 2)
    drawn = cv2.imread(str(tmp_path / "out" / "a_rgb_grasps.png"))
    assert drawn.shape == (480, 640, 3)


def test_one_bad_picture_costs_that_picture_alone(pictures: Path, tmp_path: Path) -> None:
    (pictures / "a2.png").write_bytes(b"no picture")
    done = run("detect", pictures, "--json", tmp_path / "g.json")
    assert done.returncode == 2
    assert len(json.loads((tmp_path / "g.json").read_text())["pictures"]) == 2
    assert "a2.png" in done.stderr
    assert "1 of 3 pictures" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("detect", "nowhere.png"),
        ("detect", "."),
        ("detect", "{pictures}", "--weights", "none.safetensors"),
        ("detect", "{pictures}", "--engine", "abacus"),
        ("detect", "{pictures}", "--max-grasps", "0"),
        ("detect",),
        ("evaluate", "--data", "nowhere"),
        ("evaluate", "--data", "{pictures}"),
        ("evaluate", "--data", "{pictures}", "--weights", "{pictures}/b.jpg"),
        ("train", "--config", "none.yaml", "--data", "{pictures}", "--output", "run"),
        ("export", "{pictures}/b.jpg/x.onnx"),
        ("depth", "--report"),
        ("fly",),
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_bad_input_is_one_clear_line_and_exit_2(
    arguments: tuple[str, ...], pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    filled = [argument.format(pictures=pictures) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-c", "from grasp_detector.cli import main; main()", *filled],
        env={**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": "200"},
        cwd=tmp_path / "empty",
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "rror" in done.stderr
    assert not list((tmp_path / "empty").iterdir()), "nothing is left behind"


@pytest.mark.parametrize(
    ("command", "does"),
    [
        ("data --data x", "grasp_detector.data.scan_dataset"),
        ("simulate view x.png", "grasp_detector.sim.labels.make_scene"),
    ],
)
def test_ctrl_c_is_one_word_and_exit_130(
    command: str, does: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(does, stop)
    monkeypatch.setattr(sys, "argv", ["grasp-detector", *command.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "stopped\n"


def test_the_version_is_told() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"grasp-detector {__version__}\n")


@pytest.mark.parametrize("command", ["train", "evaluate", "table", "detect", "export"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"grasp-detector {command}" in " ".join(done.stdout.split())


def test_evaluate_repeats_the_figure_in_the_weights(cornell: Path, tmp_path: Path) -> None:
    weights = TOP / "weights" / "multigrasp_fold1.safetensors"
    outputs = ("--json", tmp_path / "e.json", "--gallery", tmp_path / "gallery")
    done = run("evaluate", "--data", cornell, "--weights", weights, *outputs)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "e.json").read_text())
    (noted,) = read_info(weights).accuracy.values()
    assert result["pictures"] == noted["pictures"] == len(result["verdicts"])
    # Another engine than the training's: a picture on the threshold may fall the other way.
    assert result["accuracy"]["0.25"] == pytest.approx(noted["accuracy"]["0.25"], abs=0.02)
    assert f"{result['accuracy']['0.25']:.1%}" in done.stdout
    assert "held out: fold 1, object-wise" in done.stdout
    assert result["interval"][0] < result["accuracy"]["0.25"] < result["interval"][1]
    assert sum(part["pictures"] for part in result["calibration"]) == result["pictures"]
    assert "0.5 to 0.6" in done.stdout
    correct = [verdict["correct"] for verdict in result["verdicts"]]
    assert np.mean(correct) == pytest.approx(result["accuracy"]["0.25"])
    assert 0 < result["time"]["network"] < result["time"]["whole"] < 10
    assert "ms a picture (onnx)" in done.stdout
    matrix = np.array(result["confusion"]["matrix"])
    assert np.trace(matrix) / matrix.sum() == pytest.approx(result["classification"])
    page = (tmp_path / "gallery" / "index.html").read_text()
    assert page.count("<figure") == len(list((tmp_path / "gallery").glob("pictures/*.jpg")))
    assert page.count("<figure") == result["pictures"]


def test_evaluate_does_not_pass_training_pictures_off_as_results(
    cornell: Path, pictures: Path
) -> None:
    done = run("evaluate", "--data", cornell)
    assert done.returncode == 2
    assert "nothing is held out" in done.stderr
    done = run("evaluate", "--data", cornell, "--everything")
    assert done.returncode == 0, done.stderr
    assert "INCLUDING those of the training" in done.stdout


def test_evaluate_knows_other_data(tmp_path: Path) -> None:
    place = tmp_path / "other" / "01"
    place.mkdir(parents=True)
    cv2.imwrite(str(place / "pcd0100r.png"), np.full((480, 640, 3), 205, np.uint8))
    (place / "pcd0100cpos.txt").write_text("300 230\n340 230\n340 250\n300 250\n")
    weights = TOP / "weights" / "multigrasp_fold1.safetensors"
    done = run("evaluate", "--data", tmp_path / "other", "--weights", weights)
    assert done.returncode == 2
    assert "other data" in done.stderr
    done = run("evaluate", "--data", tmp_path / "other", "--weights", weights, "--everything")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "every picture (if the training saw some of them, the weights cannot tell), 1 " in said


def test_shipped_weights_carry_what_was_measured() -> None:
    whole = read_info(TOP / "weights" / "multigrasp.safetensors")
    fold = read_info(TOP / "weights" / "multigrasp_fold1.safetensors")
    assert whole.classes == fold.classes == categories()
    assert whole.training["protocol"]["fold"] is None
    assert fold.training["protocol"]["fold"] == 1
    (measured,) = fold.accuracy.values()
    assert measured in whole.accuracy.values()
