"""Folding batch normalisation changes layers, not answers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from grasp_detector.model.folding import fold_norms
from grasp_detector.model.network import GraspNetwork
from grasp_detector.model.spec import Head, ModelSpec


@pytest.mark.parametrize("head", ["light", "dense", "multigrasp"])
def test_the_same_is_answered_without_normalisation(head: Head) -> None:
    torch.manual_seed(0)
    network = GraspNetwork(ModelSpec("efficientnet_lite0", head, 3)).eval()
    for each in network.modules():
        if isinstance(each, nn.BatchNorm2d):  # as if it had learnt
            assert each.running_mean is not None and each.running_var is not None
            each.running_mean.uniform_(-1, 1)
            each.running_var.uniform_(0.5, 2)
            nn.init.uniform_(each.weight, 0.5, 2)
            nn.init.uniform_(each.bias, -1, 1)
    picture = torch.randint(-144, 112, (1, 3, network.spec.side, network.spec.side)).float()
    with torch.inference_mode():
        before = network(picture)
        fold_norms(network)
        after = network(picture)
    assert not any(isinstance(each, nn.BatchNorm2d) for each in network.modules())
    assert torch.allclose(after, before, atol=1e-4 * float(before.abs().max()))
    assert float(before.std()) > 0.0
