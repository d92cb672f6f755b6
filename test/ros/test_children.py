"""Processes of ours that others of ours start, and the domains they speak in."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

import pytest

from grasp_detector.errors import InputError
from grasp_detector.ros.children import Children, own_domain

LONG = 60.0  # seconds


def test_each_run_has_a_domain_of_its_own() -> None:
    with own_domain() as one, own_domain() as another:
        assert one != another


def test_bad_input_of_a_run_is_no_domain_in_use() -> None:
    with pytest.raises(InputError, match="a reason"), own_domain():
        raise InputError("a reason")


def test_a_child_is_ours_in_any_folder(
    ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)
    with Children(ros_domain) as children:
        child = children.start("benchmarks.camera", {"rate": 0.0}, tmp_path / "log")
        until = monotonic() + LONG
        while child.status is None and monotonic() < until:
            sleep(0.05)
    assert (child.status, child.tail()) == (2, "rate is 0.0, outside 0 to 1000")
