"""What a training may see, and what is kept from it to be measured on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grasp_detector.data import FOLDS, Sample, assign_folds, fingerprint
from grasp_detector.data.folds import Split
from grasp_detector.data.reading import listed
from grasp_detector.errors import InputError
from grasp_detector.files import size_of
from grasp_detector.weights_sums import sha256


@dataclass(frozen=True)
class Protocol:
    """Which samples are held out.

    Attributes:
        data: the data set's name, as figures are to be labelled with.
        split: "image" or "object".
        fold: the fold held out; None = train on everything, nothing is measured.
        folds_seed: of the dealing of the folds.
    """

    data: str
    split: Split = "object"
    fold: int | None = 0
    folds_seed: int = 0

    def parts(self, samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
        """Samples to train on, and samples held out."""
        if self.fold is None:
            return list(samples), []
        if self.fold not in range(FOLDS):
            raise InputError(f"fold is {self.fold!r}: a number from 0 to {FOLDS - 1} is needed")
        folds = assign_folds(samples, self.split, self.folds_seed)
        kept = [s for s, fold in zip(samples, folds, strict=True) if fold != self.fold]
        held = [s for s, fold in zip(samples, folds, strict=True) if fold == self.fold]
        if not kept or not held:
            raise InputError(_too_few(self.split, self.fold, len(set(folds.tolist()))))
        return kept, held

    @property
    def held_out(self) -> str:
        """What is held out, in words."""
        return f"held out: fold {self.fold}, {self.split}-wise"

    def to_dict(self) -> dict[str, Any]:
        """For the weight file and the experiment's file."""
        return {
            "data": self.data,
            "split": None if self.fold is None else self.split,
            "fold": self.fold,
            "folds_seed": self.folds_seed,
        }


@dataclass(frozen=True)
class Addition:
    """Another data set that is trained on as well, and of which nothing is held out.

    Attributes:
        name: as weight files are to name it.
        samples: all of it.
    """

    name: str
    samples: Sequence[Sample]

    def check_against(self, held: Sequence[Sample], split: Split) -> None:
        """See that it holds nothing that is held out from the training.

        A picture is known again by its file's bytes, or by its name with its labels or its object;
        where objects are held out, so is every picture whose object z.txt calls the same.

        Args:
            held: the samples held out.
            split: how they were chosen.

        Raises:
            InputError: it does, or a picture that may be a copy cannot be read.
        """
        known = {mark for sample in held for mark in _marks(sample, split)}
        paths = [sample.rgb_path for sample in held if sample.rgb_path.is_file()]
        sizes, files = set(map(size_of, paths)), set(map(sha256, paths))
        both = [
            sample.name
            for sample in self.samples
            if not known.isdisjoint(_marks(sample, split))
            # There may be many thousand: few have the size of another, and are read.
            or (size_of(sample.rgb_path) in sizes and sha256(sample.rgb_path) in files)
        ]
        if both:
            objects = ", or show objects that are" if split == "object" else ""
            raise InputError(
                f"{self.name!r} holds {len(both)} pictures that are held out to be measured on"
                f"{objects} ({listed(both)}): they must not be trained on"
            )

    def to_dict(self) -> dict[str, Any]:
        """For the weight file and the experiment's file."""
        return {
            "data": self.name,
            "pictures": len(self.samples),
            "sha256": fingerprint(self.samples),
        }


def was_trained_on(training: Mapping[str, Any], samples: Sequence[Sample]) -> bool:
    """Whether this very data set, as a whole, was the training's, by what the weights' file tells.

    False says nothing of single pictures: a file knows data sets by their fingerprints alone, and
    that of a part of one, or of more, is another.

    Args:
        training: what a weight file says of its training.
        samples: a whole data set.
    """
    also = training.get("also")
    others = [each for each in also if isinstance(each, Mapping)] if isinstance(also, list) else []
    seen = [training.get("data_sha256"), *(other.get("sha256") for other in others)]
    before = training.get("start")
    if isinstance(before, Mapping) and was_trained_on(before, samples):
        return True
    return fingerprint(samples) in seen


def _too_few(split: Split, fold: int, filled: int) -> str:
    """Why a fold cannot be held out where there are so few folds that hold something."""
    thing, other = ("picture", "") if split == "image" else ("object", ", or --split image")
    if filled < 2:
        return f"a single {thing} can be trained on or held out, not both: more are needed{other}"
    last = filled - 1
    return f"{filled} {thing}s fill folds 0 to {last}, none is in {fold}: --fold 0 to {last}{other}"


def _marks(sample: Sample, split: Split) -> list[Hashable]:
    """What a picture has that is held out, beside its file; one of them is enough."""
    marks: list[Hashable] = [(sample.name, np.round(sample.grasps, 2).tobytes())]
    # Numbers without a name are dealt anew by every z.txt; Jacquard's ids are names in themselves.
    if sample.object_id and (sample.object_name or not sample.object_id.isdecimal()):
        thing = (sample.object_id, sample.object_name)
        if split == "object":
            marks.append(thing)
        # Simulated scenes are all numbered from 0 and share models, whose ids are no numbers:
        # two of a number and a model are two pictures nevertheless.
        elif sample.object_id.isdecimal():
            marks.append((sample.name, *thing))
    return marks
