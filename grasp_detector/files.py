"""Files that several processes share: written whole or not at all, and locked."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grasp_detector.errors import InputError


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A place beside a file, to write to; what is there is then moved to the file's own.

    The folder is made. Where the writing fails, nothing is moved and nothing is left.

    Raises:
        InputError: the folder cannot be written, or the path is a folder's.
    """
    if not path.name:
        raise InputError(f"{str(path)!r} is a folder: name a file to write")
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, whole or not at all; see `written_aside`."""
    with written_aside(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)


def name_of(path: Path) -> str:
    """The path as text that can be written: old file systems have names that are no UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode()


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
        file = path.open("w")
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
