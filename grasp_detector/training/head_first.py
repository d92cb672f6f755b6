"""Fully connected layers learn before the backbone does.

They start from nothing, and need many more steps than some hundred pictures give. With the backbone
as ImageNet left it, what it makes of a picture can be kept, and a step costs next to nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

from grasp_detector.model.network import GraspNetwork
from grasp_detector.terminal import progress
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.dataset import TrainingSet
from grasp_detector.training.loss import grid_loss
from grasp_detector.training.variations import BATCH, variations

_PASSES, _LEARNING_RATE = 10, 1e-3


def learn_head(network: GraspNetwork, pictures: TrainingSet, device: torch.device) -> None:
    """Train the head alone, on ``config.head_first`` variations of each picture.

    Args:
        network: its head is changed in place; the backbone stays as it is.
        pictures: the training's own.
        device: to compute on; the network comes back from there.
    """
    network.to(device)
    features, *targets = _remember(network, pictures, device)
    _learn(network, features, targets, pictures.config, device)
    network.to("cpu")


def _remember(
    network: GraspNetwork, pictures: TrainingSet, device: torch.device
) -> tuple[Tensor, ...]:
    """Features of all variations ``(N, C, H, W)`` in half precision, and their targets."""
    network.eval()
    count = pictures.config.head_first
    # Asked for at once: what is kept of each batch would lie between what passes take and free,
    # and the heap would grow.
    kept: list[Tensor] = []
    end = 0
    for picture, *targets, _ in variations(pictures, range(len(pictures)), count, "features"):
        with torch.no_grad():
            found = network.features(
                picture.to(device).contiguous(memory_format=torch.channels_last)
            )
        parts = [found.half().cpu(), *targets]
        if not kept:
            kept = [part.new_empty(count * len(pictures), *part.shape[1:]) for part in parts]
        begin, end = end, end + len(picture)
        for whole, part in zip(kept, parts, strict=True):
            whole[begin:end] = part
    return tuple(kept)


def _learn(
    network: GraspNetwork,
    features: Tensor,
    targets: list[Tensor],
    config: TrainingConfig,
    device: torch.device,
) -> None:
    steps = _PASSES * -(-len(features) // BATCH)
    optimizer = torch.optim.AdamW(
        network.head.parameters(), lr=_LEARNING_RATE, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, total_steps=steps)
    chance = torch.Generator().manual_seed(config.seed)
    network.head.train()
    for _ in progress(range(steps), "head"):
        drawn = torch.randint(len(features), (BATCH,), generator=chance)
        raw = network.head(features[drawn].to(device).float())
        error = grid_loss(raw, *(target[drawn].to(device) for target in targets)).whole
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        schedule.step()
    network.train()
