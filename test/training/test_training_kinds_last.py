"""Classes that are fitted at the end: the best linear layer, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from grasp_detector.data import Sample
from grasp_detector.evaluation import judge
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.spec import ModelSpec
from grasp_detector.training import kinds_last
from grasp_detector.training.config import Augmentation, TrainingConfig, config_from_dict
from grasp_detector.training.dataset import Item, TrainingSet
from grasp_detector.training.kinds_last import coarse_cells, fit_kinds, logistic_regression
from grasp_detector.training.protocol import Protocol
from grasp_detector.training.run import train

FITTED = {"head.kinds.2.weight", "head.kinds.2.bias"}


def clouds(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Points of three classes about three places, ``(90, 4)``, and which they are of."""
    chance = torch.Generator().manual_seed(seed)
    truth = torch.arange(90) % 3
    return torch.eye(4)[truth] * 4 + torch.randn(90, 4, generator=chance), truth


@given(st.integers(0, 1000), st.floats(0.5, 20), st.floats(-10, 10))
def test_classes_are_told_whatever_the_scale_of_features(
    seed: int, scale: float, shift: float
) -> None:
    features, truth = clouds(seed)
    even = torch.ones(90)
    matrix, bias = logistic_regression(features, truth, even, 3)
    assert ((features @ matrix.T + bias).argmax(dim=1) == truth).float().mean() > 0.9
    other = features * scale + shift
    again = logistic_regression(other, truth, even, 3)
    expected = (features @ matrix.T + bias).softmax(dim=1)
    torch.testing.assert_close(
        (other @ again[0].T + again[1]).softmax(dim=1), expected, atol=0.01, rtol=0.0
    )


def test_rows_count_by_their_weight() -> None:
    features, truth = clouds(0)
    wrong = (truth + 1) % 3
    both = torch.cat([features, features])
    weight = torch.cat([torch.ones(90), torch.zeros(90)])
    matrix, bias = logistic_regression(both, torch.cat([truth, wrong]), weight, 3)
    alone = logistic_regression(features, truth, torch.ones(90), 3)
    torch.testing.assert_close((matrix, bias), alone, atol=1e-3, rtol=1e-3)


def test_a_coarse_cell_is_of_the_class_of_its_heaviest_fine_cell() -> None:
    top = torch.arange(8.0).reshape(1, 2, 2, 2)
    weight = torch.zeros(1, 4, 4)
    kinds = torch.full((1, 4, 4), -1)
    weight[0, 0, 0], kinds[0, 0, 0] = 0.4, 5  # in the first coarse cell
    weight[0, 1, 1], kinds[0, 1, 1] = 0.8, 7
    weight[0, 3, 3], kinds[0, 3, 3] = 1.2, 3  # in the last
    weight[0, 0, 3] = 1.0  # nobody knows what that is
    features, classes, shares = coarse_cells(top, weight, kinds)
    assert features.tolist() == [[0.0, 4.0], [3.0, 7.0]]
    assert classes.tolist() == [7, 3]
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.5]))


@pytest.fixture
def two_kinds(bars: tuple[Path, list[Sample]], tmp_path: Path) -> list[Sample]:
    """Six bars (sticks) and six yellow discs (fruit)."""
    discs = []
    for index, bar in enumerate(bars[1][:6]):
        path = tmp_path / f"{index}.png"
        picture = np.full((480, 640, 3), 210, np.uint8)
        x, y = np.rint(bar.grasps[0, :2]).astype(int).tolist()
        cv2.circle(picture, (x, y), 40, (30, 200, 220), -1)
        cv2.imwrite(str(path), picture)
        discs.append(replace(bar, name=path.stem, object_name="Lemon", rgb_path=path))
    return [*bars[1][:6], *discs]


def fitted(samples: list[Sample]) -> tuple[GraspNetwork, dict[str, torch.Tensor]]:
    """A network whose classes were fitted, and its parameters before."""
    config = TrainingConfig(
        ModelSpec(classes=16), augmentation=Augmentation(clutter=0.0, table=0.0, depth=0.0)
    )
    torch.manual_seed(0)
    network = GraspNetwork(config.model)
    load_imagenet(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fit_kinds(network, TrainingSet(samples, config), torch.device("cpu"))
    return network, before


def test_things_are_told_apart_and_nothing_else_changes(two_kinds: list[Sample]) -> None:
    network, before = fitted(two_kinds)
    changed = {n for n, value in network.state_dict().items() if not torch.equal(value, before[n])}
    assert changed == FITTED

    def at_the_grasps(pictures: np.ndarray) -> np.ndarray:
        """Only the class is asked for: the heat is put where the objects are."""
        with torch.no_grad():
            raw = network(torch.from_numpy(pictures))
        dark = torch.from_numpy(np.abs(pictures[:, 0] - pictures[:, 0, :1, :1]) > 20).float()
        raw[:, 0] = torch.nn.functional.avg_pool2d(dark[:, None], 8)[:, 0]
        return np.asarray(raw)

    verdicts = list(judge(at_the_grasps, two_kinds))
    assert [v.category for v in verdicts] == [v.truth for v in verdicts]
    again, _ = fitted(two_kinds)
    for name in FITTED:
        assert torch.equal(again.state_dict()[name], network.state_dict()[name])


def test_of_many_pictures_some_are_taken(
    two_kinds: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each as often, from the whole of the set: what is kept must fit into memory."""
    taken: list[int] = []
    load = TrainingSet.__getitem__

    def noted(self: TrainingSet, key: tuple[int, int]) -> Item:
        taken.append(key[1])
        return load(self, key)

    monkeypatch.setattr(TrainingSet, "__getitem__", noted)
    monkeypatch.setattr(kinds_last, "_MOST", 5)
    fitted(two_kinds)
    assert sorted(taken) == sorted([0, 3, 6, 9] * 5)


def test_where_nobody_knows_what_is_shown_nothing_changes(two_kinds: list[Sample]) -> None:
    network, before = fitted([replace(sample, object_name="") for sample in two_kinds])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_training_ends_with_it(two_kinds: list[Sample], tmp_path: Path) -> None:
    model = {"head": "dense", "classes": 16}
    config = config_from_dict({"epochs": 1, "batch": 4, "average": 0.5, "model": model}, "test")
    weights = load_file(
        train(two_kinds[4:8], config, Protocol("some", fold=None), tmp_path / "run")
    )
    kept = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)["state_dict"]
    differ = {n for n, v in weights.items() if not np.array_equal(v, kept[f"network.{n}"].numpy())}
    assert differ == FITTED
