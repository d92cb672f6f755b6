"""Processes of our modules: what they run, what they tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grasp_detector.bench.frames import frame_rows
from grasp_detector.errors import InputError
from grasp_detector.processes import environment, run_module
from grasp_detector.weights_path import default_weights


@pytest.fixture
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Written if a module is run that lies in the current folder, where numpy.py and others do."""
    marker = tmp_path / "executed"
    for name in ("numpy", "queue", "runpy", "json"):
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    return marker


@pytest.mark.parametrize("search", ["", f"/nowhere{os.pathsep}"])
def test_nothing_is_run_that_lies_in_the_current_folder(
    search: str, executed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", search)
    assert run_module("grasp_detector.detector.choice", ["no weights"]) == "{}"
    assert not executed.exists()


def test_frames_and_starts_are_measured_in_any_folder(executed: Path) -> None:
    (row,) = frame_rows(default_weights(), ["onnx"], 1)
    assert row["seconds"][0] > row["stages"]["infer"][0] > 0
    assert float(run_module("grasp_detector.bench.start", [str(default_weights()), "onnx"])) > 1e4
    assert not executed.exists()


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process of its parent's end"
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_no_process_outlives_who_waits_for_it(
    number: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    soon: Callable[..., Any],
) -> None:
    said = tmp_path / "said"
    (tmp_path / "sleeper.py").write_text(
        "import os, pathlib, sys, time\n"
        "aside = pathlib.Path(sys.argv[1] + '.aside')\n"
        "aside.write_text(str(os.getpid()))\n"
        "aside.rename(sys.argv[1])\n"
        "time.sleep(100)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = (
        "import signal, sys; from grasp_detector.processes import run_module; "
        "signal.signal(signal.SIGHUP, signal.SIG_DFL); "  # under nohup it is ignored
        "run_module('sleeper', sys.argv[1:])"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(said)], env=environment())
    try:
        assert soon(said.exists)
        child = int(said.read_text())
        assert Path(f"/proc/{child}").exists()
    finally:
        parent.send_signal(number)
        parent.wait()
    assert soon(lambda: not _runs(child))


def _runs(process: int) -> bool:
    """Whether it is there and not only waits to be asked for its status."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_last_line_is_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "talk.py").write_text(
        "import sys\nsys.stdout.buffer.write(b'\\xff\\n' + sys.argv[1].encode())"
    )
    (tmp_path / "silent.py").write_text("")
    (tmp_path / "fall.py").write_text("import sys\nprint('so')\nsys.exit('a reason')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run_module("talk", ["answer"]) == "answer"
    assert run_module("silent", []) == ""
    with pytest.raises(InputError, match="fall of 'x' failed: a reason"):
        run_module("fall", ["x"])
