"""The Jaccard index as an error that a network can be made to lower."""

from __future__ import annotations

import torch
from torch import Tensor

from grasp_detector.model.grid import LARGEST_LOG, UNIT
from grasp_detector.rgbd import NETWORK_SIZE


def aligned_jaccard(answers: Tensor, wanted: Tensor) -> Tensor:
    """Jaccard index of rectangles that are taken to lie at the angle of those that are wanted.

    An answer's angle has an error of its own; with the same one, two rectangles overlap in a box,
    whose sides are as smooth in the coordinates as can be. Where nothing overlaps this is 0 all
    around and draws an answer nowhere.

    Args:
        answers: ``(B, 6, N, N)`` coordinates of `grid.encode`; gradients flow into centre and
            lengths.
        wanted: the same, of the rectangles to overlap with.

    Returns:
        ``(B, N, N)``, each in [0, 1].
    """
    theta = torch.atan2(wanted[:, 2], wanted[:, 3]) / 2
    cosine, sine = torch.cos(theta), torch.sin(theta)
    pitch = NETWORK_SIZE / wanted.shape[-1]
    dx, dy = ((answers[:, axis] - wanted[:, axis]) * pitch for axis in (0, 1))
    h, w = _lengths(answers)
    true_h, true_w = _lengths(wanted)
    common = _common(dx * cosine + dy * sine, w, true_w) * _common(
        dy * cosine - dx * sine, h, true_h
    )
    return common / (h * w + true_h * true_w - common)


def _lengths(coordinates: Tensor) -> tuple[Tensor, Tensor]:
    """Jaw plate and opening, network pixels, ``(B, N, N)`` each."""
    lengths = torch.exp(coordinates[:, 4:6].clamp(-LARGEST_LOG, LARGEST_LOG)) * UNIT
    return lengths[:, 0], lengths[:, 1]


def _common(apart: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """How much two stretches of lengths ``a`` and ``b`` share, their middles ``apart``."""
    high = torch.minimum(apart + a / 2, b / 2)
    low = torch.maximum(apart - a / 2, -b / 2)
    return (high - low).clamp(min=0.0)
