"""What a data set holds, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.categories import UNKNOWN, categories
from grasp_detector.data.files import picture_size
from grasp_detector.data.folds import FOLDS, Split, assign_folds, fingerprint
from grasp_detector.data.reading import Reading
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError
from grasp_detector.rgbd import central_crop, check_pair

_SPREAD = (5, 50, 95)  # per cent


def summarise_data(reading: Reading, broken: dict[str, str]) -> dict[str, Any]:
    """Numbers of a data set, as plain values for JSON.

    Args:
        reading: the data set.
        broken: picture -> what is wrong with its files, see `find_broken`; these have no size.
            What is wrong with labels is told by ``reading``.
    """
    samples = reading.samples
    sizes = {s.name: picture_size(s.rgb_path) for s in samples if s.name not in broken}
    grasps = np.concatenate([s.grasps for s in samples])
    return {
        "folder": str(reading.folder),
        "layout": reading.layout,
        "pictures": len(samples),
        "objects": len({s.object_id for s in samples} - {""}),
        "sizes": dict(Counter(f"{w}x{h}" for w, h in sizes.values()).most_common()),
        "depth": dict(Counter(map(_depth, samples)).most_common()),
        "rectangles": len(grasps),
        "rectangles a picture": _spread(np.array([len(s.grasps) for s in samples]), (0, 50, 100)),
        "opening, pixels": _spread(grasps[:, 4]),
        "plate, pixels": _spread(grasps[:, 3]),
        "centre in the crop": _in_view([s for s in samples if s.name in sizes], sizes),
        "negatives": sum(len(s.negatives) for s in samples),
        "dropped": reading.dropped,
        "left out": reading.unlabelled,
        "labels without a picture": reading.pictureless,
        "object not told": reading.strangers,
        "name with blanks": reading.spaced,
        "categories": _categories(samples),
        "in no category": reading.uncategorised,
        "folds": {split: _folds(samples, split) for split in get_args(Split)},
        "sha256": fingerprint(samples),
        "broken": reading.broken | broken,
    }


def find_broken(samples: Iterable[Sample], whole: bool) -> Iterator[tuple[Sample, str | None]]:
    """Each sample with what is wrong with its files, None where nothing is.

    Args:
        samples: to look at.
        whole: decode pictures and depth, instead of reading the headers of pictures alone.
    """
    for sample in samples:
        try:
            if whole:
                check_pair(sample.rgb(), sample.depth())
            else:
                picture_size(sample.rgb_path)
        except InputError as error:
            yield sample, str(error)
        else:
            yield sample, None


def _depth(sample: Sample) -> str:
    if sample.depth_path is None:
        return "none"
    return "point cloud" if sample.depth_path.suffix == ".txt" else "picture"


def _spread(
    values: NDArray[np.floating | np.integer], shares: Sequence[int] = _SPREAD
) -> list[float]:
    return [round(float(v), 1) for v in np.percentile(values, shares)]


def _in_view(samples: Sequence[Sample], sizes: dict[str, tuple[int, int]]) -> float | None:
    """Share of the grasps whose centre lies in the part of the picture that the network sees."""
    inside = []
    for sample in samples:
        width, height = sizes[sample.name]
        crop = central_crop(height, width)
        offset = sample.grasps[:, :2] - [crop.x - 0.5, crop.y - 0.5]
        inside.append(((offset >= 0) & (offset < crop.size)).all(axis=1))
    return round(float(np.concatenate(inside).mean()), 4) if inside else None


def _categories(samples: Sequence[Sample]) -> dict[str, int]:
    """Pictures of each category that there is, most first."""
    numbers = Counter(s.category for s in samples if s.category != UNKNOWN)
    return {categories()[number]: count for number, count in numbers.most_common()}


def _folds(samples: Sequence[Sample], split: Split) -> list[int] | None:
    """Pictures of each fold, None where the data cannot be dealt so."""
    try:
        return np.bincount(assign_folds(samples, split), minlength=FOLDS).tolist()
    except InputError:
        return None
