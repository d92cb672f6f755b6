"""What ImageNet taught, kept while grasps are learnt.

Some hundred pictures of two hundred objects are too few to learn what things are; a million and a
half were enough. A network that learns only where to take hold forgets it: so its last features,
by which things are told apart, are held near those that it came with.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from grasp_detector.model.efficientnet_lite import EfficientNetLite0, imagenet_state
from grasp_detector.rgbd import MEAN

_NEIGHBOURS = 3  # cells a side that are averaged, as where classes are told (`DenseHead`)


class Memory:
    """EfficientNet-Lite0 as ImageNet left it."""

    def __init__(self) -> None:
        self._backbone = EfficientNetLite0(top=True).eval().requires_grad_(False)
        self._backbone.load_state_dict(imagenet_state())

    def forgotten(self, pictures: Tensor, top: Tensor) -> Tensor:
        """How far features are from those that were.

        The backbone that was never saw depth: it is shown colour alone, so that depth does not
        change what a thing is taken for.

        Args:
            pictures: ``(B, 3, S, S)`` network input.
            top: ``(B, 1280, S / 32, S / 32)`` the features of the one in training.

        Returns:
            Scalar: the squared distance, over the variance of the features that were.
        """
        colour = pictures.clone()
        colour[:, 2] = -MEAN  # as `fuse` has it where there is no depth
        with torch.no_grad():
            known = self._backbone.to(pictures.device)(colour)[-1]
        now, then = (functional.avg_pool2d(each, _NEIGHBOURS, 1) for each in (top, known))
        spread = (then - then.mean(dim=(0, 2, 3), keepdim=True)).square().mean()
        distance: Tensor = (now - then).square().mean() / spread
        return distance
