"""Fully connected layers that learn first: alone, much, and the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from grasp_detector.data import Sample
from grasp_detector.errors import InputError
from grasp_detector.evaluation import judge, summarise
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.spec import ModelSpec
from grasp_detector.training.config import Augmentation, TrainingConfig
from grasp_detector.training.dataset import TrainingSet
from grasp_detector.training.head_first import learn_head

CPU = torch.device("cpu")


def learnt(samples: list[Sample], variations: int) -> tuple[GraspNetwork, GraspNetwork]:
    """A network whose head has learnt, and the same before."""
    how = Augmentation(rotation=0.0, scale=(1.0, 1.0), clutter=0.0, depth=0.0, table=0.0)
    spec = ModelSpec(head="direct")
    config = TrainingConfig(spec, head_first=variations, augmentation=how)
    torch.manual_seed(0)
    before, network = GraspNetwork(spec), GraspNetwork(spec)
    load_imagenet(before)
    network.load_state_dict(before.state_dict())
    learn_head(network, TrainingSet(samples, config), CPU)
    return network.eval(), before.eval()


def test_the_head_learns_alone(bars: tuple[Path, list[Sample]]) -> None:
    network, before = learnt(bars[1], 8)
    for name, value in network.backbone.state_dict().items():
        assert torch.equal(value, before.backbone.state_dict()[name]), name

    def accuracy(network: GraspNetwork) -> float:
        def predict(pictures: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return np.asarray(network(torch.from_numpy(pictures)))

        return summarise(list(judge(predict, bars[1]))).accuracy[0.25]

    assert accuracy(network) > accuracy(before) + 0.2


def test_the_same_is_learnt_again(bars: tuple[Path, list[Sample]]) -> None:
    first, again = (learnt(bars[1][:5], 2)[0].state_dict() for _ in range(2))
    for name, value in first.items():
        assert torch.equal(value, again[name]), name


def test_a_head_without_fully_connected_layers_is_refused() -> None:
    with pytest.raises(InputError, match="for fully connected heads: direct or multigrasp"):
        TrainingConfig(head_first=4)


def test_less_than_none_is_refused() -> None:
    with pytest.raises(InputError, match="head_first must be at least 0"):
        replace(TrainingConfig(), head_first=-1)
    assert "head_first" not in TrainingConfig().to_dict(), "old experiments stay the same"
