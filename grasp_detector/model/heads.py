"""Heads: from features to the grid of `grid`."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from grasp_detector.model.grid import CHANNELS

# A heat map is empty nearly everywhere: starting there spares the first epochs.
_FIRST_HEAT = -3.0


class FullyConnectedHead(nn.Module):
    """The paper's: two fully connected layers of 512 and an output (section IV).

    Args:
        features: shape ``(C, H, W)`` of the features.
        cells: cells a side.
        classes: how many are told apart.
        reduced: channels that a 1x1 convolution leaves first; None = none, as in the paper.
    """

    def __init__(
        self,
        features: tuple[int, int, int],
        cells: int,
        classes: int,
        reduced: int | None = None,
    ) -> None:
        super().__init__()
        channels, height, width = features
        self.shape = (CHANNELS + classes, cells, cells)
        reduce = [nn.Conv2d(channels, reduced, 1), nn.ReLU(inplace=True)] if reduced else []
        self.layers = nn.Sequential(
            *reduce,
            nn.Flatten(),
            nn.Linear((reduced or channels) * height * width, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(512, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(512, prod(self.shape)),
        )
        last = self.layers[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.bias.zero_()
            last.bias[: cells * cells] = _FIRST_HEAT

    def forward(self, features: Tensor) -> Tensor:
        """``(B, C, H, W)`` to ``(B, 7 + K, N, N)``."""
        flat: Tensor = self.layers(features)
        return flat.reshape(-1, *self.shape)


class DenseHead(nn.Module):
    """Three levels summed from coarse to fine, then 3x3 convolutions: a grasp at every place.

    What the object is, is told from the coarse features that were made for telling: the fine
    levels say where, and hardly what.

    Args:
        widths: channels of the levels, fine to coarse, each half the size of the one before.
        classes: how many are told apart.
        top: channels of the features to tell them by, as large as the coarsest level.
        channels: width of the head.
    """

    def __init__(self, widths: tuple[int, ...], classes: int, top: int, channels: int = 96) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in widths)
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [
                nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            ]
        self.trunk = nn.Sequential(*layers)
        self.output = nn.Conv2d(channels, CHANNELS, 1)
        # An object is larger than a coarse cell: its neighbours have a say.
        self.kinds = (
            nn.Sequential(
                nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
                nn.Dropout(0.2),
                nn.Conv2d(top, classes, 1),
            )
            if classes
            else None
        )
        with torch.no_grad():
            bias = self.output.bias
            assert bias is not None
            bias.zero_()
            bias[0] = _FIRST_HEAT

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Levels, fine to coarse and then the top, to ``(B, 7 + K, N, N)``, the finest's size."""
        count = len(self.lateral)
        summed: Tensor = self.lateral[-1](levels[count - 1])
        for index in reversed(range(count - 1)):
            summed = functional.interpolate(summed, scale_factor=2.0, mode="nearest")
            summed = summed + self.lateral[index](levels[index])
        output: Tensor = self.output(self.trunk(summed))
        if self.kinds is None:
            return output
        # What it is must not cost where to take hold: the features learn the latter only, and
        # keep what they knew (`training.memory`).
        kinds = functional.interpolate(
            self.kinds(levels[-1].detach()), size=(output.shape[2], output.shape[3]), mode="nearest"
        )
        return torch.cat([output, kinds], dim=1)
