"""Processes of ours that others of ours start, and the domains they speak in."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grasp_detector.errors import InputError
from grasp_detector.ros import children
from grasp_detector.ros.children import DOMAINS, Children, own_domain


def test_each_run_has_a_domain_of_its_own() -> None:
    with own_domain() as one, own_domain() as another:
        assert one != another


def test_bad_input_of_a_run_is_no_domain_in_use() -> None:
    with pytest.raises(InputError, match="a reason"), own_domain():
        raise InputError("a reason")


def test_a_child_is_ours_in_any_folder(
    ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, soon: Callable[..., Any]
) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)
    with Children(ros_domain) as some:
        child = some.start("benchmarks.camera", {"rate": 0.0}, tmp_path / "log")
        soon(lambda: child.status is not None)
    assert (child.status, child.tail()) == (2, "rate is 0.0, outside 0 to 1000")


def test_locks_are_for_all_users_and_empty_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "grasp_detector_ros_domains"
    before = os.umask(0o077)
    try:
        with own_domain() as one:
            assert [each.name for each in folder.iterdir()] == [str(one)]
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    # Somebody has put links in the locks' place, to what is not theirs.
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("all of it")
    (folder / str(one)).unlink()
    for domain in DOMAINS:
        (folder / str(domain)).symlink_to(thesis)
    with pytest.raises(InputError, match="cannot be written: Too many levels"), own_domain():
        pass
    assert thesis.read_text() == "all of it"
    shutil.rmtree(folder)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link, which is not ours"), own_domain():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_another_users_domain_is_in_use_too(monkeypatch: pytest.MonkeyPatch, umask: int) -> None:
    monkeypatch.setattr(children, "DOMAINS", range(1, 3))
    # Not in tmp_path, which others may not enter.
    with tempfile.TemporaryDirectory() as place, monkeypatch.context() as patch:
        Path(place).chmod(0o755)
        patch.setattr(tempfile, "tempdir", place)
        before = os.umask(umask)
        try:
            _two_users()
        finally:
            os.umask(before)


def _two_users() -> None:
    with own_domain() as ours:
        os.seteuid(65534)
        try:
            with own_domain() as theirs:
                assert theirs != ours
                with pytest.raises(InputError, match="in use"), own_domain():
                    pass
        finally:
            os.seteuid(0)
