"""Confusion and calibration, from verdicts that are known."""

import numpy as np
import pytest

from grasp_detector.evaluation import Verdict, calibration, confusion, summarise


def verdict(
    confidence: float = 0.5, jaccard: float = 0.0, truth: int = -1, category: int = -1
) -> Verdict:
    return Verdict("a", "1", truth, np.zeros(5), confidence, jaccard, category)


def test_confusion_counts_true_rows_and_given_columns_where_both_are_known() -> None:
    pairs = [(0, 0), (0, 2), (0, 2), (2, 0), (-1, 1), (1, -1)]
    matrix = confusion([verdict(truth=t, category=c) for t, c in pairs], 3)
    assert matrix.tolist() == [[1, 0, 2], [0, 0, 0], [1, 0, 0]]
    assert confusion([verdict()], 2).tolist() == [[0, 0], [0, 0]]


def test_the_trace_of_the_confusion_is_the_classification() -> None:
    rng = np.random.default_rng(0)
    some = [verdict(truth=int(t), category=int(c)) for t, c in rng.integers(-1, 3, (60, 2))]
    matrix = confusion(some, 3)
    assert summarise(some).classification == pytest.approx(np.trace(matrix) / matrix.sum())


def test_calibration_tells_success_by_confidence() -> None:
    some = [verdict(0.11, 0.9), verdict(0.19), verdict(0.1), verdict(0.95, 0.3), verdict(1.0, 0.3)]
    low, high = calibration(some)
    assert (low.low, low.high, low.pictures) == (0.1, 0.2, 3)
    assert low.correct == pytest.approx(1 / 3)
    assert low.confidence == pytest.approx(0.4 / 3)
    assert (high.low, high.high, high.pictures, high.correct) == (0.9, 1.0, 2, 1.0)
    assert calibration([]) == []
