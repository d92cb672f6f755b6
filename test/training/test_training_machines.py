"""Devices and precision: what is refused, and how an epoch is shared out."""

import warnings
from pathlib import Path

import pytest
import torch

from grasp_detector.errors import InputError
from grasp_detector.model.network import GraspNetwork
from grasp_detector.training import dataset
from grasp_detector.training.config import read_config
from grasp_detector.training.dataset import EpochSampler
from grasp_detector.training.machines import PRECISIONS, Machines
from grasp_detector.training.module import GraspModule


@pytest.mark.parametrize(
    ("machines", "says"),
    [
        (Machines(strategy="by hand"), "by hand"),
        (Machines(precision="16-mixed", strategy="deepspeed"), ""),
    ],
)
def test_what_lightning_does_not_know_is_one_clear_line(machines: Machines, says: str) -> None:
    with pytest.raises(InputError, match=f"these devices cannot train so: .*{says}") as caught:
        machines.trainer()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "precision", ["7-bit", "bf16-true", "16-true", "64-true", "64", "transformer-engine"]
)
def test_a_precision_that_cannot_be_trained_in_is_refused(precision: str) -> None:
    with pytest.raises(InputError, match=f"--precision {precision} .* 32-true, bf16-mixed, 16-mix"):
        Machines(precision=precision).trainer()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_other_precision_has_a_trainer(precision: str, tmp_path: Path) -> None:
    assert Machines(precision=precision).trainer(logger=False, default_root_dir=tmp_path)


def test_a_batch_is_that_of_all_devices_together() -> None:
    assert Machines().share(16) == 16
    assert Machines(devices=2, nodes=2).share(16) == 4
    with pytest.raises(InputError, match="batch of 16 cannot be shared out among 3 devices"):
        Machines(devices=3).share(16)


@pytest.mark.parametrize(("size", "processes", "batch"), [(20, 2, 4), (615, 4, 16), (9, 2, 8)])
def test_processes_take_the_batches_of_one_alone(
    monkeypatch: pytest.MonkeyPatch, size: int, processes: int, batch: int
) -> None:
    alone = list(EpochSampler(size, 0))
    shares = []
    for rank in range(processes):
        monkeypatch.setattr(dataset, "_process", lambda rank=rank: (rank, processes))
        sampler = EpochSampler(size, 0)
        shares.append(list(sampler))
        assert len(shares[-1]) == len(sampler) == size // processes, "none waits for another"
    part = batch // processes
    for start in range(0, size // batch * part, part):
        together = {key for share in shares for key in share[start : start + part]}
        first = start * processes
        assert together == set(alone[first : first + batch])
        assert len(together) == batch


def test_an_epoch_shows_all_of_its_own_pictures_and_some_of_the_others() -> None:
    sampler = EpochSampler(20, 0, additional=30, drawn=10)
    seen: set[int] = set()
    for epoch in range(12):
        sampler.set_epoch(epoch)
        shown = [index for _, index in sampler]
        assert len(shown) == len(set(shown)) == len(sampler) == 30
        assert set(range(20)) <= set(shown)
        assert list(sampler) == [(epoch, index) for index in shown]
        seen |= set(shown)
    assert seen == set(range(50)), "every epoch draws others"
    assert len(EpochSampler(20, 0, additional=3, drawn=10)) == 23, "no more than there are"
    assert [index for _, index in sampler][:5] != sorted(shown)[:5], "in no order"


def test_every_parameter_takes_part(top: Path) -> None:
    """Processes that train together wait for the gradient of each."""
    for path in sorted((top / "config" / "training").glob("*.yaml")):
        config = read_config(path)
        module = GraspModule(config, GraspNetwork(config.model).train(), [])
        cells = config.model.cells
        batch = (
            torch.randn(2, 3, config.model.side, config.model.side),
            torch.zeros(2, 7, cells, cells),
            torch.ones(2, cells, cells),
            torch.zeros(2, cells, cells, dtype=torch.int64),
            torch.zeros(2, 1, 5),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there is no trainer to log for
            module.training_step(batch, 0).backward()
        idle = [name for name, each in module.named_parameters() if each.grad is None]
        assert not idle, path.name
