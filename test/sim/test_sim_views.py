"""The stream of frames: steady, repeatable, and no process left behind."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.errors import InputError
from grasp_detector.sim.views import GRAINS, Frame, ViewStream

LONG = 60.0  # seconds: a very busy machine


@pytest.fixture
def open_stream() -> Iterator[Callable[..., ViewStream]]:
    streams: list[ViewStream] = []

    def start(seed: int = 0, hold: float = 3.0) -> ViewStream:
        streams.append(ViewStream(seed, hold))
        return streams[-1]

    yield start
    for stream in streams:
        stream.close()


def wait(stream: ViewStream, view: int = 0) -> Frame:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        frame = stream.frame()
        if frame is not None and frame.view >= view:
            return frame
        time.sleep(0.01)
    pytest.fail(f"no view {view} within {LONG:.0f} s")


def test_frames_come_at_once_while_the_next_view_is_rendered(
    open_stream: Callable[..., ViewStream],
) -> None:
    stream = open_stream(hold=0.0)
    first = wait(stream)
    took: list[float] = []
    views: set[int] = set()
    while len(views) < 3:
        began = time.perf_counter()
        frame = stream.frame()
        took.append(time.perf_counter() - began)
        assert frame is not None
        views.add(frame.view)
        time.sleep(0.005)
    assert first.view == 0
    assert np.median(took) < 0.001
    assert np.percentile(took, 99) < 0.03  # a thirtieth of a second, even when the view changes


def test_frames_of_a_view_differ_by_noise_only(open_stream: Callable[..., ViewStream]) -> None:
    stream = open_stream(hold=LONG)
    wait(stream)
    frames = [stream.frame() for _ in range(GRAINS)]
    assert all(frame is not None and frame.view == 0 for frame in frames)
    first, second = frames[:2]
    assert first is not None and second is not None
    assert first.rgb.shape == (480, 640, 3) and first.rgb.dtype == np.uint8
    assert first.depth.shape == (480, 640) and first.depth.dtype == np.uint16
    assert (first.rgb != second.rgb).mean() > 0.3
    assert np.abs(first.rgb.astype(int) - second.rgb).mean() < 5
    both = (first.depth > 0) & (second.depth > 0)
    assert both.mean() > 0.8
    assert np.abs(first.depth.astype(int) - second.depth)[both].mean() < 5


def test_same_seed_same_frames(open_stream: Callable[..., ViewStream]) -> None:
    frames = []
    for seed in (4, 4, 5):
        stream = open_stream(seed)
        frames.append(wait(stream))
        stream.close()
    assert (frames[0].rgb == frames[1].rgb).all()
    assert (frames[0].depth == frames[1].depth).all()
    assert (frames[0].rgb != frames[2].rgb).any()


def test_close_ends_the_process(open_stream: Callable[..., ViewStream]) -> None:
    stream = open_stream()
    process = stream._beside.process
    assert process.poll() is None
    stream.close()
    assert process.returncode is not None
    assert not stream._reader.is_alive()
    stream.close()


def test_without_pybullet_the_reason_is_given(
    open_stream: Callable[..., ViewStream], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pybullet.py").write_text("raise ImportError('not here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(InputError, match=r"needs PyBullet \(not here\)"):
        wait(open_stream())


def test_a_crash_is_told(
    open_stream: Callable[..., ViewStream], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pybullet.py").write_text("raise RuntimeError('on fire')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="RuntimeError: on fire"):
        wait(open_stream())
