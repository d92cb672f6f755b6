"""Outputs are looked at before the work: what cannot be written costs nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from grasp_detector.errors import InputError
from grasp_detector.files import write_whole
from grasp_detector.outputs import check_file, check_folder


@pytest.mark.parametrize("path", ["", ".", "/", "..", "here"])
def test_a_folder_is_no_file(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    with pytest.raises(InputError, match="is a folder: name a file to write"):
        check_file(Path(path))
    with pytest.raises(InputError, match="is a folder: name a file to write"):
        write_whole(Path(path), "lost")
    assert [each.name for each in tmp_path.iterdir()] == ["here"]


def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for check in (check_file, check_folder):
        with pytest.raises(InputError, match=r"cannot be written: .*file' is not a folder"):
            check(tmp_path / "file" / "deep" / "x.json")
        check(tmp_path / "new" / "deep" / "x.json")
        check(None)
        with pytest.raises(InputError, match="File name too long"):
            check(tmp_path / ("x" * 300))
    with pytest.raises(InputError, match="is not a folder"):
        check_folder(tmp_path / "file")
    check_file(tmp_path / "file", [tmp_path / "other"])
    assert [each.name for each in tmp_path.iterdir()] == ["file"], "nothing is made"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_told_at_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission"):
        check_file(tmp_path / "x.json")


def test_what_is_read_is_known_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "read").touch()
    (tmp_path / "link").symlink_to(tmp_path / "read")
    os.link(tmp_path / "read", tmp_path / "second")
    for name in ("read", "link", "second"):
        with pytest.raises(InputError, match="choose another output"):
            check_file(tmp_path / name, [tmp_path / "gone", tmp_path / "read"])


def test_of_a_link_the_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    for content in ("first", "second"):
        write_whole(link, content)
        assert link.is_symlink()
        assert target.read_text() == content
    assert [each.name for each in target.parent.iterdir()] == ["target.json"]


def test_a_pipe_or_a_device_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null")):
        before = path.stat().st_ino
        for write in (check_file, lambda each: write_whole(each, "lost")):
            with pytest.raises(InputError, match="is a device or a pipe: name a file to write"):
                write(path)
        assert path.stat().st_ino == before
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_a_file_that_cannot_be_moved_to_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is mounted by itself into a container."""

    def busy(aside: Path, place: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    path = tmp_path / "mounted.json"
    path.write_text("before")
    node = path.stat().st_ino
    monkeypatch.setattr(Path, "replace", busy)
    write_whole(path, "after")
    assert (path.read_text(), path.stat().st_ino) == ("after", node)
    assert [each.name for each in tmp_path.iterdir()] == ["mounted.json"]
