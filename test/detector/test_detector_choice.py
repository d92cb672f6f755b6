"""The choice of an engine: measured once, remembered, and never the end of a start."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from grasp_detector.detector import choice, engines, onnx_cache, openvino_engine
from grasp_detector.detector.choice import CANDIDATES, choose, fastest
from grasp_detector.detector.engines import make_engine
from grasp_detector.errors import InputError
from grasp_detector.weights_path import default_weights


def failing(reason: str) -> Callable[..., str]:
    """In place of `run_module`."""

    def run(*_: object) -> str:
        raise InputError(reason)

    return run


def test_auto_is_measured_once_and_the_fastest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "engines.json"
    monkeypatch.setattr(choice, "_remembered", lambda onnx: kept)
    name, times = fastest(default_weights())
    assert name in times
    assert set(times) <= set(CANDIDATES)
    assert "onnx" in times
    assert all(0 < time < 1 for time in times.values())
    assert name == choose(times)
    monkeypatch.setattr(choice, "run_module", lambda *_: pytest.fail("measured again"))
    assert fastest(default_weights()) == (name, times)
    kept.write_text("{")
    monkeypatch.setattr(choice, "run_module", lambda *_: json.dumps({"openvino": 1e-3}))
    assert fastest(default_weights())[0] == "openvino", "a broken note is written anew"
    assert make_engine(default_weights(), "auto", "cpu").name == "openvino"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (failing("choice was ended by signal 4"), "signal 4"),
        (lambda *_: "goodbye", "goodbye"),
        (lambda *_: "{}", "none was measured"),
    ],
)
def test_what_cannot_be_measured_is_onnx_runtime(
    said: Callable[..., str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = tmp_path / "none"
    monkeypatch.setattr(choice, "run_module", said)
    monkeypatch.setattr(choice, "_remembered", lambda onnx: kept)
    assert make_engine(default_weights(), "auto", "cpu").name == "onnx"
    assert reason in caplog.text
    assert not kept.exists()


def test_an_export_that_fails_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(onnx_cache, "run_module", failing("no onnxscript"))
    assert make_engine(default_weights(), "auto", "cpu").name == "torch"
    assert caplog.text.count("exporting") == caplog.text.count("no onnxscript") == 1


def test_what_is_hardly_faster_is_not_worth_another_runtime() -> None:
    assert choose({"onnx": 1.00, "openvino": 0.97}) == "onnx"
    assert choose({"onnx": 1.00, "openvino": 0.90}) == "openvino"
    assert choose({"openvino": 1.0, "openvino-bf16": 0.5}) == "openvino-bf16"


def test_int8_must_be_clearly_faster() -> None:
    assert choose({"onnx": 1.00, "openvino-int8": 0.90}) == "onnx"
    assert choose({"onnx": 1.00, "openvino-int8": 0.70}) == "openvino-int8"
    assert choose({"onnx": 1.0, "openvino": 0.8, "openvino-int8": 0.7}) == "openvino"
    assert choose({"openvino": 1.0, "openvino-bf16": 0.5, "openvino-int8": 0.3}) == "openvino-bf16"


def test_int8_is_for_processors_without_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def able(_: Path, name: str, *__: object, **___: object) -> Callable[[object], None]:
        asked.append(name)
        if name == "openvino-bf16" and not bf16:
            raise InputError("not here")
        return lambda picture: None

    monkeypatch.setattr("grasp_detector.detector.engines.make_engine", able)
    for bf16 in (True, False):
        asked.clear()
        measured = choice.measure(default_weights(), seconds=0.0)
        assert ("openvino-int8" in measured) == ("openvino-int8" in asked) == (not bf16)


def test_where_the_fastest_cannot_be_had_the_next_is_taken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Measured in better days: int8 has to be calibrated again, and the cache is full."""
    times = {"onnx": 1.0, "openvino": 0.9, "openvino-int8": 0.5}
    monkeypatch.setattr(engines, "fastest", lambda _: (choose(times), times))
    monkeypatch.setattr(openvino_engine, "int8_file", failing("no space left"))
    assert make_engine(default_weights(), "auto", "cpu").name == "openvino"
    assert "takes the place of openvino-int8: no space left" in caplog.text


def test_a_runtime_that_breaks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> ModuleType:
        raise RuntimeError("illegal instruction")

    monkeypatch.setattr(openvino_engine, "open_vino_core", broken)
    assert set(choice.measure(default_weights(), seconds=0.0)) == {"onnx"}
