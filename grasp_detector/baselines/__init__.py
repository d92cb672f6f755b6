"""What the networks are compared with: each learns from training pictures and finds one grasp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from grasp_detector.baselines.ranker import LinearRanker
from grasp_detector.baselines.simple import Chance, MeanRectangle
from grasp_detector.baselines.sliding_window import SlidingWindow
from grasp_detector.data import Sample
from grasp_detector.evaluation import Finder

__all__ = ["BASELINES", "Baseline", "Chance", "LinearRanker", "MeanRectangle", "SlidingWindow"]


class Baseline(Protocol):
    """A dataclass of settings; the same settings and samples make the same finder."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def fit(self, samples: Sequence[Sample]) -> Finder:
        """Learn from training samples; see `evaluation.Finder`."""


BASELINES: dict[str, Baseline] = {
    "chance": Chance(),
    "mean_rectangle": MeanRectangle(),
    "linear_ranker": LinearRanker(),
    "sliding_window": SlidingWindow(),
}
