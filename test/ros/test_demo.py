"""The demo as a user runs it: as a process, with a real camera and a real detector."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence
from ros_rig import HANGUP
from rosbags.highlevel import AnyReader

from grasp_detector.ros import film

pytest.importorskip("pybullet", reason="PyBullet is not installed")

LONG = 150.0  # seconds: the first run ever prepares the network

StartDemo = Callable[..., subprocess.Popen[str]]
GroupEnds = Callable[..., bool]


@pytest.fixture
def start_demo(top: Path, tmp_path: Path, group_ends: GroupEnds) -> Iterator[StartDemo]:
    """Starts the demo in a process group of its own, with ``tmp_path / "out"`` for its files."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "grasp_detector.ros.demo", "--output", f"{tmp_path}/out"]
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=top,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if not group_ends(process.pid, 0.0):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_grasps_arrive_and_all_of_it_is_kept(
    start_demo: StartDemo, group_ends: GroupEnds, tmp_path: Path
) -> None:
    demo = start_demo("--seconds", "6", "--record")
    printed, errors = demo.communicate(timeout=LONG)
    assert demo.returncode == 0, errors
    answered, published = map(int, re.findall(r"answered\s+(\d+) of (\d+) pairs", printed)[-1])
    assert published > 60  # of 180: what a busy machine leaves of 30 Hz
    assert 10 < answered <= published  # how many is the processor's affair
    assert re.search(r"latency +p50 \d+ ms, p99 \d+ ms", printed)
    summary = cv2.imread(str(tmp_path / "out" / "summary.png"))
    assert summary is not None and summary.std() > 10
    assert (tmp_path / "out" / "object_01.png").exists()
    with AnyReader([tmp_path / "out" / "recording"]) as recording:
        counts = {topic: info.msgcount for topic, info in recording.topics.items()}
    assert counts["/grasps"] > max(10, answered / 2)
    images = counts["/rgb/image_raw"]
    assert images == counts["/depth/image_raw"] > 10
    assert min(counts[f"/{topic}"] for topic in film.KINDS) > 10
    assert counts["/rgb/camera_info"] > images  # of the images only some are kept
    with Pillow.open(tmp_path / "out" / "film.webp") as animated:
        assert len(list(ImageSequence.Iterator(animated))) > 1
    assert group_ends(demo.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, HANGUP])
def test_a_signal_ends_all_processes(
    start_demo: StartDemo,
    group_ends: GroupEnds,
    soon: Callable[..., Any],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    demo = start_demo("--seconds", "100")
    log = tmp_path / "out" / "detector.log"
    assert soon(lambda: log.exists() and "active: " in log.read_text(), LONG)
    assert demo.poll() is None
    # Ctrl-C reaches the whole group, as does a terminal's end; kill and make only the demo.
    if number != signal.SIGTERM:
        os.killpg(demo.pid, number)
    else:
        demo.send_signal(number)
    demo.communicate(timeout=20)
    assert demo.returncode == 128 + number
    assert group_ends(demo.pid)


def test_a_camera_that_fails_is_named(
    start_demo: StartDemo,
    group_ends: GroupEnds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "pybullet.py").write_text("raise ImportError('not here')\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    demo = start_demo("--seconds", "5")
    _, errors = demo.communicate(timeout=LONG)
    assert demo.returncode == 1
    assert errors.startswith("demo: simulated_camera ended with status 2")
    assert "needs PyBullet (not here)" in errors
    assert group_ends(demo.pid)
