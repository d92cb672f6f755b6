"""Variations of pictures beside those of the epochs: for what is learnt before or after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import track

from grasp_detector.training.dataset import Item, TrainingSet, collate

BATCH = 64


def variations(
    pictures: TrainingSet, indices: Sequence[int], count: int, what: str
) -> Iterator[Item]:
    """Batches of ``count`` variations of some pictures: none that an epoch shows.

    Args:
        pictures: the training's own.
        indices: of the pictures.
        count: variations of each.
        what: for the progress bar.
    """
    keys = [(pictures.config.epochs + each, index) for each in range(count) for index in indices]
    for first in progress(range(0, len(keys), BATCH), what):
        yield collate([pictures[key] for key in keys[first : first + BATCH]])


def progress(work: range, what: str) -> Iterable[int]:
    """The work, with a progress bar where somebody sees it."""
    console = Console(stderr=True)
    return track(work, what, console=console, transient=True, disable=not console.is_terminal)
