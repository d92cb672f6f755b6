"""Five folds, by picture or by object, the same for everybody (section V of the paper)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.sample import Sample

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
    """
    keys = [sample.name if split == "image" else sample.object_id for sample in samples]
    known = sorted(set(keys))
    dealt = np.random.default_rng(seed).permutation(len(known)) % FOLDS
    fold_of = dict(zip(known, dealt.tolist(), strict=True))
    return np.array([fold_of[key] for key in keys], dtype=np.int64)
