"""Weight files: safetensors with the metadata to build the network again and to judge it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grasp_detector.errors import InputError, first_line
from grasp_detector.files import written_aside
from grasp_detector.model.spec import ModelSpec
from grasp_detector.rgbd import MEAN

if TYPE_CHECKING:
    from torch import Tensor

    from grasp_detector.model.network import GraspNetwork

FORMAT = "grasp_detector/1"


@dataclass(frozen=True)
class WeightsInfo:
    """What a weight file says of itself.

    Attributes:
        spec: the network.
        classes: names of the classes, in order; empty = not classified.
        training: data, protocol, configuration.
        accuracy: measured figures, each with its data and protocol.
    """

    spec: ModelSpec
    classes: tuple[str, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    accuracy: Mapping[str, Any] = field(default_factory=dict)

    def to_metadata(self) -> dict[str, str]:
        """As safetensors stores it: text by text."""
        side = self.spec.side
        return {
            "format": FORMAT,
            "model": json.dumps(asdict(self.spec)),
            "input": f"red, green, depth; {side}x{side}; bytes minus {MEAN:.0f}",
            "classes": json.dumps(self.classes),
            "training": json.dumps(self.training),
            "accuracy": json.dumps(self.accuracy),
        }

    @staticmethod
    def from_metadata(metadata: Mapping[str, str]) -> WeightsInfo:
        """Inverse of `to_metadata`; raises KeyError, TypeError or ValueError if it cannot be."""
        if metadata["format"] != FORMAT:
            raise ValueError(f"format {metadata['format']!r}")
        spec = ModelSpec(**json.loads(metadata["model"]))
        classes = tuple(str(name) for name in json.loads(metadata["classes"]))
        if len(classes) != spec.classes:
            raise ValueError(f"names {len(classes)} of {spec.classes} classes")
        training, accuracy = (json.loads(metadata[name]) for name in ("training", "accuracy"))
        if not (isinstance(training, dict) and isinstance(accuracy, dict)):
            raise ValueError("tells nothing of training or accuracy")
        return WeightsInfo(spec, classes, training, accuracy)


def read_info(path: Path) -> WeightsInfo:
    """The metadata of a weight file; no weight is read.

    Raises:
        InputError: missing, not safetensors, or not one of ours.
    """
    # Only here and below: who merely launches the node has no safetensors.
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise InputError(f"weights {str(path)!r}: no such file")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"weights {str(path)!r} are not a whole safetensors file: {error}"
        ) from error
    try:
        return WeightsInfo.from_metadata(metadata)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"weights {str(path)!r} are not of grasp_detector: metadata {error}"
        ) from error


def save_weights(path: Path, network: GraspNetwork, info: WeightsInfo) -> None:
    """Write a network's weights whole or not at all; see `written_aside`.

    The same weights with the same description are the same bytes, and have the same SHA-256.

    Raises:
        InputError: they cannot be written: the disk is full, say; or are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    state = {
        name: value.detach().cpu().contiguous()
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    if odd := _not_finite(state):
        raise InputError(f"{str(path)!r} is not written: {odd}")
    with written_aside(path) as aside:
        # safetensors makes files that only their owner can read; this one is for everybody.
        aside.touch()
        mode = aside.stat().st_mode
        try:
            save_file(state, aside, metadata=info.to_metadata())
        except SafetensorError as error:
            raise InputError(f"{str(path)!r} cannot be written: {error}") from error
        _sort_metadata(aside)
        aside.chmod(mode)


def _sort_metadata(path: Path) -> None:
    """Put the metadata in order: safetensors writes them in another one each time."""
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        assert len(text) <= length, "the numbers begin there"
        file.seek(8)
        file.write(text.ljust(length))


def load_network(path: Path) -> tuple[GraspNetwork, WeightsInfo]:
    """The network of a weight file, in evaluation mode, on the CPU.

    Raises:
        InputError: as `read_info`, or tensors that are not this network's or not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from grasp_detector.model.network import GraspNetwork

    info = read_info(path)
    network = GraspNetwork(info.spec)
    try:
        state = load_file(path)
        known = {k for k in network.state_dict() if not k.endswith("num_batches_tracked")}
        if set(state) != known:
            odd = sorted(set(state) ^ known)
            raise RuntimeError(f"{len(odd)} tensors differ, the first is {odd[0]!r}")
        network.load_state_dict(state, strict=False)
    except (SafetensorError, OSError, RuntimeError) as error:
        raise InputError(
            f"weights {str(path)!r} do not fit their own description: {first_line(error)}"
        ) from error
    if diverged := _not_finite(state):
        raise InputError(f"weights {str(path)!r} cannot be used: {diverged}")
    return network.eval(), info


def _not_finite(state: Mapping[str, Tensor]) -> str:
    """Which tensor holds what is no number, in words; "" = none does."""
    odd = [name for name, value in state.items() if not value.isfinite().all()]
    return f"{odd[0]!r} is not finite, the training has diverged" if odd else ""
