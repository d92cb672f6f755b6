"""A ROS domain of the test's own with the real node on it, as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
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
    from ros_rig import Process, Rig


class StartNode(Protocol):
    """Starts the detector node as a process."""

    def __call__(self, *arguments: str, **parameters: Any) -> Process: ...


@pytest.fixture
def rig(ros_domain: int, tmp_path: Path) -> Iterator[Rig]:
    from ros_rig import Rig

    rig = Rig(ros_domain, tmp_path)
    yield rig
    rig.close()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of an untrained network, the same each time so that its ONNX file is kept."""
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    code = (
        "import sys, torch; from pathlib import Path\n"
        "from grasp_detector.model.network import GraspNetwork\n"
        "from grasp_detector.model.spec import ModelSpec\n"
        "from grasp_detector.model.weights import WeightsInfo, save_weights\n"
        "torch.manual_seed(0); spec = ModelSpec()\n"
        "save_weights(Path(sys.argv[1]), GraspNetwork(spec), WeightsInfo(spec))\n"
    )
    # In a process of its own: torch is slow to load and never leaves.
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, cwd=TOP)
    return path


@pytest.fixture
def start_node(rig: Rig, weights: Path) -> StartNode:
    def start(*arguments: str, **parameters: Any) -> Process:
        # Reliable: a test that counts must not depend on how busy the machine is. And whatever
        # the untrained network finds is a grasp.
        defaults = {
            "weights": weights,
            "min_confidence": 0.0,
            "image_reliability": "reliable",
            "image_queue": 100,
            "backlog": 100,
        }
        return rig.start("node", *arguments, **(defaults | parameters))

    return start
