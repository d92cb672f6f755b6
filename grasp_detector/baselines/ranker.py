"""A linear ranker over features made by hand, in the manner of Jiang, Moseson and Saxena (2011).

Features are of a rectangle's thirds along the opening: what is between the jaws should differ from
what is under them. The ranker learns that a labelled rectangle comes before any other of the same
picture. What is theirs no longer: the logistic function of the difference in place of a margin, and
one search over all windows in place of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from grasp_detector.baselines.views import (
    all_grasps,
    mistakes,
    negatives_of,
    views_of,
)
from grasp_detector.baselines.windows import (
    all_windows,
    as_planes,
    best_windows,
    look,
    typical_sizes,
)
from grasp_detector.data import Sample
from grasp_detector.evaluation import Finder

_THIRDS = 3
_PATCH = (6, 4 * _THIRDS)
_BORDER = 8  # pixels of a picture's edge that show the table
_NEWTON_STEPS = 12


@dataclass(frozen=True)
class LinearRanker:
    """The search and its training.

    Attributes:
        sizes: typical sizes of rectangles that are tried.
        angles: steps of half a turn.
        stride: pixels (of 224) between windows.
        rivals: other rectangles of the picture that a labelled one is compared with.
        mined: training pictures that are searched for rivals that came first.
        decay: how small the weights are held.
        seed: of the sampled rivals.
    """

    sizes: int = 5
    angles: int = 8
    stride: float = 10.0
    rivals: int = 8
    mined: int = 100
    decay: float = 1e-3
    seed: int = 0

    def fit(self, samples: Sequence[Sample]) -> Finder:
        """Learn the weights from the training pictures."""
        rng = np.random.default_rng(self.seed)
        views = views_of(samples)
        known = all_grasps(views)
        windows = all_windows(typical_sizes(known, self.sizes, self.seed), self.angles, self.stride)
        grasps = [features(channels(view.picture), view.grasps) for view in views]
        mean, spread = _standard(np.concatenate(grasps))

        def seen(
            picture: NDArray[np.uint8], rectangles: NDArray[np.float64]
        ) -> NDArray[np.float64]:
            return (features(channels(picture), rectangles) - mean) / spread

        grasps = [(each - mean) / spread for each in grasps]
        count = self.rivals * 5
        rivals = [seen(v.picture, negatives_of(v, known, count, rng)) for v in views]
        weights = self._rank(grasps, rivals, rng)
        for index in rng.permutation(len(views))[: self.mined]:
            view = views[index]
            hard = mistakes(view, windows, seen(view.picture, windows) @ weights)
            if len(hard):
                rivals[index] = np.concatenate([rivals[index], seen(view.picture, hard)])
        weights = self._rank(grasps, rivals, rng)
        middle = np.median(np.concatenate(grasps) @ weights)
        return lambda pictures: best_windows(
            windows, (seen(picture, windows) @ weights - middle for picture in pictures)
        )

    def _rank(
        self,
        grasps: Sequence[NDArray[np.float64]],
        rivals: Sequence[NDArray[np.float64]],
        rng: np.random.Generator,
    ) -> NDArray[np.float64]:
        """Weights ``(F,)`` by which labelled rectangles come before their rivals.

        Logistic regression on the differences of the pairs, by Newton's method.
        """
        pairs = []
        for good, bad in zip(grasps, rivals, strict=True):
            if len(bad):
                chosen = rng.integers(len(bad), size=(len(good), self.rivals))
                pairs.append((good[:, None] - bad[chosen]).reshape(-1, good.shape[1]))
        difference = np.concatenate(pairs)
        weights = np.zeros(difference.shape[1])
        for _ in range(_NEWTON_STEPS):
            wrong = 1 / (1 + np.exp(np.clip(difference @ weights, -50, 50)))
            slope = -difference.T @ wrong / len(difference) + self.decay * weights
            bend = (difference * (wrong * (1 - wrong))[:, None]).T @ difference / len(difference)
            weights -= np.linalg.solve(bend + self.decay * np.eye(len(weights)), slope)
        return weights


def channels(picture: NDArray[np.uint8]) -> Tensor:
    """Planes ``(4, H, W)`` of features: light, colour, depth, unlikeness to the table.

    The table's colour is the median along the picture's edge.
    """
    planes = as_planes(picture)
    edge = torch.ones(planes.shape[1:], dtype=torch.bool)
    edge[_BORDER:-_BORDER, _BORDER:-_BORDER] = False
    table = planes[:, edge].median(dim=1).values
    red, green, depth = planes
    unlike = (planes - table[:, None, None]).abs().mean(dim=0)
    return torch.stack([(red + green) / 2, red - green, depth, unlike]) / 255


def features(planes: Tensor, grasps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each rectangle ``(N, 5)``, ``(N, F)``.

    Of every channel and third the mean, the deviation and the edges along and across the opening;
    how the middle differs from the jaws and they from each other; lengths; and all their squares.
    """
    seen = look(planes, grasps, _PATCH)
    thirds = torch.stack(seen.chunk(_THIRDS, dim=-1), dim=-1)  # (N, C, rows, columns / 3, 3)
    mean, spread = thirds.mean(dim=(2, 3)), thirds.std(dim=(2, 3))
    along = thirds.diff(dim=3).abs().mean(dim=(2, 3))
    across = thirds.diff(dim=2).abs().mean(dim=(2, 3))
    left, middle, right = mean.unbind(dim=-1)
    jaws = torch.stack([left, right])
    contrast = torch.stack(
        [(left - right).abs(), (middle - jaws.mean(dim=0)).abs(), middle - jaws.amax(dim=0)], dim=-1
    )
    lengths = torch.from_numpy(np.log(np.maximum(grasps[:, 3:], 1.0)))
    parts = [mean, spread, along, across, contrast]
    plain = torch.cat([*(part.flatten(1) for part in parts), lengths], dim=1).double().numpy()
    return np.concatenate([plain, plain**2], axis=1)


def _standard(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and spread of each column; a column that never changes is left as it is."""
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)
