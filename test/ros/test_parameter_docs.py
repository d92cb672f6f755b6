"""One table of parameters: the page, the launch arguments and the running node say the same."""

from __future__ import annotations

import runpy
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest
from rcl_interfaces.srv import DescribeParameters, ListParameters, SetParametersAtomically
from rclpy.parameter import Parameter
from ros_rig import Rig

from grasp_detector.ros.parameter_docs import markdown, parameter_help
from grasp_detector.ros.parameters import Settings

TOP = Path(__file__).resolve().parents[2]


def test_the_page_is_the_tables() -> None:
    page = (TOP / "docs" / "parameters.md").read_text()
    again = "run: tools/with_ros python -m grasp_detector.ros.parameter_docs > docs/parameters.md"
    assert page == markdown(), again


def test_every_parameter_is_explained() -> None:
    page = markdown()
    for each in fields(Settings):
        assert f"| `{each.name}` |" in page
        assert each.metadata["description"] in page
        assert each.metadata["description"].endswith(".")
        for choice in each.metadata["choices"]:
            assert f"`{choice}`" in page


def test_launch_arguments_help_is_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    declared: dict[str, Any] = {}

    def declare(name: str, **about: Any) -> None:
        declared[name] = about

    # What the launch file imports, where launch is not installed.
    for name in ("launch", "launch.actions", "launch.conditions", "launch.substitutions"):
        monkeypatch.setitem(sys.modules, name, MagicMock(spec=ModuleType))
    for name in ("launch_ros", "launch_ros.actions"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    for name, things in {
        "launch": ["LaunchContext", "LaunchDescription", "LaunchDescriptionEntity"],
        "launch.actions": ["OpaqueFunction", "SetEnvironmentVariable"],
        "launch.conditions": ["IfCondition"],
        "launch.substitutions": ["LaunchConfiguration"],
    }.items():
        for thing in things:
            setattr(sys.modules[name], thing, MagicMock())
    monkeypatch.setattr(sys.modules["launch.actions"], "DeclareLaunchArgument", declare, False)
    runpy.run_path(str(TOP / "launch" / "detect.launch.py"))["generate_launch_description"]()
    ours = {each.name for each in fields(Settings)} & set(declared)
    assert {"device", "weights"} <= ours
    for name in ours:
        assert declared[name]["description"] == parameter_help(name)
        assert declared[name]["default_value"] == ""
    assert "One of auto, cpu, cuda. Not given: as params_file says." in parameter_help("device")


def test_a_launchs_own_parameter_file_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / "users.yaml").write_text("/**: {ros__parameters: {backlog: 2}}")
    program = (
        "import sys; from pathlib import Path\n"
        "from grasp_detector.ros.parameter_files import write_over\n"
        "path = write_over(Path(sys.argv[1]), {'device': 'cpu'})\n"
        "assert path.is_file(); print(path)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "users.yaml")]
    written = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TOP).stdout
    assert written.strip()
    assert not Path(written.strip()).exists()


class TestRunningNode:
    @pytest.fixture(scope="class")
    @staticmethod
    def rig(class_rig: Rig) -> Rig:
        class_rig.start("node", autostart=False)
        return class_rig

    @staticmethod
    def call(rig: Rig, kind: Any, **request: Any) -> Any:
        name = "".join(f"_{each}" if each.isupper() else each for each in kind.__name__).lower()
        full = f"/grasp_detector/{name.removeprefix('_')}"
        return rig.call(kind, full, kind.Request(**request))

    def test_it_declares_the_table(self, rig: Rig) -> None:
        names = [each.name for each in fields(Settings)]
        listed = self.call(rig, ListParameters).result.names
        assert set(names) <= set(listed)
        # And nothing that the page does not tell of.
        others = {each for each in listed if not each.startswith("qos_overrides.")} - set(names)
        assert others <= {"use_sim_time", "start_type_description_service"}  # rclpy's own
        for told, each in zip(
            self.call(rig, DescribeParameters, names=names).descriptors,
            fields(Settings),
            strict=True,
        ):
            assert told.description == each.metadata["description"]
            ranges = [*told.integer_range, *told.floating_point_range]
            if each.metadata["low"] is not None:
                (limits,) = ranges
                assert limits.from_value == each.metadata["low"]
                assert limits.to_value == each.metadata["high"]

    def test_changes_are_taken_whole_or_not_at_all(self, rig: Rig) -> None:
        def change(**values: Any) -> str:
            parameters = [
                Parameter(name, value=value).to_parameter_msg() for name, value in values.items()
            ]
            result = self.call(rig, SetParametersAtomically, parameters=parameters).result
            assert result.successful == (not result.reason)
            return str(result.reason)

        assert change(max_grasps=7, sync_slop=0.05) == ""
        refused = change(max_grasps=8, engine="steam")
        assert "engine is 'steam'" in refused
        assert change(min_opening=0.2, max_opening=0.1)
        from rcl_interfaces.srv import GetParameters

        names = ["max_grasps", "sync_slop", "min_opening"]
        values = self.call(rig, GetParameters, names=names).values
        assert values[0].integer_value == 7
        assert [each.double_value for each in values[1:]] == [0.05, 0.0]

    def test_an_integer_is_taken_for_a_float(self, rig: Rig) -> None:
        from ros_rig import set_parameter

        assert set_parameter(rig, "sync_slop", 1) == ""
        assert set_parameter(rig, "sync_slop", 11)
        assert set_parameter(rig, "max_grasps", 1.0)
