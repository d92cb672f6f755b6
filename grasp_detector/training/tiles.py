"""Small pictures of what a network is shown and of what it says, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import Sample
from grasp_detector.detector.grasp import Grasp
from grasp_detector.drawing import draw_grasps, draw_labels
from grasp_detector.geometry import similarity, transform_grasps
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.dataset import augmented

_SCALE = 1.5  # of the network's pixels
_LARGER = similarity((-0.5, -0.5), (-0.5, -0.5), _SCALE)
LABEL = (60, 200, 60)


def augmented_tile(
    samples: Sequence[Sample], index: int, config: TrainingConfig, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """An augmented sample: left its colours with the rectangles, right its blue channel alone.

    Args:
        samples: the others may lend their objects.
        index: of the sample.
        config: the experiment.
        rng: source of chance.

    Returns:
        ``(336, 672, 3)`` uint8.
    """
    fused, grasps, *_ = augmented(samples, index, config, rng)
    drawn = draw_labels(_colours(fused), transform_grasps(grasps, _LARGER))
    return np.hstack([drawn, _blue(fused)])


def answer_tile(
    fused: NDArray[np.uint8], labels: NDArray[np.float64], answer: Grasp, deep: bool
) -> NDArray[np.uint8]:
    """What was shown, its labels in green and the network's best grasp above them.

    Args:
        fused: ``(224, 224, 3)`` uint8.
        labels: ``(M, 5)`` network pixels.
        answer: in network pixels.
        deep: put the blue channel beside it.

    Returns:
        ``(336, 336, 3)`` uint8, or ``(336, 672, 3)``.
    """
    picture = draw_labels(_colours(fused), transform_grasps(labels, _LARGER), LABEL)
    x, y, theta, h, w = transform_grasps(answer.five, _LARGER).tolist()
    tile = draw_grasps(picture, [replace(answer, x=x, y=y, theta=theta, h=h, w=w)])
    return np.hstack([tile, _blue(fused)]) if deep else tile


def _colours(fused: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # The network sees no blue: the mean of red and green stands for it.
    shown = fused.copy()
    shown[..., 2] = fused[..., :2].mean(axis=2)
    return _enlarge(shown)


def _blue(fused: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return _enlarge(np.repeat(fused[..., 2:], 3, axis=2))


def _enlarge(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    how = cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=_SCALE, fy=_SCALE, interpolation=how))
