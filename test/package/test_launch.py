"""Launch files, as far as they can be checked where `launch` is not installed: by reading them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
FILES = sorted((TOP / "launch").glob("*.py"))


def first_arguments(tree: ast.AST, function: str) -> set[str]:
    """The constant first arguments of all calls of ``function``."""
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def keywords(tree: ast.AST, function: str, keyword: str) -> set[str]:
    """The constant values of ``keyword`` in all calls of ``function``."""
    return {
        argument.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
        for argument in node.keywords
        if argument.arg == keyword
        and isinstance(argument.value, ast.Constant)
        and isinstance(argument.value.value, str)
    }


def test_there_are_launch_files() -> None:
    assert "detect.launch.py" in [file.name for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
class TestLaunchFile:
    def test_describes_a_launch(self, file: Path) -> None:
        functions = [
            node.name
            for node in ast.parse(file.read_text()).body
            if isinstance(node, ast.FunctionDef)
        ]
        assert "generate_launch_description" in functions

    def test_uses_the_arguments_that_it_declares(self, file: Path) -> None:
        tree = ast.parse(file.read_text())
        used = first_arguments(tree, "LaunchConfiguration")
        assert used == first_arguments(tree, "DeclareLaunchArgument")

    def test_starts_executables_that_exist(self, file: Path) -> None:
        tree = ast.parse(file.read_text())
        executables = keywords(tree, "Node", "executable") | keywords(
            tree, "LifecycleNode", "executable"
        )
        ours = {script.name for script in (TOP / "scripts").iterdir()}
        assert executables <= ours | {"rviz2"}

    def test_names_files_that_exist(self, file: Path) -> None:
        named = {
            node.value
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w./-]+\.(yaml|rviz|xml|launch\.py)", node.value)
        }
        shipped = {
            path.name for folder in ("config", "launch") for path in (TOP / folder).rglob("*")
        }
        assert {Path(name).name for name in named} <= shipped


def test_launch_files_need_only_what_ros_brings() -> None:
    """`ros2 launch` runs in the system's Python, which does not see what pip put beside it."""
    imports = "\n".join(
        ast.unparse(node)
        for file in FILES
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grasp_detector")
    )
    blocked = ["torch", "safetensors", "onnx", "onnxruntime", "openvino", "typer", "rich"]
    code = f"import sys\nsys.modules.update(dict.fromkeys({blocked}))\n{imports}"
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_example_gives_arguments_that_are_known_and_keeps_the_driver_s_to_it() -> None:
    tree = ast.parse((TOP / "examples" / "bringup.launch.py").read_text())
    detect = ast.parse((TOP / "launch" / "detect.launch.py").read_text())

    def calls(inside: ast.AST, function: str) -> list[ast.Call]:
        return [
            node
            for node in ast.walk(inside)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == function
        ]

    grouped = [call for group in calls(tree, "GroupAction") for call in calls(group, "_included")]
    (ours,) = (call for call in calls(tree, "_included") if call not in grouped)
    assert "detect.launch.py" in ast.unparse(ours)
    assert len(grouped) == 1
    given = ast.literal_eval(ours.args[1])
    assert given
    assert set(given) <= first_arguments(detect, "DeclareLaunchArgument")
