"""GG-CNN and GR-ConvNet in torch, as their papers and published code describe them, untrained.

How long they take does not depend on what they have learnt. Both answer every pixel with four maps:
how good a grasp there is, the cosine and the sine of twice its angle, and its width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MAPS = ("quality", "cosine", "sine", "width")


class DenseNetwork(nn.Module):
    """A trunk and a small convolution for each map.

    Args:
        trunk: ``(B, C, H, W)`` to ``(B, channels, H + 1, W + 1)``.
        channels: of the trunk's end.
    """

    def __init__(self, trunk: nn.Module, channels: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = nn.ModuleList(nn.Conv2d(channels, 1, 2) for _ in MAPS)

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """``(B, C, H, W)`` to four maps, each ``(B, 1, H, W)``, in the order of `MAPS`."""
        features = self.trunk(pictures)
        return tuple(head(features) for head in self.heads)


class Residual(nn.Module):
    """Two convolutions whose result is added to what they were given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_normalised(nn.Conv2d(channels, channels, 3, padding=1)),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """``(B, C, H, W)`` to the same shape."""
        return features + self.body(features)


def gg_cnn() -> DenseNetwork:
    """Morrison, Corke, Leitner, "Closing the Loop for Robotic Grasping" (RSS 2018), figure 4.

    Depth, ``(B, 1, 300, 300)``, is halved to 25 x 25 by three convolutions and brought back by
    three transposed ones.
    """
    trunk = nn.Sequential(
        *_active(nn.Conv2d(1, 32, 9, stride=3, padding=3)),
        *_active(nn.Conv2d(32, 16, 5, stride=2, padding=2)),
        *_active(nn.Conv2d(16, 8, 3, stride=2, padding=1)),
        *_active(nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1)),
        *_active(nn.ConvTranspose2d(8, 16, 5, stride=2, padding=2, output_padding=1)),
        *_active(nn.ConvTranspose2d(16, 32, 9, stride=3, padding=3, output_padding=1)),
    )
    return _untrained(DenseNetwork(trunk, 32))


def gr_convnet() -> DenseNetwork:
    """Kumra, Joshi, Sahin, "Antipodal Robotic Grasping using GR-ConvNet" (IROS 2020), figure 3.

    Depth and colours, ``(B, 4, 224, 224)``: three convolutions, five residual blocks at 56 x 56,
    three transposed convolutions.
    """
    trunk = nn.Sequential(
        *_normalised(nn.Conv2d(4, 32, 9, padding=4)),
        *_normalised(nn.Conv2d(32, 64, 4, stride=2, padding=1)),
        *_normalised(nn.Conv2d(64, 128, 4, stride=2, padding=1)),
        *(Residual(128) for _ in range(5)),
        *_normalised(nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1, output_padding=1)),
        *_normalised(nn.ConvTranspose2d(64, 32, 4, stride=2, padding=2, output_padding=1)),
        nn.ConvTranspose2d(32, 32, 9, padding=4),
    )
    return _untrained(DenseNetwork(trunk, 32))


def parameters(network: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(each.numel() for each in network.parameters())


def multiplications(network: nn.Module, pictures: Tensor) -> int:
    """Multiplications with addition, in convolutions of both kinds, of one call."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(pictures)
    return int(counter.get_total_flops()) // 2


def _active(layer: nn.Module) -> tuple[nn.Module, ...]:
    return layer, nn.ReLU()


def _normalised(layer: nn.Conv2d | nn.ConvTranspose2d) -> tuple[nn.Module, ...]:
    return layer, nn.BatchNorm2d(layer.out_channels), nn.ReLU()


def _untrained(network: DenseNetwork) -> DenseNetwork:
    """The network ready to run, sure of a grasp everywhere: decoding has something to find."""
    nn.init.constant_(network.heads[0].bias, 1.0)  # type: ignore[arg-type]
    return network.eval()
