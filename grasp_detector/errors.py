"""The one error of bad input, and what errors say in a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Input that cannot be used; the message is one line: what is wrong and what to do."""


def first_line(error: BaseException) -> str:
    """An error's message, its first line; its type, where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What is wrong in here is wrong with this file, and the message begins with its name."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from error
