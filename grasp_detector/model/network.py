"""A network out of its specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from grasp_detector.errors import InputError, first_line
from grasp_detector.model.alexnet import AlexNet, read_imagenet
from grasp_detector.model.efficientnet_lite import EfficientNetLite0, imagenet_state
from grasp_detector.model.heads import DenseHead, FullyConnectedHead
from grasp_detector.model.spec import ModelSpec

# Channels between EfficientNet's features and the fully connected layers: with all 320 of them
# the first layer alone would have eight million weights for some hundred pictures.
_REDUCED = 64


class GraspNetwork(nn.Module):
    """``(B, 3, S, S)``, S = `ModelSpec.side`, less the mean, to the grid ``(B, 7 + K, N, N)``."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.backbone: nn.Module
        self.head: nn.Module
        if spec.backbone == "alexnet":
            self.backbone = AlexNet()
            self.head = FullyConnectedHead(AlexNet.features_shape, spec.cells, spec.classes)
        else:
            if spec.convolutional:
                self.backbone = EfficientNetLite0(top=spec.classes > 0)
                widths, top = EfficientNetLite0.widths, EfficientNetLite0.top_width
                self.head = DenseHead(widths, spec.classes, top)
            else:
                self.backbone = EfficientNetLite0()
                shape = (EfficientNetLite0.widths[-1], 7, 7)
                self.head = FullyConnectedHead(shape, spec.cells, spec.classes, _REDUCED)

    def features(self, picture: Tensor) -> Any:
        """What the head makes the grids of: a tensor, or for a convolutional head one a level.

        Raises:
            ValueError: pictures of another size, which convolutions would take without a word.
        """
        if picture.shape[-2:] != (self.spec.side, self.spec.side):
            raise ValueError(f"pictures are {tuple(picture.shape)}, not of {self.spec.side} pixels")
        features = self.backbone(picture)
        if self.spec.backbone == "efficientnet_lite0" and not self.spec.convolutional:
            return features[-1]
        return features

    def forward(self, picture: Tensor) -> Tensor:
        """Raw grids of a batch of pictures."""
        raw: Tensor = self.head(self.features(picture))
        return raw


def load_imagenet(network: GraspNetwork, path: Path | None = None) -> None:
    """Start the backbone from ImageNet.

    Args:
        network: changed in place.
        path: AlexNet's, see `read_imagenet`; EfficientNet-Lite0's come with an installed package.

    Raises:
        InputError: the file is missing, broken, or of another network.
    """
    if network.spec.backbone == "efficientnet_lite0":
        if path is not None:
            raise InputError("EfficientNet-Lite0 brings its ImageNet weights: name no file")
        network.backbone.load_state_dict(imagenet_state(), strict=False)
        return
    if path is None:
        raise InputError(
            "AlexNet's ImageNet weights are a file of yours: name torchvision's state dict"
        )
    try:
        state = read_imagenet(path)
        wanted = {k: v for k, v in state.items() if k.startswith("features.")}
        network.backbone.load_state_dict(wanted)
    except Exception as error:  # whatever a foreign file makes its reader say, it is the file's
        raise InputError(f"{path} is not AlexNet's state dict: {first_line(error)}") from error
