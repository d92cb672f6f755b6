"""The network with what comes before and after it, for runtimes that are to have it all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from grasp_detector.model.grid import (
    CHANNELS,
    LARGEST_LOG,
    UNIT,
    cell_centres,
    cell_classes,
    decode,
)
from grasp_detector.model.network import GraspNetwork
from grasp_detector.rgbd import MEAN, NETWORK_SIZE

# Angles of cells that are hardly grasps are of two near zeros: nothing to hold anybody to.
_SURE = 0.05


class Whole(nn.Module):
    """Fused bytes to grasps: `rgbd.to_network`, the network, `model.grid.decode`, all in torch."""

    centre: Tensor

    def __init__(self, network: GraspNetwork) -> None:
        super().__init__()
        self.network = network
        cells = network.spec.cells
        self.register_buffer("centre", torch.from_numpy(cell_centres(cells)).float())
        self.pitch = NETWORK_SIZE / cells

    def forward(self, fused: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(B, 224, 224, 3)`` uint8 to grasps, confidences and classes of every cell."""
        raw = self.network(prepared(fused, self.network.spec.side))
        half_turn = torch.atan2(raw[:, 3], raw[:, 4]) / 2
        theta = torch.where(half_turn >= math.pi / 2, half_turn - math.pi, half_turn)
        size = torch.exp(raw[:, 5:7].clamp(-LARGEST_LOG, LARGEST_LOG)) * UNIT
        x = self.centre[None, None, :] + raw[:, 1] * self.pitch
        y = self.centre[None, :, None] + raw[:, 2] * self.pitch
        grasps = torch.stack([x, y, theta, size[:, 0], size[:, 1]], dim=-1)
        if raw.shape[1] > CHANNELS:
            kinds = raw[:, CHANNELS:].argmax(dim=1)
        else:
            kinds = torch.full_like(raw[:, 0], -1.0).long()
        return grasps.flatten(1, 2), torch.sigmoid(raw[:, 0]).flatten(1), kinds.flatten(1)


def prepared(fused: Tensor, side: int) -> Tensor:
    """`rgbd.to_network` in torch: ``(B, 224, 224, 3)`` bytes to ``(B, 3, side, side)``.

    Smaller colours are not rounded to bytes, as OpenCV's are: grasps may be some tenths of a pixel
    apart.
    """
    picture = fused.permute(0, 3, 1, 2).float()
    if side != NETWORK_SIZE:
        colours = functional.interpolate(picture[:, :2], size=(side, side), mode="bilinear")
        depth = functional.interpolate(picture[:, 2:], size=(side, side), mode="nearest-exact")
        picture = torch.cat([colours, depth], dim=1)
    return picture - MEAN


def reference(
    raw: NDArray[np.float32],
    grasps: NDArray[Any],
    confidence: NDArray[Any],
    kinds: NDArray[Any],
) -> float:
    """Greatest difference of such outputs from what `model.grid` makes of a raw grid.

    Pixels for centres and lengths, radians times 100 for angles, hundredths for confidences; a
    class that differs, of cells that are sure, counts as infinite.
    """
    wanted, sure = decode(raw)
    differences = np.abs(grasps - wanted)
    turn = differences[..., 2]
    differences[..., 2] = 100 * np.minimum(turn, np.pi - turn)
    looked_at = sure >= min(_SURE, float(sure.max()))
    if (kinds != cell_classes(raw))[looked_at].any():
        return math.inf
    return float(max(differences[looked_at].max(), 100 * np.abs(confidence - sure).max()))
