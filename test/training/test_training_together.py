"""Two processes that train together, on the CPU, started by the command as a user would."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from grasp_detector.model.weights import read_info

TOP = Path(__file__).resolve().parents[2]
# Lightning starts the other process with the same command, so the spies are in a script.
SCRIPT = """
import hashlib, os, sys
from pathlib import Path
import grasp_detector.training.run as run
from grasp_detector.cli import main
from grasp_detector.training.dataset import TrainingSet
from grasp_detector.training.module import GraspModule

rank = int(os.environ.get("LOCAL_RANK", 0))
notes = Path(os.environ["NOTES"])
notes.mkdir(exist_ok=True)
(notes / f"pid{rank}").write_text(str(os.getpid()))

def note(kind, text):
    with open(notes / f"{kind}{rank}", "a") as file:
        file.write(text + "\\n")

load, save, end = TrainingSet.__getitem__, run.save_weights, GraspModule.on_train_end

def seen(self, key):
    note("seen", f"{key[0]} {key[1]}")
    return load(self, key)

def saved(*arguments):
    note("saved", "weights")
    save(*arguments)

def ended(self):
    digest = hashlib.sha256()
    for _, parameter in sorted(self.network.named_parameters()):
        digest.update(parameter.detach().numpy().tobytes())
    note("weights", digest.hexdigest())

TrainingSet.__getitem__, run.save_weights, GraspModule.on_train_end = seen, saved, ended
main()
"""
KEPT, HELD, BATCH, EPOCHS = 12, 3, 4, 2


@pytest.fixture(scope="module")
def prepared(
    some_bars: Callable[[Path, int], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("together")
    some_bars(folder / "bars", KEPT + HELD)
    settings = {"epochs": EPOCHS, "batch": BATCH, "average": 0.5, "model": {"head": "multigrasp"}}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    (folder / "script.py").write_text(SCRIPT)
    return folder


def start(prepared: Path, name: str) -> subprocess.Popen[str]:
    command = [
        *(sys.executable, str(prepared / "script.py"), "train", "--split", "image"),
        *("--config", str(prepared / "settings.yaml"), "--data", str(prepared / "bars")),
        *("--output", str(prepared / name), "--name", "bars"),
        *("--devices", "2", "--strategy", "ddp", "--threads", "1"),
    ]
    environment = {
        **{name: value for name, value in os.environ.items() if "RANK" not in name},
        "PYTHONPATH": str(TOP),
        "CUDA_VISIBLE_DEVICES": "",
        "NOTES": str(prepared / f"{name} notes"),
    }
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(process: subprocess.Popen[str]) -> str:
    try:
        said = process.communicate(timeout=400)[0]
    finally:
        process.kill()
    assert process.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def whole(prepared: Path) -> Path:
    """A run of two processes from beginning to end."""
    said = finish(start(prepared, "whole"))
    assert said.count("by the rectangle metric") == 1, "only the first process speaks"
    return prepared / "whole"


def notes(run: Path, kind: str) -> list[list[str]]:
    place = run.with_name(f"{run.name} notes")
    return [path.read_text().splitlines() for path in sorted(place.glob(f"{kind}?"))]


@pytest.mark.timeout(600)
def test_each_sample_is_seen_once_an_epoch_and_half_by_each(whole: Path) -> None:
    first, second = notes(whole, "seen")
    assert len(first) == len(second) == KEPT * EPOCHS // 2
    seen = Counter(first + second)
    assert set(seen.values()) == {1}
    epochs = Counter(key.split()[0] for key in seen)
    assert epochs == {str(epoch): KEPT for epoch in range(EPOCHS)}


@pytest.mark.timeout(600)
def test_both_end_with_the_same_weights_and_one_writes(whole: Path) -> None:
    first, second = notes(whole, "weights")
    assert first == second
    assert len(first) == 1
    assert notes(whole, "saved") == [["weights"]]
    assert len(list((whole / "log").glob("events*"))) == 1
    names = {"weights.safetensors", "last.ckpt", "experiment.yaml", "log"}
    assert {path.name for path in whole.iterdir()} == names


@pytest.mark.timeout(600)
def test_validation_counts_once(whole: Path) -> None:
    (report,) = read_info(whole / "weights.safetensors").accuracy.values()
    assert report["pictures"] == HELD
    events = EventAccumulator(str(whole / "log"))
    events.Reload()
    scalars = events.Scalars("accuracy/jaccard_0.25")
    assert len({scalar.step for scalar in scalars}) == len(scalars) == EPOCHS
    assert scalars[-1].value == pytest.approx(report["accuracy"]["0.25"])


@pytest.mark.timeout(600)
def test_killed_and_resumed_ends_with_the_same_weights(
    prepared: Path, whole: Path, soon: Callable[..., Any]
) -> None:
    process = start(prepared, "killed")
    run = prepared / "killed"
    try:
        while process.poll() is None and not (run / "last.ckpt").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        other = int((prepared / "killed notes" / "pid1").read_text())
        # It misses its partner and ends by itself; no test leaves it behind.
        left = not soon(lambda: not Path(f"/proc/{other}").exists())
        if left:
            os.kill(other, signal.SIGKILL)
        said = process.communicate()[0]
    assert not left, "a process went on alone"
    assert (run / "last.ckpt").exists(), said
    assert not (run / "weights.safetensors").exists()
    finish(start(prepared, "killed"))
    resumed = load_file(run / "weights.safetensors")
    for name, value in load_file(whole / "weights.safetensors").items():
        np.testing.assert_array_equal(resumed[name], value, name)
