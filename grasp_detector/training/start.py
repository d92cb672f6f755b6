"""Going on from weights that were trained before: on one's own pictures, or to another head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from grasp_detector.data import Sample, fingerprint
from grasp_detector.errors import InputError
from grasp_detector.model.weights import load_network, read_info
from grasp_detector.training.protocol import Protocol, was_trained_on
from grasp_detector.weights_sums import sha256

# Without these nobody knows which pictures weights have seen.
_NEEDED = ("protocol", "data_sha256")


def about_start(path: Path, protocol: Protocol, samples: Sequence[Sample]) -> dict[str, Any]:
    """What weights tell of those that they go on from.

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
            f"{str(path)!r} has seen pictures that are held out now, or does not tell: go on from "
            f"weights that had {protocol.held_out.removeprefix('held out: ')}, held out as well, "
            "or hold nothing out (--everything)"
        )
    return {"sha256": sha256(path), **training}


def is_of_other_data(about: Mapping[str, Any], samples: Sequence[Sample]) -> bool:
    """Whether weights, or those that they went on from, learnt from another data set than this.

    Data sets are known by their fingerprints as a whole: whether another one holds some of these
    pictures, nobody can tell.
    """
    before = about.get("start")
    others = about.get("data_sha256") != fingerprint(samples)
    return others or (isinstance(before, Mapping) and is_of_other_data(before, samples))


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
    fits = {n: value for n, value in state.items() if n in own and own[n].shape == value.shape}
    if not any(name.startswith("backbone.") for name in fits):
        raise InputError(f"{str(path)!r} is of another backbone: nothing of it fits this network")
    network.load_state_dict(fits, strict=False)
    return [name for name in own if name not in fits]


def _held_out_the_same(
    training: Mapping[str, Any], protocol: Protocol, samples: Sequence[Sample]
) -> bool:
    """Whether weights, and those that they went on from, saw nothing of what is held out."""
    if not all(name in training for name in _NEEDED):
        return False
    if was_trained_on({"also": training.get("also")}, samples):
        return False  # of that nothing was held out
    theirs = training["protocol"]
    if training["data_sha256"] == fingerprint(samples):
        # Another name does not make them other data.
        ours = protocol.to_dict()
        if not isinstance(theirs, Mapping) or {**theirs, "data": ours["data"]} != ours:
            return False
    before = training.get("start")
    return not isinstance(before, Mapping) or _held_out_the_same(before, protocol, samples)
