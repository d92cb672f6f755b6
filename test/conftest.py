"""What tests share: the checkout, data that cannot be shipped, a ROS domain of their own."""

from __future__ import annotations

import fcntl
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
# Discovery ports of these domains stay below Linux's range of ephemeral ports.
DOMAINS = range(1, 102)


def _shared(variable: str, folder: str) -> Path:
    """The data folder that ``variable`` names, or ``../shared/folder``; skips the test without."""
    named = os.environ.get(variable)
    path = Path(named) if named else TOP.parent / "shared" / folder
    if not path.is_dir():
        pytest.skip(f"no data: {variable} is {'not a folder' if named else 'not set'}")
    return path


@pytest.fixture(scope="session")
def top() -> Path:
    """The top of the checkout."""
    return TOP


@pytest.fixture(scope="session")
def cornell() -> Path:
    """The Cornell Grasping Dataset, or the part of it that is here."""
    return _shared("GRASP_DETECTOR_CORNELL", "cornell")


@pytest.fixture(scope="session")
def kinect_scenes() -> Path:
    """Real Kinect scenes: ``sceneNN_rgb.png``, ``sceneNN_depth.png``, ``camera.json``."""
    return _shared("GRASP_DETECTOR_KINECT_SCENES", "kinect_scenes")


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A ROS domain of the test's own, set in the environment: 1 to 101.

    A locked file stands for each domain in use, so that parallel workers and test runs beside this
    one keep apart; the lock of a process that dies is gone with it.
    """
    folder = Path(tempfile.gettempdir(), "grasp_detector_ros_domains")
    folder.mkdir(exist_ok=True)
    # In random order: what a test left on its domain, say in shared memory, then meets no other.
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        with (folder / str(domain)).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
            yield domain
            return
    pytest.fail("every ROS domain from 1 to 101 is in use by another test")
