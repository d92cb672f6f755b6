"""A ROS domain of the test's own with the real node on it, as a process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # ros_rig
# Read by Fast DDS once a process, so before any test.
for _name in ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"):
    os.environ.setdefault(_name, str(TOP / "config" / "fastdds.xml"))

if TYPE_CHECKING:
    from ros_rig import Process, Rig, Running, StartRunning


class StartNode(Protocol):
    """Starts the detector node as a process; ``program`` runs in its place."""

    def __call__(
        self, *arguments: str, program: list[str] | None = None, **parameters: Any
    ) -> Process: ...


@pytest.fixture
def rig(ros_domain: int, tmp_path: Path) -> Iterator[Rig]:
    from ros_rig import Rig

    rig = Rig(ros_domain, tmp_path)
    yield rig
    rig.close()


@pytest.fixture(scope="class")
def class_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One rig for all tests of a class: starting the node takes longer than most tests of it."""
    from ros_rig import own_rig

    with own_rig(tmp_path_factory.mktemp("rig")) as rig:
        yield rig


@pytest.fixture(scope="session")
def weights() -> Path:
    """The shipped weights, exported, and the fastest engine known: that may take half a minute."""
    from grasp_detector.detector.choice import fastest
    from grasp_detector.weights_path import default_weights

    path = default_weights()
    fastest(path)
    return path


@pytest.fixture
def start_node(rig: Rig, weights: Path) -> StartNode:
    return starter(rig, weights)


@pytest.fixture
def start_running(rig: Rig, start_node: StartNode) -> StartRunning:
    """Starts the node as `start_node` does, and shows pictures until it answers."""
    from ros_rig import Running

    return partial(Running.begun, rig, start_node)


@pytest.fixture
def running(start_running: StartRunning) -> Running:
    """The node, which has answered."""
    return start_running()


def starter(rig: Rig, weights: Path) -> StartNode:
    """What starts the node in a rig."""

    def start(*arguments: str, program: list[str] | None = None, **parameters: Any) -> Process:
        # Reliable and patient: a test that counts must not depend on how busy the machine is.
        # And whatever the network finds is a grasp.
        defaults = {
            "weights": weights,
            "min_confidence": 0.0,
            "image_reliability": "reliable",
            "image_queue": 100,
            "backlog": 100,
        }
        program = program or ["-m", "grasp_detector.ros.node"]
        return rig.run(program, *arguments, **(defaults | parameters))

    return start
