"""What the baselines learn from: the pictures as every model sees them, and their rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import Sample
from grasp_detector.evaluation import see
from grasp_detector.geometry import angle_difference, jaccard_index, wrap_angle


@dataclass(frozen=True)
class View:
    """A training picture.

    Attributes:
        picture: ``(224, 224, 3)`` uint8, fused.
        grasps: ``(M, 5)`` labelled grasps, network pixels.
        bad: ``(K, 5)`` rectangles that are labelled as no grasps, network pixels; K may be 0.
    """

    picture: NDArray[np.uint8]
    grasps: NDArray[np.float64]
    bad: NDArray[np.float64]


def views_of(samples: Sequence[Sample]) -> list[View]:
    """The views of training samples."""
    views = []
    for sample in samples:
        picture, crop = see(sample)
        bad = crop.grasps_to_network(sample.negatives)
        views.append(View(picture, crop.grasps_to_network(sample.grasps), bad))
    return views


def all_grasps(views: Sequence[View]) -> NDArray[np.float64]:
    """``(M, 5)`` labelled grasps of all views."""
    return np.concatenate([view.grasps for view in views])


def random_grasps(
    known: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rectangles of a distribution of which only this is known: where, how turned, how large.

    Place, angle and size are drawn apart from each other, each as some known rectangle has it.

    Args:
        known: ``(M, 5)``.
        count: how many.
        rng: source of chance.

    Returns:
        ``(count, 5)``.
    """
    x, y, theta, size = rng.integers(len(known), size=(4, count))
    return np.column_stack([known[x, 0], known[y, 1], known[theta, 2], known[size, 3:]])


# A rectangle is taken for no grasp if it hardly meets a labelled one or lies across it: what is
# in between may well be a grasp that nobody has labelled.
_LITTLE, _ACROSS = 0.1, np.deg2rad(60.0)


def negatives_of(
    view: View, known: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rectangles of a view that are no grasps: the labelled ones where there are any.

    Sampled are random rectangles, and labelled grasps moved and turned: on the object, but wrong.

    Args:
        view: the picture.
        known: ``(M, 5)`` grasps of all pictures, for the sizes.
        count: how many at most.
        rng: source of chance.

    Returns:
        ``(K, 5)``, K <= count.
    """
    if len(view.bad):
        return view.bad[rng.permutation(len(view.bad))[:count]]
    near = view.grasps[rng.integers(len(view.grasps), size=count)].copy()
    near[:, :2] += rng.normal(scale=20.0, size=(count, 2))
    near[:, 2] = wrap_angle(near[:, 2] + rng.uniform(0, np.pi, size=count))
    drawn = np.concatenate([random_grasps(known, count, rng), near])
    wrong = drawn[~like_a_label(drawn, view.grasps)]
    return wrong[rng.permutation(len(wrong))[:count]]


def like_a_label(rectangles: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rectangles ``(N, 5)`` might be grasps, as near as they are to some label, ``(N,)``."""
    turned = angle_difference(rectangles[:, None, 2], labels[None, :, 2])
    near = jaccard_index(rectangles, labels) > _LITTLE
    return (near & (turned < _ACROSS)).any(axis=1)


def mistakes(
    view: View, windows: NDArray[np.float64], score: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Hard negatives: the best windows of a training picture that no label is near, ``(K, 5)``.

    Args:
        view: the picture.
        windows: ``(N, 5)``.
        score: ``(N,)`` what they were given.
    """
    best = windows[np.argsort(-score)[: 50 * len(view.grasps)]]
    return best[~like_a_label(best, view.grasps)][: 5 * len(view.grasps)]
