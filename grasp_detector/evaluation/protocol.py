"""Top-1 grasps on the fixed central crop, judged by the exact rectangle metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import Sample
from grasp_detector.errors import naming
from grasp_detector.geometry import JACCARD_THRESHOLD, best_jaccard
from grasp_detector.model.grid import best_grasp
from grasp_detector.rgbd import NETWORK_SIZE, Crop, central_crop, fuse, to_network
from grasp_detector.rgbd.shown import Shown, shown_of

Network = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""``(B, 3, S, S)``, S = `ModelSpec.side`, to the raw grid ``(B, 7 + K, N, N)``."""

Found = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.integer]]
"""The best grasp of each picture ``(B, 5)`` in network pixels, its confidence ``(B,)`` and its
class ``(B,)``, -1 = none."""

Finder = Callable[[NDArray[np.uint8]], Found]
"""Anything that can be judged: fused pictures ``(B, 224, 224, 3)`` to what it finds in them."""


@dataclass(frozen=True)
class Verdict:
    """One picture judged.

    Attributes:
        picture: the sample's name.
        object_id: the object that it shows, "" = not known.
        truth: number of the object's category, -1 = in none.
        grasp: ``(5,)`` the most confident grasp, pixels of the picture.
        confidence: of it.
        jaccard: its best Jaccard index among the labels within 30 degrees, 0 if none is.
        category: the class that it was given, -1 = none.
    """

    picture: str
    object_id: str
    truth: int
    grasp: NDArray[np.float64]
    confidence: float
    jaccard: float
    category: int

    @property
    def correct(self) -> bool:
        """By the rectangle metric."""
        return self.jaccard > JACCARD_THRESHOLD


def see(sample: Sample, shown: Shown = Shown.rgbd) -> tuple[NDArray[np.uint8], Crop]:
    """What everybody who is judged sees of a picture, ``(224, 224, 3)``, and where that was.

    Raises:
        InputError: the picture or its depth cannot be read or used; it is named.
    """
    rgb, depth = sample.rgb(), sample.depth()
    crop = central_crop(*rgb.shape[:2])
    with naming(sample.rgb_path):
        return fuse(*shown_of(rgb, depth, shown), crop.to_network), crop


def finder_of(network: Network, side: int = NETWORK_SIZE) -> Finder:
    """A network's most confident grasp; ``side`` of the pictures that it takes."""
    return lambda pictures: best_grasp(network(to_network(pictures, side)))


def judge(
    network: Network,
    samples: Sequence[Sample],
    batch: int = 16,
    shown: Shown = Shown.rgbd,
    side: int = NETWORK_SIZE,
) -> Iterable[Verdict]:
    """Verdicts of a network in the samples' order, as they come; ``side`` as in `finder_of`."""
    return judge_finder(finder_of(network, side), samples, batch, shown)


def judge_finder(
    find: Finder, samples: Sequence[Sample], batch: int = 16, shown: Shown = Shown.rgbd
) -> Iterable[Verdict]:
    """Verdicts of anything that finds grasps, in the samples' order, as they come."""
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        pictures, crops = zip(*(see(sample, shown) for sample in part), strict=True)
        best = find(np.stack(pictures))
        for sample, crop, grasp, sure, kind in zip(part, crops, *best, strict=True):
            found = crop.grasps_to_picture(grasp)
            index = float(best_jaccard(found, sample.grasps)[0])
            yield Verdict(
                sample.name,
                sample.object_id,
                sample.category,
                found,
                float(sure),
                index,
                int(kind),
            )
