"""The rooms keep their walls: who may import whom, and what importing the package costs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROS = {
    "rclpy",
    "cv_bridge",
    "message_filters",
    "tf2_ros",
    "launch",
    "launch_ros",
    "ament_index_python",
}
# One way through the house: each room and the rooms that it may import.
ROOMS = {
    "geometry": set[str](),
    "rgbd": {"geometry"},
    "model": {"geometry", "rgbd"},
    "detector": {"geometry", "rgbd", "model"},
    "data": {"geometry", "rgbd", "model"},
    "evaluation": {"geometry", "rgbd", "model", "detector", "data"},
    "baselines": {"geometry", "rgbd", "data", "evaluation"},
    "training": {"geometry", "rgbd", "model", "detector", "data", "evaluation"},
    "bench": {"geometry", "rgbd", "model", "detector", "evaluation", "baselines"},
    "sim": {"geometry", "rgbd", "detector"},
    "ros": {"geometry", "rgbd", "detector", "data", "sim"},
    "cli": {
        *("geometry", "rgbd", "model", "detector", "data"),
        *("training", "evaluation", "baselines", "bench", "sim"),
    },
}


def imports(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(top: Path, room: str) -> list[Path]:
    return sorted((top / "grasp_detector" / room).rglob("*.py"))


def test_nothing_outside_ros_knows_ros(top: Path) -> None:
    inside = set(modules(top, "ros"))
    guilty = [
        f"{path.relative_to(top)}: {name}"
        for path in modules(top, ".")
        if path not in inside
        for name in imports(path)
        if name.split(".")[0] in ROS
        or name.startswith(("grasp_detector.msg", "grasp_detector.srv"))
    ]
    assert not guilty


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_rooms_above_it(top: Path, room: str) -> None:
    below = set(ROOMS) - ROOMS[room] - {room}
    guilty = {
        f"{path.relative_to(top)}: {name}"
        for path in modules(top, room)
        for name in imports(path)
        if name.startswith("grasp_detector.") and name.split(".")[1] in below
    }
    assert not guilty


def test_importing_the_package_is_cheap(top: Path) -> None:
    program = "import sys, grasp_detector; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=top, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "rclpy", "numpy", "cv2", "onnxruntime"} & set(loaded)


def test_the_drawing_in_the_docs_shows_these_walls(top: Path) -> None:
    drawing = (top / "docs" / "architecture.md").read_text().partition("```mermaid")[2]
    chains = re.findall(r"^    (\w+(?: --> \w+)+)$", drawing.partition("```")[0], re.MULTILINE)
    arrows = [pair for chain in chains for pair in pairwise(chain.split(" --> "))]
    assert {room for arrow in arrows for room in arrow} == set(ROOMS) - {"baselines"}
    assert not [arrow for arrow in arrows if arrow[0] not in ROOMS[arrow[1]]]
