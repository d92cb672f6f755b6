"""The error of a grid (section IV-D of the paper)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from grasp_detector.data import UNKNOWN
from grasp_detector.model.grid import CHANNELS

# Where the object is matters more than what it is.
_CLASSES = 0.5


class GridLoss(NamedTuple):
    """The parts of a grid's error, scalars."""

    heat: Tensor
    coordinates: Tensor
    classes: Tensor

    @property
    def whole(self) -> Tensor:
        """What is made small."""
        return self.heat + self.coordinates + _CLASSES * self.classes


def grid_loss(
    raw: Tensor, values: Tensor, weight: Tensor, kinds: Tensor, quality: Tensor | None = None
) -> GridLoss:
    """Error of the heat map everywhere, of coordinates and class only where there is a grasp.

    All are per picture relative to how much heat is wanted, so that a picture with one
    rectangle counts as much as one with twenty.

    Args:
        raw: ``(B, 7 + K, N, N)`` network output.
        values: ``(B, 7, N, N)``, see `targets`.
        weight: ``(B, N, N)`` of the coordinates and the class.
        kinds: ``(B, N, N)`` categories, -1 = not known.
        quality: ``(B, N, N)``, see `quality`: a cell's confidence is to be its heat times the
            quality of the grasp that it answers with. None = the heat alone.
    """
    wanted = values[:, 0] if quality is None else values[:, 0] * quality
    heat = functional.binary_cross_entropy_with_logits(raw[:, 0], wanted, reduction="none")
    warmth = wanted.sum(dim=(1, 2)).clamp(min=1.0)
    heat_error = (heat.sum(dim=(1, 2)) / warmth).mean()

    error = functional.smooth_l1_loss(
        raw[:, 1:CHANNELS], values[:, 1:], reduction="none", beta=0.1
    ).sum(dim=1)
    if raw.shape[1] > CHANNELS:
        wrong = functional.cross_entropy(
            raw[:, CHANNELS:], kinds, ignore_index=UNKNOWN, reduction="none"
        )
    else:
        wrong = torch.zeros_like(error)
    return GridLoss(heat_error, _weighted(error, weight), _weighted(wrong, weight))


def _weighted(error: Tensor, weight: Tensor) -> Tensor:
    """Mean over pictures of the weighted mean over cells, ``(B, N, N)`` each."""
    total = weight.sum(dim=(1, 2)).clamp(min=1.0)
    return ((error * weight).sum(dim=(1, 2)) / total).mean()
