"""Variations of pictures beside those of the epochs: for what is learnt before or after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grasp_detector.terminal import progress
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
