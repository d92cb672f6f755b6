"""What a data set holds, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.categories import UNKNOWN, categories
from grasp_detector.data.files import picture_size
from grasp_detector.data.folds import FOLDS, Split, assign_folds, fingerprint
from grasp_detector.data.reading import Reading
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError
from grasp_detector.rgbd import central_crop, check_pair, depth_in_metres
from grasp_detector.rgbd.depth import check_unit

_SPREAD = (5, 50, 95)  # per cent
# Metres between a camera and what it looks at; depth in other units is not between them.
_NEAR, _FAR = 0.1, 10.0


@dataclass(frozen=True)
class Look:
    """What was found in a sample's files.

    Attributes:
        sample: whose they are.
        wrong: what is wrong with them, None where nothing is.
        distance: the median of its depth in metres, 0 where all of it is missing; None where there
            is no depth or it was not decoded.
    """

    sample: Sample
    wrong: str | None = None
    distance: float | None = None


def summarise_data(reading: Reading, looks: Sequence[Look]) -> dict[str, Any]:
    """Numbers of a data set, as plain values for JSON.

    Args:
        reading: the data set.
        looks: what `look_at` found; those with something wrong have no size. What is wrong with
            labels is told by ``reading``.
    """
    samples = reading.samples
    broken = {look.sample.name: look.wrong for look in looks if look.wrong is not None}
    distances = {look.sample.name: look.distance for look in looks if look.distance is not None}
    told = np.array([metres for metres in distances.values() if metres])
    sizes = {s.name: picture_size(s.rgb_path) for s in samples if s.name not in broken}
    grasps = np.concatenate([s.grasps for s in samples])
    return {
        "folder": str(reading.folder),
        "layout": reading.layout,
        "pictures": len(samples),
        "objects": len({s.object_id for s in samples} - {""}),
        "sizes": dict(Counter(f"{w}x{h}" for w, h in sizes.values()).most_common()),
        "depth": dict(Counter(map(_depth, samples)).most_common()),
        "distance, metres": _spread(told, digits=3) if told.size else None,
        "depth that is empty": [name for name, metres in distances.items() if not metres],
        "depth of another unit": [
            name for name, metres in distances.items() if metres and not _NEAR < metres < _FAR
        ],
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
        "line without an object": reading.wordless,
        "told twice": reading.repeated,
        "in two folders": reading.doubled,
        "categories": _categories(samples),
        "in no category": reading.uncategorised,
        "folds": {split: _folds(samples, split) for split in get_args(Split)},
        "sha256": fingerprint(samples),
        "broken": reading.broken | broken,
    }


def look_at(samples: Iterable[Sample], whole: bool) -> Iterator[Look]:
    """What is in the files of each sample.

    Args:
        samples: to look at.
        whole: decode pictures and depth, instead of reading the headers of pictures alone.
    """
    for sample in samples:
        try:
            if whole:
                yield Look(sample, distance=_distance(sample))
            else:
                picture_size(sample.rgb_path)
                yield Look(sample)
        except InputError as error:
            yield Look(sample, wrong=str(error))


def _distance(sample: Sample) -> float | None:
    """See `Look`; InputError for a pair that cannot be used."""
    depth = sample.depth()
    check_pair(sample.rgb(), depth)
    if depth is None:
        return None
    check_unit(depth)
    metres = depth_in_metres(depth)
    known = metres[metres > 0]
    return float(np.median(known)) if known.size else 0.0


def _depth(sample: Sample) -> str:
    if sample.depth_path is None:
        return "none"
    return "point cloud" if sample.depth_path.suffix == ".txt" else "picture"


def _spread(
    values: NDArray[np.floating | np.integer], shares: Sequence[int] = _SPREAD, digits: int = 1
) -> list[float]:
    return [round(float(v), digits) for v in np.percentile(values, shares)]


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
