"""Files that several processes share: written whole or not at all, and locked."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from grasp_detector.errors import InputError


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A place beside a file, to write to; what is there is then moved to the file's own.

    The folder is made. Where the writing fails, nothing is moved and nothing is left. Of a link its
    target is written.

    Raises:
        InputError: the folder cannot be written, or the path is a folder's, a device's or a pipe's.
    """
    try:
        check_replaceable(path)
        place = Path(os.path.realpath(path))
        aside = place.with_name(f".{place.name}.{os.getpid()}")
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
            _put(aside, place)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def check_replaceable(path: Path) -> None:
    """See that a file may take this place: what is there may be no folder, no device and no pipe.

    Raises:
        InputError: it is one; as root, as in many containers, a device would be gone for everybody.
    """
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder: name a file to write")
    if path.exists() and not path.is_file():
        raise InputError(f"{str(path)!r} is a device or a pipe: name a file to write")


def _put(aside: Path, place: Path) -> None:
    try:
        aside.replace(place)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        # A file that is mounted by itself, as into a container, keeps its place.
        shutil.copyfile(aside, place)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, whole or not at all; see `written_aside`."""
    with written_aside(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)


def name_of(path: Path) -> str:
    """The path as text that can be written: old file systems have names that are no UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def size_of(path: Path) -> int | None:
    """A file's bytes; None where there is no file, which is for those to say who read it."""
    return path.stat().st_size if path.is_file() else None


@contextmanager
def locked(path: Path, wait: bool = False) -> Iterator[bool]:
    """Hold a lock that ends with this process, however it ends.

    The file stays: to remove a file that somebody may be about to lock would let two hold it.

    Args:
        path: of the lock's own file; its folder is made.
        wait: until the lock is free.

    Yields:
        Whether it is held: without ``wait``, False where another process holds it.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _opened(path)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _opened(path: Path) -> IO[bytes]:
    """A lock's file, made if need be. It may lie where others can write: no link is followed.

    It is empty, and whoever may read it can hold it: all may, whatever the umask.
    """
    harmless = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | harmless, 0o666)
    except PermissionError:  # another user's: to read is enough
        number = os.open(path, os.O_RDONLY | harmless)
    if os.fstat(number).st_size == 0:  # not somebody's work that was put here
        with suppress(OSError):  # another user's, or on a disk that knows no modes
            os.fchmod(number, 0o644)
    return os.fdopen(number, "rb")
