"""Commands about engines: export, calibrate, bench."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

from grasp_detector.cli.main import app
from grasp_detector.data import Sample
from grasp_detector.detector.engines import make_engine
from grasp_detector.errors import InputError
from grasp_detector.model.network import GraspNetwork
from grasp_detector.model.spec import ModelSpec
from grasp_detector.model.weights import WeightsInfo, save_weights


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Untrained weights of a small network, with a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    torch.manual_seed(0)
    path = tmp_path / "w.safetensors"
    spec = ModelSpec("efficientnet_lite0", "direct")
    save_weights(path, GraspNetwork(spec), WeightsInfo(spec))
    return path


def test_export_writes_what_is_asked_for(
    run: Callable[..., str], weights: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.onnx"
    said = run("export", whole, "--weights", weights, "--format", "onnx-whole")
    assert "differs from torch by" in said
    inputs = onnxruntime.InferenceSession(str(whole)).get_inputs()
    assert [(each.name, each.type, each.shape[1:]) for each in inputs] == [
        ("fused", "tensor(uint8)", [224, 224, 3])
    ]
    with pytest.raises(InputError, match=r"\.xml"):
        run("export", tmp_path / "w.bin", "--weights", weights, "--format", "openvino")


def test_calibrate_makes_the_int8_engine(
    run: Callable[..., str],
    weights: Path,
    bars: tuple[Path, list[Sample]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = run("calibrate", bars[0], "--weights", weights, "--most", "16")
    assert "calibrated with" in said
    assert make_engine(weights, "openvino-int8", "cpu").name == "openvino-int8"
    assert "to int8" not in caplog.text, "it is not made again of other pictures"


def test_a_picture_that_cannot_be_calibrated_with_is_left_out_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def calibrate(_: Path, pictures: list[object]) -> Path:
        given.append(len(pictures))
        return tmp_path / "kept"

    monkeypatch.setattr("grasp_detector.detector.int8.calibrate", calibrate)
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((480, 640, 3), 9, np.uint8))
    cv2.imwrite(str(tmp_path / "a_depth.tiff"), np.full((480, 640), 800, np.float32))
    done = CliRunner().invoke(app, ["calibrate", str(tmp_path)])
    assert done.exception is None and given == [1]
    assert f"left out: '{tmp_path / 'a.png'}': depth is 800 at the median" in done.stderr


def test_bench_writes_a_page_of_what_is_stored(
    run: Callable[..., str], top: Path, tmp_path: Path
) -> None:
    place = tmp_path / "performance"
    place.mkdir()
    for path in (top / "docs" / "performance").iterdir():
        if path.suffix in (".json", ".md"):
            (place / path.name).write_bytes(path.read_bytes())
    assert "performance.md" in run("bench", "--page", place)
    assert (tmp_path / "performance.md").read_text() == (top / "docs/performance.md").read_text()
    assert (place / "stages.png").read_bytes().startswith(b"\x89PNG")
