"""A window slid over places, angles and sizes, in the manner of Lenz, Lee and Saxena (2013).

Every window is turned into its rectangle's frame, and a small network says how likely it is a
grasp. What is theirs no longer: one convolutional network in place of two layers of features
learnt without labels, no second network for the best hundred windows, and hard negatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from grasp_detector.baselines.views import (
    View,
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
from grasp_detector.evaluation import Finder, Found

_PATCH = (24, 24)
_REACH = 1.5  # the fingers and what they might hit are seen, too
_BATCH = 4096  # windows at a time


@dataclass(frozen=True)
class SlidingWindow:
    """The search and its training.

    Attributes:
        sizes: typical sizes of rectangles that are tried.
        angles: steps of half a turn.
        stride: pixels (of 224) between windows.
        epochs: passes over the labelled grasps, before and again after the hard negatives.
        negatives: rectangles that are no grasps, a labelled one.
        mined: training pictures that are searched for hard negatives.
        learning_rate: of Adam.
        seed: of the network, of the sampled negatives and of the order.
    """

    sizes: int = 5
    angles: int = 8
    stride: float = 10.0
    epochs: int = 10
    negatives: int = 4
    mined: int = 50
    learning_rate: float = 1e-3
    seed: int = 0

    def fit(self, samples: Sequence[Sample]) -> Finder:
        """Train the network on patches of the training pictures."""
        rng = np.random.default_rng(self.seed)
        views = views_of(samples)
        known = all_grasps(views)
        windows = all_windows(typical_sizes(known, self.sizes, self.seed), self.angles, self.stride)
        grasps = [view.grasps for view in views]
        others = [negatives_of(v, known, self.negatives * len(v.grasps), rng) for v in views]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = patch_network()
            positive, negative = patches(views, grasps), patches(views, others)
            self._train(network, positive, negative)
            hard = [np.empty((0, 5))] * len(views)
            for index in rng.permutation(len(views))[: self.mined]:
                score = scores(network, as_planes(views[index].picture), windows)
                hard[index] = mistakes(views[index], windows, score)
            self._train(network, positive, torch.cat([negative, patches(views, hard)]))
        return lambda pictures: search(network, windows, pictures)

    def _train(self, network: nn.Module, positive: Tensor, negative: Tensor) -> None:
        optimizer = torch.optim.Adam(network.parameters(), lr=self.learning_rate)
        seen = torch.cat([positive, negative])
        truth = torch.cat([torch.ones(len(positive)), torch.zeros(len(negative))])
        network.train()
        for _ in range(self.epochs):
            for part in torch.randperm(len(seen)).split(128):
                batch = seen[part]
                # A grasp stays one if it is seen from behind or in a mirror.
                batch = batch.flip(-1) if torch.rand(()) < 0.5 else batch
                batch = batch.flip(-2) if torch.rand(()) < 0.5 else batch
                score = network(batch.float())[:, 0]
                loss = functional.binary_cross_entropy_with_logits(score, truth[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        network.eval()


def patch_network() -> nn.Module:
    """``(N, 3, 24, 24)`` bytes to the logit ``(N, 1)`` of a grasp."""
    return nn.Sequential(
        nn.BatchNorm2d(3),
        *_step(3, 16),
        *_step(16, 32),
        *_step(32, 64),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(64 * 3 * 3, 1),
    )


def _step(before: int, after: int) -> list[nn.Module]:
    """Half the side."""
    convolution = nn.Conv2d(before, after, 3, stride=2, padding=1)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU()]


def patches(views: Sequence[View], grasps: Sequence[NDArray[np.float64]]) -> Tensor:
    """What lies in each view's rectangles, ``(N, 3, 24, 24)`` uint8."""
    parts = [
        look(as_planes(view.picture), each, _PATCH, _REACH).round().byte()
        for view, each in zip(views, grasps, strict=True)
    ]
    return torch.cat(parts)


def scores(network: nn.Module, planes: Tensor, windows: NDArray[np.float64]) -> NDArray[np.float32]:
    """The logit of every window of a picture, ``(N,)``."""
    with torch.inference_mode():
        parts = [
            network(look(planes, windows[start : start + _BATCH], _PATCH, _REACH))[:, 0]
            for start in range(0, len(windows), _BATCH)
        ]
        found: NDArray[np.float32] = torch.cat(parts).numpy()
    return found


def search(network: nn.Module, windows: NDArray[np.float64], pictures: NDArray[np.uint8]) -> Found:
    """The best window of each picture."""
    all_scores = (scores(network, as_planes(picture), windows) for picture in pictures)
    return best_windows(windows, all_scores)
