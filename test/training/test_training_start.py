"""Weights that another training goes on from."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from grasp_detector.data import Sample, read_dataset
from grasp_detector.errors import InputError
from grasp_detector.model.network import GraspNetwork
from grasp_detector.model.spec import ModelSpec
from grasp_detector.model.weights import WeightsInfo, load_network, read_info, save_weights
from grasp_detector.training.config import config_from_dict
from grasp_detector.training.protocol import Addition, Protocol, was_trained_on
from grasp_detector.training.run import train
from grasp_detector.training.start import about_start, go_on_from, is_of_other_data

FOLD, EVERYTHING = (Protocol("bars", "object", fold) for fold in (0, None))


@pytest.fixture
def samples(some_bars: Callable[[Path, int], Path], tmp_path: Path) -> list[Sample]:
    return read_dataset(some_bars(tmp_path / "bars", 10))


def trained(
    folder: Path,
    samples: list[Sample],
    protocol: Protocol = FOLD,
    start: Path | None = None,
    head: str = "dense",
    also: Sequence[Addition] = (),
    measured: Sequence[Path] = (),
) -> Path:
    values = {"epochs": 1, "batch": 4, "average": 0.5, "model": {"head": head}}
    config = config_from_dict(values, "test")
    return train(samples, config, protocol, folder, measured=measured, also=also, start=start)


def untrained(folder: Path, spec: ModelSpec) -> Path:
    torch.manual_seed(1)
    path = folder / f"{spec.backbone}_{spec.head}.safetensors"
    names = tuple(str(each) for each in range(spec.classes))
    save_weights(path, GraspNetwork(spec), WeightsInfo(spec, classes=names))
    return path


def test_what_fits_is_taken_and_the_rest_is_left(tmp_path: Path) -> None:
    dense = untrained(tmp_path, ModelSpec(head="dense", classes=3))
    torch.manual_seed(2)
    network = GraspNetwork(ModelSpec(head="light", classes=5))
    before = {name: value.clone() for name, value in network.state_dict().items()}

    anew = [name for name in go_on_from(network, dense) if "num_batches" not in name]

    known = load_network(dense)[0].state_dict()
    assert anew == ["head.kinds.2.weight", "head.kinds.2.bias"], "classes are others"
    for name, value in network.state_dict().items():
        if "num_batches" not in name:
            assert torch.equal(value, before[name] if name in anew else known[name]), name


def test_another_head_begins_anew(tmp_path: Path) -> None:
    dense = untrained(tmp_path, ModelSpec())
    anew = go_on_from(GraspNetwork(ModelSpec(head="multigrasp")), dense)
    assert anew and all(name.startswith("head.") for name in anew)


def test_another_backbone_is_refused(tmp_path: Path) -> None:
    alexnet = untrained(tmp_path, ModelSpec("alexnet", "multigrasp"))
    with pytest.raises(InputError, match="another backbone"):
        go_on_from(GraspNetwork(ModelSpec()), alexnet)


def test_a_training_goes_on_from_weights(tmp_path: Path, samples: list[Sample]) -> None:
    first = trained(tmp_path / "first", samples)
    again = trained(tmp_path / "again", samples, start=first, head="light")

    told = read_info(again)
    assert told.spec.head == "light"
    assert told.training["start"]["protocol"] == FOLD.to_dict()
    network, other = (load_network(path)[0].state_dict() for path in (again, first))
    # One step or two of a rate that begins low: it is nearer to these than to ImageNet's.
    name = "head.lateral.0.weight"
    assert torch.allclose(network[name], other[name], atol=0.01)


def test_what_has_seen_the_fold_is_refused(tmp_path: Path, samples: list[Sample]) -> None:
    everything = trained(tmp_path / "everything", samples, EVERYTHING)
    other = trained(tmp_path / "other", samples, Protocol("bars", "object", 1))
    # One that goes on from what has seen it has seen it, too.
    more = trained(tmp_path / "more", samples, EVERYTHING, other)
    for path in (everything, other, more, untrained(tmp_path, ModelSpec())):
        with pytest.raises(InputError, match="held out now"):
            about_start(path, FOLD, samples)
        assert about_start(path, EVERYTHING, samples)["sha256"]
    same = trained(tmp_path / "same", samples, Protocol("of another name", "object", 0))
    assert not is_of_other_data(about_start(same, FOLD, samples), samples)


def test_weights_of_other_data_may_be_gone_on_from_with_a_warning(
    tmp_path: Path,
    samples: list[Sample],
    some_bars: Callable[[Path, int], Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    others = read_dataset(some_bars(tmp_path / "others", 12))
    whole = Protocol("others", "object", None)
    first = trained(tmp_path / "first", others, whole)
    assert "too good" not in caplog.text
    second = trained(tmp_path / "second", samples, start=first)
    assert "too good" in caplog.text, "nobody can tell whether they held some of these pictures"

    assert was_trained_on(read_info(second).training, others)
    with pytest.raises(InputError, match="held out now"):
        about_start(second, Protocol("others", "object", 0), others)
    beside = trained(tmp_path / "beside", others, whole, also=[Addition("bars", samples)])
    with pytest.raises(InputError, match="held out now"):
        about_start(beside, FOLD, samples)


def test_figures_are_carried_from_folds_that_went_on_alike(
    tmp_path: Path, samples: list[Sample]
) -> None:
    starts = [trained(tmp_path / f"s{p.fold}", samples, p) for p in (EVERYTHING, FOLD)]
    fold = trained(tmp_path / "fold", samples, FOLD, starts[1])
    anew = trained(tmp_path / "anew", samples, FOLD)
    told = read_info(trained(tmp_path / "same", samples, EVERYTHING, starts[0], measured=[fold]))
    assert list(told.accuracy) == ["same experiment, held out: fold 0, object-wise"]
    with pytest.raises(InputError, match="its start differs"):
        trained(tmp_path / "other", samples, EVERYTHING, starts[0], measured=[anew])
    light = trained(tmp_path / "light", samples, FOLD, head="light")
    on = trained(tmp_path / "on", samples, FOLD, light)
    with pytest.raises(InputError, match="its start's model differs"):
        trained(tmp_path / "third", samples, EVERYTHING, starts[0], measured=[on])
