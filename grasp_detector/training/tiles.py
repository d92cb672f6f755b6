"""Small pictures of what a network is shown and of what it says, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

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
    fused, grasps, _ = augmented(samples, index, config, rng)
    return _tile(fused, grasps, None)


def answer_tile(
    fused: NDArray[np.uint8], labels: NDArray[np.float64], answer: Grasp
) -> NDArray[np.uint8]:
    """What was shown, its labels in green and the network's best grasp above them.

    Args:
        fused: ``(224, 224, 3)`` uint8.
        labels: ``(M, 5)`` network pixels.
        answer: in network pixels.

    Returns:
        ``(336, 672, 3)`` uint8; the right half is the blue channel.
    """
    return _tile(fused, labels, answer)


def _tile(
    fused: NDArray[np.uint8], labels: NDArray[np.float64], answer: Grasp | None
) -> NDArray[np.uint8]:
    # The network sees no blue: a grey that suits the other two stands for it.
    colour = fused.copy()
    colour[..., 2] = fused[..., :2].mean(axis=2)
    depth = np.repeat(fused[..., 2:], 3, axis=2)
    left, right = (
        np.asarray(cv2.resize(half, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC))
        for half in (colour, depth)
    )
    larger = similarity((-0.5, -0.5), (-0.5, -0.5), _SCALE)
    left = draw_labels(left, transform_grasps(labels, larger), None if answer is None else LABEL)
    if answer is not None:
        x, y, theta, h, w = transform_grasps(
            [answer.x, answer.y, answer.theta, answer.h, answer.w], larger
        ).tolist()
        shown = Grasp(x, y, theta, h, w, answer.confidence, answer.class_id, answer.class_name)
        left = draw_grasps(left, [shown])
    return np.hstack([left, right])
