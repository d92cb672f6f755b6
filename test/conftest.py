"""What tests share: the checkout, data that cannot be shipped, a ROS domain of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grasp_detector.ros.children import own_domain

TOP = Path(__file__).resolve().parent.parent


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

    Parallel workers, test runs and demos beside this one keep apart.
    """
    with own_domain() as domain:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        yield domain
