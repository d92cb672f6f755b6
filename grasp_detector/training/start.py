"""Going on from weights that were trained before: on one's own pictures, or to another head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from grasp_detector.data import Sample
from grasp_detector.errors import InputError
from grasp_detector.model.weights import load_network, read_info
from grasp_detector.training.protocol import Protocol, was_trained_on
from grasp_detector.weights_sums import sha256

# What tells which pictures weights have seen.
_SEEN = ("protocol", "data_sha256", "also", "start")


def about_start(path: Path, protocol: Protocol, samples: Sequence[Sample]) -> dict[str, Any]:
    """What weights tell that go on from these.

    Args:
        path: the weights to go on from.
        protocol: of the training to come.
        samples: its whole data set.

    Raises:
        InputError: they cannot be read, or have seen what is held out now.
    """
    training = read_info(path).training
    if protocol.fold is not None and not _held_out_the_same(training, protocol, samples):
        raise InputError(
            f"{str(path)!r} has seen pictures that are held out now: go on from weights that had "
            f"{protocol.held_out.removeprefix('held out: ')}, held out as well, or hold nothing "
            "out (--everything)"
        )
    return {"sha256": sha256(path), **{name: training[name] for name in _SEEN if name in training}}


def go_on_from(network: nn.Module, path: Path) -> list[str]:
    """Give a network what fits of other weights, by name and shape.

    Args:
        network: changed in place.
        path: the weights.

    Returns:
        Names of the tensors that the weights do not have: they stay as they are.

    Raises:
        InputError: the weights cannot be used, or nothing of them fits.
    """
    state = load_network(path)[0].state_dict()
    own = network.state_dict()
    fits = {name: value for name, value in state.items() if _shape(own, name) == value.shape}
    if not any(name.startswith("backbone.") for name in fits):
        raise InputError(f"{str(path)!r} is of another backbone: nothing of it fits this network")
    network.load_state_dict(fits, strict=False)
    return [name for name in own if name not in fits]


def _shape(state: Mapping[str, Any], name: str) -> object:
    return state[name].shape if name in state else None


def _held_out_the_same(
    training: Mapping[str, Any], protocol: Protocol, samples: Sequence[Sample]
) -> bool:
    """Whether weights, and those that they went on from, saw nothing of what is held out."""
    own = {name: training[name] for name in ("data_sha256", "also") if name in training}
    if was_trained_on(own, samples) and (
        training.get("protocol") != protocol.to_dict() | _name_of(training)
        or was_trained_on({"also": own.get("also")}, samples)  # of that nothing was held out
    ):
        return False
    before = training.get("start")
    return not isinstance(before, Mapping) or _held_out_the_same(before, protocol, samples)


def _name_of(training: Mapping[str, Any]) -> dict[str, Any]:
    """What the data are called there: another name does not make them others."""
    protocol = training.get("protocol")
    return {"data": protocol["data"]} if isinstance(protocol, dict) and "data" in protocol else {}
