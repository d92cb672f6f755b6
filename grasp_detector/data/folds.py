"""Five folds, by picture or by object, the same for everybody (section V of the paper)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.reading import listed
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError

FOLDS = 5
Split = Literal["image", "object"]


def assign_folds(samples: Sequence[Sample], split: Split, seed: int = 0) -> NDArray[np.int64]:
    """The fold of each sample, 0 to 4.

    Image-wise, pictures are dealt out at random; object-wise, objects are, so that no object of a
    test fold was seen in training.

    Args:
        samples: in any order; the folds depend on the names alone.
        split: "image" or "object".
        seed: of the dealing.

    Returns:
        ``(len(samples),)``.

    Raises:
        InputError: an unknown split, or objects are wanted that the data set does not tell.
    """
    if split not in get_args(Split):
        raise InputError(f"unknown split {split!r}: choose one of {', '.join(get_args(Split))}")
    strangers = [sample.name for sample in samples if not sample.object_id]
    if split == "object" and strangers:
        raise InputError(
            f"{len(strangers)} of {len(samples)} pictures are not in z.txt, which tells their "
            f"objects ({listed(strangers)}): add them, or deal folds image-wise only, --split image"
        )
    keys = [sample.name if split == "image" else sample.object_id for sample in samples]
    known = sorted(set(keys))
    dealt = np.random.default_rng(seed).permutation(len(known)) % FOLDS
    fold_of = dict(zip(known, dealt.tolist(), strict=True))
    return np.array([fold_of[key] for key in keys], dtype=np.int64)


def fingerprint(samples: Sequence[Sample]) -> str:
    """SHA-256 over names, objects and labels: the same data deal the same folds, others do not."""
    digest = hashlib.sha256()
    for sample in sorted(samples, key=lambda each: each.name):
        digest.update(f"{sample.name}\n{sample.object_id}\n".encode())
        digest.update(np.round(sample.grasps, 2).astype("<f8").tobytes())
    return digest.hexdigest()
