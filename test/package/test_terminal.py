"""What commands say is what they were given: names may look like markup, and be long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grasp_detector.cli.main import app
from grasp_detector.terminal import plain_console, progress

NAME = "mine [/b] [bold]" + "x" * 200


def test_what_looks_like_markup_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    plain_console().print(NAME)
    plain_console(stderr=True).print(NAME)
    assert capsys.readouterr() == (f"{NAME}\n", f"{NAME}\n")


def test_a_bar_is_shown_to_nobody_but_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(iter("abc"), "letters", 3)) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


def test_an_export_may_be_called_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grasp_detector.detector.export.export_onnx", lambda *_, whole: 0.1)
    done = CliRunner().invoke(app, ["export", f"{NAME}.onnx"])
    assert done.exception is None
    assert f"{NAME}.onnx: differs" in done.output


def test_commands_speak_through_it(top: Path) -> None:
    """Tables that fold, and the one line of an error, have consoles of their own."""
    own = {
        path.stem
        for path in (top / "grasp_detector" / "cli").glob("*.py")
        if re.search(r"\bConsole\(|\btrack\(", path.read_text())
    }
    assert own == {"main", "data", "bench"}
