"""The error of a grid (section IV-C of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def grid_loss(raw: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Error of the heat map everywhere, of the coordinates only where there is a grasp.

    Both are per picture relative to how much heat its labels have, so that a picture with one
    rectangle counts as much as one with twenty.

    Args:
        raw: ``(B, 7, N, N)`` network output.
        target: ``(B, 7, N, N)``, see `targets`.
        weight: ``(B, N, N)`` of the coordinates.

    Returns:
        Two scalars: heat and coordinates.
    """
    heat = functional.binary_cross_entropy_with_logits(raw[:, 0], target[:, 0], reduction="none")
    warmth = target[:, 0].sum(dim=(1, 2)).clamp(min=1.0)
    heat_error = (heat.sum(dim=(1, 2)) / warmth).mean()

    error = functional.smooth_l1_loss(raw[:, 1:], target[:, 1:], reduction="none", beta=0.1)
    total = torch.clamp(weight.sum(dim=(1, 2)), min=1.0)
    coordinate_error = ((error.sum(dim=1) * weight).sum(dim=(1, 2)) / total).mean()
    return heat_error, coordinate_error
