"""The catalogue and its two parts."""

from pathlib import Path

import numpy as np
import pytest

from grasp_detector.errors import InputError
from grasp_detector.sim.objects import (
    CATALOGUE,
    HOUSEHOLD,
    PLAIN,
    RANDOM,
    SPLIT_SEED,
    deal,
    find_models,
    pick,
    split,
)


def test_names_are_unique() -> None:
    assert len(CATALOGUE) == len(HOUSEHOLD) + len(PLAIN) + len(RANDOM)


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
    assert {model.family for model in models} == {"household", "plain", "random"}
    assert {model.shape for model in models if model.family == "plain"} == shapes


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
    assert all(70 < families.count(family) < 130 for family in ("household", "plain", "random"))


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
