"""The catalogue and its two parts."""

from pathlib import Path

import numpy as np
import pytest

from grasp_detector.errors import InputError
from grasp_detector.sim.objects import (
    CATALOGUE,
    HOUSEHOLD,
    PACKETS,
    PLAIN,
    RANDOM,
    SPLIT_SEED,
    deal,
    find_models,
    pick,
    split,
)


def test_names_are_unique() -> None:
    assert len(CATALOGUE) == len(HOUSEHOLD) + len(PLAIN) + len(RANDOM) + len(PACKETS)


def test_the_stored_split_is_the_seed_s_and_shares_nothing() -> None:
    stored = split()
    assert stored == deal(SPLIT_SEED)
    assert not set(stored["train"]) & set(stored["test"])
    assert set(stored["train"]) | set(stored["test"]) == set(CATALOGUE)
    assert deal(SPLIT_SEED + 1) != stored


@pytest.mark.parametrize("part", ["train", "test"])
def test_both_parts_hold_every_family(part: str) -> None:
    models = find_models(part)
    shapes = {"box", "cylinder", "cup"}
    assert {model.family for model in models} - {"packet"} == {"household", "plain", "random"}
    assert {model.shape for model in models if model.family == "plain"} == shapes


def test_packets_are_for_training_alone_and_light() -> None:
    assert not [model for model in find_models("test") if model.family == "packet"]
    packets = [model for model in find_models("train") if model.family == "packet"]
    assert len(packets) == len(PACKETS)
    assert all(0.02 < model.mass < 0.6 for model in packets)
    lying, standing = (
        [sorted(model.size[axis] for axis in axes)[0] for model in packets]
        for axes in ((0, 2), (0, 1))
    )
    assert 0.5 < np.mean(np.array(lying) > 0.1) < 0.8  # too wide
    assert max(standing) < 0.1


def test_plain_shapes_fill_their_ranges() -> None:
    sizes = np.array([model.size for model in PLAIN if model.shape == "box"])
    assert len(np.unique(sizes, axis=0)) == 100
    for edge, (low, high) in enumerate(((0.05, 0.18), (0.025, 0.11), (0.012, 0.06))):
        counts, _ = np.histogram(sizes[:, edge], 5, (low, high))
        assert counts.sum() == 100
        assert counts.min() >= 15


def test_families_are_picked_alike() -> None:
    rng = np.random.default_rng(0)
    families = [pick(rng, find_models("train")).family for _ in range(300)]
    every = ("household", "packet", "plain", "random")
    assert all(45 < families.count(family) < 105 for family in every)


def test_a_folder_of_models(tmp_path: Path) -> None:
    for name in ("spoon.urdf", "fork.urdf", "fork.obj"):
        (tmp_path / name).touch()
    models = find_models(str(tmp_path))
    assert [model.name for model in models] == ["fork", "spoon"]
    assert Path(models[0].urdf) == tmp_path / "fork.urdf"


@pytest.mark.parametrize("where", ["", "nowhere", "{empty}"])
def test_unknown_objects_are_refused(tmp_path: Path, where: str) -> None:
    with pytest.raises(InputError, match="train, test or a folder"):
        find_models(where.format(empty=tmp_path))
