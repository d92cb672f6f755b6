"""What many verdicts say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import UNKNOWN
from grasp_detector.evaluation.protocol import Verdict
from grasp_detector.interval import share_interval

THRESHOLDS = (0.25, 0.30, 0.35, 0.40, 0.45, 0.50)
"""Jaccard indices that are printed; the first is the metric's own."""

_BINS = 10


@dataclass(frozen=True)
class Report:
    """Shares of correct pictures.

    Attributes:
        pictures: how many were judged.
        accuracy: by the rectangle metric, at each of `THRESHOLDS`.
        classification: share of the pictures of known category whose grasp has the right class;
            None where nothing is classified.
    """

    pictures: int
    accuracy: dict[float, float]
    classification: float | None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "pictures": self.pictures,
            "accuracy": {f"{threshold:.2f}": share for threshold, share in self.accuracy.items()},
            "classification": self.classification,
        }


@dataclass(frozen=True)
class ConfidenceBin:
    """Pictures whose grasps were about equally sure.

    Attributes:
        low, high: the confidences, low <= confidence < high (the last bin has 1.0, too).
        pictures: how many.
        confidence: the mean.
        correct: share by the rectangle metric.
    """

    low: float
    high: float
    pictures: int
    confidence: float
    correct: float


def summarise(verdicts: Sequence[Verdict]) -> Report:
    """Shares of correct pictures; raises ValueError if there is no verdict."""
    if not verdicts:
        raise ValueError("no picture was judged")
    index = np.array([verdict.jaccard for verdict in verdicts])
    pairs = _classified(verdicts)
    return Report(
        len(verdicts),
        {t: float((index > t).mean()) for t in THRESHOLDS},
        float((pairs[:, 0] == pairs[:, 1]).mean()) if len(pairs) else None,
    )


def confusion(verdicts: Sequence[Verdict], classes: int) -> NDArray[np.int64]:
    """How often each category (row) was taken for each (column), ``(classes, classes)``."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, tuple(_classified(verdicts).T), 1)
    return matrix


def _classified(verdicts: Sequence[Verdict]) -> NDArray[np.int64]:
    """``(M, 2)``: true and given class, where both are known."""
    pairs = np.array([(v.truth, v.category) for v in verdicts], dtype=np.int64).reshape(-1, 2)
    return pairs[(pairs != UNKNOWN).all(axis=1)]


def calibration(verdicts: Sequence[Verdict]) -> list[ConfidenceBin]:
    """Success by confidence, in ten bins of equal width; empty ones are left out."""
    sure = np.array([verdict.confidence for verdict in verdicts], dtype=np.float64)
    correct = np.array([verdict.correct for verdict in verdicts], dtype=np.float64)
    place = np.clip(np.floor(sure * _BINS), 0, _BINS - 1).astype(np.int64)
    return [
        ConfidenceBin(
            number / _BINS,
            (number + 1) / _BINS,
            int((place == number).sum()),
            float(sure[place == number].mean()),
            float(correct[place == number].mean()),
        )
        for number in np.unique(place).tolist()
    ]


def object_interval(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """95 % interval of the share of correct pictures, see `share_interval`.

    Pictures of one object succeed and fail together: objects are what was drawn at random.
    """
    objects = [verdict.object_id or verdict.picture for verdict in verdicts]
    return share_interval([verdict.correct for verdict in verdicts], objects)
