"""Arguments of the launch file against the sections of parameter files, in the real node."""

from __future__ import annotations

from pathlib import Path

import pytest
from ros_rig import Rig

from grasp_detector.errors import InputError
from grasp_detector.ros.parameter_files import write_over

ODD = "a: 'b' \"c\" # 1"  # as a path of weights may be

SECTIONS = {
    "all": "/**: {ros__parameters: {device: file, backlog: 2}}",
    "by name": "/**/grasp_detector: {ros__parameters: {device: file, backlog: 2}}",
    "whole name": "/left/grasp_detector: {ros__parameters: {device: file, backlog: 2}}",
    "nested": "left: {grasp_detector: {ros__parameters: {device: file, backlog: 2}}}",
    "two": "/left/grasp_detector: {ros__parameters: {backlog: 2}}\n"
    "/**/grasp_detector: {ros__parameters: {device: file}}",
}


@pytest.mark.parametrize("text", SECTIONS.values(), ids=SECTIONS)
def test_what_is_given_wins(rig: Rig, tmp_path: Path, text: str) -> None:
    first, users = tmp_path / "preset.yaml", tmp_path / "user's.yaml"
    first.write_text("/**: {ros__parameters: {device: preset}}")
    users.write_text(text)
    over = write_over(users, {"device": ODD})
    files = [part for file in (first, users, over) for part in ("--params-file", str(file))]
    process = rig.start("node", *files, "-r", "__ns:=/left")
    assert process.wait() == 2
    assert process.printed().strip() == f"device is {ODD!r}, none of auto, cpu, cuda"
    over.unlink()


def test_a_file_that_is_not_yaml(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [1, 2\n  b: {")
    with pytest.raises(InputError, match=r"bad\.yaml' is not YAML"):
        write_over(tmp_path / "bad.yaml", {"device": "cpu"})
