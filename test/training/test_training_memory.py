"""What ImageNet taught: how much of it is forgotten."""

from __future__ import annotations

from typing import cast

import pytest
import torch

from grasp_detector.model.efficientnet_lite import EfficientNetLite0
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.spec import ModelSpec
from grasp_detector.rgbd import MEAN
from grasp_detector.training.memory import Memory


@pytest.fixture(scope="module")
def network() -> GraspNetwork:
    network = GraspNetwork(ModelSpec(classes=16)).eval()
    load_imagenet(network)
    return network


def pictures(depth: bool) -> torch.Tensor:
    shown = torch.rand(2, 3, 224, 224, generator=torch.manual_seed(0)) * 255 - MEAN
    if not depth:
        shown[:, 2] = -MEAN
    return shown


def test_who_learnt_nothing_forgot_nothing(network: GraspNetwork) -> None:
    shown = pictures(depth=False)
    with torch.no_grad():
        assert Memory().forgotten(shown, network.features(shown)[-1]) < 1e-9


def test_depth_is_to_change_nothing_and_what_is_all_else_was_forgotten(
    network: GraspNetwork,
) -> None:
    memory, shown = Memory(), pictures(depth=True)
    with torch.no_grad():
        seen = network.features(shown)[-1]
        assert memory.forgotten(shown, seen) > 1e-3, "depth changes them, to begin with"
        colour = network.features(pictures(depth=False))[-1]
        assert memory.forgotten(shown, colour) < 1e-9, "what it is to be like saw no depth"
        others = cast(EfficientNetLite0, GraspNetwork(ModelSpec(classes=16)).eval().backbone)
        assert memory.forgotten(shown, others(shown)[-1]) > 0.5


def test_classes_teach_the_features_nothing_and_memory_does(network: GraspNetwork) -> None:
    shown = pictures(depth=True)
    features = network.features(shown)
    network.zero_grad()
    network.head(features)[:, 7:].sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in network.backbone.parameters())
    Memory().forgotten(shown, network.features(shown)[-1]).backward()
    assert all(p.grad is not None and p.grad.any() for p in network.backbone.parameters())
    network.zero_grad()
