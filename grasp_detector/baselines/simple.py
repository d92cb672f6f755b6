"""What needs no look at the picture: chance, and the mean rectangle."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grasp_detector.baselines.views import all_grasps, random_grasps, views_of
from grasp_detector.data import UNKNOWN, Sample
from grasp_detector.evaluation import Finder, Found


@dataclass(frozen=True)
class Chance:
    """A random rectangle of the training pictures' distribution.

    Attributes:
        seed: of chance; a picture gets the same rectangle whenever it is asked for.
    """

    seed: int = 0

    def fit(self, samples: Sequence[Sample]) -> Finder:
        """Learn the distribution."""
        known = all_grasps(views_of(samples))

        def draw(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
            rng = np.random.default_rng((self.seed, zlib.crc32(picture.tobytes())))
            return random_grasps(known, 1, rng)[0]

        return lambda pictures: unsure(np.array([draw(picture) for picture in pictures]))


@dataclass(frozen=True)
class MeanRectangle:
    """The mean of all training rectangles."""

    def fit(self, samples: Sequence[Sample]) -> Finder:
        """Learn the mean: of the angle by its double, which is the same after half a turn."""
        known = all_grasps(views_of(samples))
        mean = known.mean(axis=0)
        twice = 2 * known[:, 2]
        mean[2] = np.arctan2(np.sin(twice).mean(), np.cos(twice).mean()) / 2
        return lambda pictures: unsure(np.tile(mean, (len(pictures), 1)))


def unsure(grasps: NDArray[np.float64]) -> Found:
    """Grasps ``(B, 5)`` of which nothing more is known."""
    return grasps, np.zeros(len(grasps)), np.full(len(grasps), UNKNOWN)
