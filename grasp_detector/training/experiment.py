"""A run's folder: whose it is, and what the weights of other runs say of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from grasp_detector.data import Sample
from grasp_detector.errors import InputError
from grasp_detector.files import size_of, write_whole
from grasp_detector.model.weights import read_info

EXPERIMENT = "experiment.yaml"
# What differs between the run with everything and the one that was measured.
_HELD_OUT = {"protocol", "pictures"}


def claim(output: Path, about: Mapping[str, Any], samples: Sequence[Sample]) -> None:
    """Make the run's folder, or see that it is this very experiment's.

    Args:
        output: the folder.
        about: what decides about the weights.
        samples: all that the training reads: their files may have changed under the same names.

    Raises:
        InputError: it holds another experiment, or other things.
    """
    path = output / EXPERIMENT
    ours = {**_plain(about), "files": _files(samples)}
    if path.exists():
        try:
            known = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise InputError(
                f"{str(path)!r} is damaged, so nobody knows whose the folder is: choose another one"
            ) from error
        if isinstance(known, dict) and {**known, "files": ours["files"]} == ours != known:
            raise InputError(
                f"{str(output)!r} holds a training on other files of the same names: pictures, "
                "depth or the objects' names have changed since; choose another folder"
            )
        if known != ours:
            raise InputError(
                f"{str(output)!r} holds another experiment (see {EXPERIMENT} there): "
                "choose another folder"
            )
        return
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{str(output)!r} is not an empty folder and holds no training")
    write_whole(path, yaml.safe_dump(ours, sort_keys=False))


def carried_figures(measured: Sequence[Path], about: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of weights that differ from these in nothing but what was held out.

    Raises:
        InputError: they are of another experiment.
    """
    figures: dict[str, Any] = {}
    ours = _plain(about)
    for path in measured:
        info = read_info(path)
        if odd := _difference(ours, info.training):
            raise InputError(f"{str(path)!r} is of another experiment: its {odd} differs")
        figures |= {f"same experiment, {what}": report for what, report in info.accuracy.items()}
    return figures


def _difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """What else differs between two trainings than what was held out; "" = nothing."""
    for name in [*ours, *theirs]:
        one, other = ours.get(name), theirs.get(name)
        if name == "start" and isinstance(one, Mapping) and isinstance(other, Mapping):
            # What a fold went on from had that fold held out, too: other weights, made alike.
            within = {"sha256": None}
            if odd := _difference({**one, **within}, {**other, **within}):
                return f"start's {odd}"
        elif name not in _HELD_OUT and one != other:
            return name
    return ""


def _files(samples: Sequence[Sample]) -> str:
    """SHA-256 over what names and labels do not tell; of files the sizes, which are read soon."""
    digest = hashlib.sha256()
    for sample in sorted(samples, key=lambda each: (each.name, str(each.rgb_path))):
        paths = filter(None, (sample.rgb_path, sample.depth_path))
        told = [(path.suffix, size_of(path)) for path in paths]
        digest.update(repr((sample.name, sample.object_name, told)).encode())
    return digest.hexdigest()


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they come back from a file: lists for tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain
