"""What commands say, and how far they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def plain_console(stderr: bool = False) -> Console:
    """A console that prints what it is given: a file's name may look like markup, and be long."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False)


def progress(
    work: Iterable[T], what: str, total: int | None = None, console: Console | None = None
) -> Iterable[T]:
    """The work, with a progress bar where somebody sees it.

    Args:
        work: whose parts are counted.
        what: it is, in a word.
        total: how many parts there are, where the work itself does not know.
        console: where other things are said meanwhile; None = standard error.
    """
    console = console or plain_console(stderr=True)
    return track(
        work, what, total=total, console=console, transient=True, disable=not console.is_terminal
    )
