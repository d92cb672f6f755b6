"""What a training may see, and what is kept from it to be measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grasp_detector.data import FOLDS, Sample, assign_folds, fingerprint
from grasp_detector.data.folds import Split
from grasp_detector.data.reading import listed
from grasp_detector.errors import InputError


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
            raise InputError(f"{len(samples)} pictures are too few to hold out fold {self.fold}")
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

    def check_against(self, held: Sequence[Sample]) -> None:
        """Raise InputError where it holds pictures that are held out from the training."""
        known = {_content(sample) for sample in held}
        both = [sample.name for sample in self.samples if _content(sample) in known]
        if both:
            raise InputError(
                f"{self.name!r} holds {len(both)} pictures that are held out to be measured on "
                f"({listed(both)}): they must not be trained on"
            )

    def to_dict(self) -> dict[str, Any]:
        """For the weight file and the experiment's file."""
        return {
            "data": self.name,
            "pictures": len(self.samples),
            "sha256": fingerprint(self.samples),
        }


def was_trained_on(training: Mapping[str, Any], samples: Sequence[Sample]) -> bool:
    """Whether weights saw this very data set, or a part of it, by what their file tells.

    Args:
        training: what a weight file says of its training.
        samples: a whole data set.
    """
    seen = {training.get("data_sha256"), *(other["sha256"] for other in training.get("also", []))}
    return fingerprint(samples) in seen


def _content(sample: Sample) -> tuple[str, bytes]:
    """Name and labels: what a copy of a picture in another folder has too."""
    return sample.name, np.round(sample.grasps, 2).tobytes()
