"""AlexNet's convolutions, with the widths of torchvision's, so that its ImageNet weights load."""

from __future__ import annotations

from torch import Tensor, nn

from grasp_detector.rgbd import MEAN

# torchvision's normalisation, as one mean and one deviation over the three channels.
_IMAGENET_MEAN, _DEVIATION = 255 * 0.449, 255 * 0.226


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
