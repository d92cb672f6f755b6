"""Top-1 grasps on the fixed central crop, judged by the exact rectangle metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import UNKNOWN, Sample
from grasp_detector.geometry import JACCARD_THRESHOLD, best_jaccard
from grasp_detector.model.grid import best_grasp
from grasp_detector.rgbd import central_crop, fuse, to_network

THRESHOLDS = (0.25, 0.30, 0.35, 0.40, 0.45, 0.50)
"""Jaccard indices that are printed; the first is the metric's own."""

Network = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""``(B, 3, 224, 224)`` to the raw grid ``(B, 7 + K, N, N)``."""


@dataclass(frozen=True)
class Verdict:
    """One picture judged.

    Attributes:
        sample: the picture.
        grasp: ``(5,)`` the most confident grasp, pixels of the picture.
        confidence: of it.
        jaccard: its best Jaccard index among the labels within 30 degrees, 0 if none is.
        category: the class that the network gives it, -1 = none.
    """

    sample: Sample
    grasp: NDArray[np.float64]
    confidence: float
    jaccard: float
    category: int

    @property
    def correct(self) -> bool:
        """By the rectangle metric."""
        return self.jaccard > JACCARD_THRESHOLD


@dataclass(frozen=True)
class Report:
    """Shares of correct pictures.

    Attributes:
        pictures: how many were judged.
        accuracy: by the rectangle metric, at each of `THRESHOLDS`.
        classification: share of the pictures of known category whose grasp has the right class;
            None where the network does not classify.
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


def judge(network: Network, samples: Sequence[Sample], batch: int = 16) -> Iterable[Verdict]:
    """Verdicts in the samples' order, as they come."""
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        crops, pictures = [], []
        for sample in part:
            rgb = sample.rgb()
            crops.append(central_crop(*rgb.shape[:2]))
            pictures.append(fuse(rgb, sample.depth(), crops[-1].to_network))
        best = best_grasp(network(to_network(np.stack(pictures))))
        for sample, crop, grasp, sure, kind in zip(part, crops, *best, strict=True):
            found = crop.grasps_to_picture(grasp)
            index = float(best_jaccard(found, sample.grasps)[0])
            yield Verdict(sample, found, float(sure), index, int(kind))


def summarise(verdicts: Sequence[Verdict]) -> Report:
    """Shares of correct pictures; raises ValueError if there is no verdict."""
    if not verdicts:
        raise ValueError("no picture was judged")
    index = np.array([verdict.jaccard for verdict in verdicts])
    pairs = np.array([(v.category, v.sample.category) for v in verdicts])
    pairs = pairs[(pairs != UNKNOWN).all(axis=1)]
    return Report(
        len(verdicts),
        {t: float((index > t).mean()) for t in THRESHOLDS},
        float((pairs[:, 0] == pairs[:, 1]).mean()) if len(pairs) else None,
    )


def object_interval(verdicts: Sequence[Verdict], draws: int = 4000) -> tuple[float, float]:
    """95 % interval of the share of correct pictures, by resampling objects (bootstrap).

    Pictures of one object succeed and fail together: objects are what was drawn at random.
    """
    names = [verdict.sample.object_id or verdict.sample.name for verdict in verdicts]
    _, owner = np.unique(names, return_inverse=True)
    pictures = np.bincount(owner)
    correct = np.bincount(owner, weights=[verdict.correct for verdict in verdicts])
    drawn = np.random.default_rng(0).integers(len(pictures), size=(draws, len(pictures)))
    shares = correct[drawn].sum(axis=1) / pictures[drawn].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)
