"""Which picture is in which fold: stored with the results, names only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grasp_detector.data import UNKNOWN, Sample, assign_folds, categories, fingerprint
from grasp_detector.data.folds import Split
from grasp_detector.errors import InputError
from grasp_detector.files import write_whole

_FORMAT = "grasp_detector folds/1"
_COLUMNS = ["object", "category", "fold image-wise", "fold object-wise"]
FILE = "folds.json"


@dataclass(frozen=True)
class Picture:
    """What results need to know of a picture.

    Attributes:
        object_id: the object that it shows, "" = not known.
        truth: number of the object's category, -1 = in none.
        image, object: its fold image-wise and object-wise, the latter None where objects are not
            known.
    """

    object_id: str
    truth: int
    image: int
    object: int | None


@dataclass(frozen=True)
class Deal:
    """A data set dealt into folds.

    Attributes:
        data: its name, as figures are labelled with.
        fingerprint: of it.
        folds_seed: of the dealing.
        pictures: by name.
    """

    data: str
    fingerprint: str
    folds_seed: int
    pictures: dict[str, Picture]

    def held_out(self, split: Split, fold: int) -> set[str]:
        """Names of the pictures of a fold."""
        return {
            name
            for name, picture in self.pictures.items()
            if (picture.image if split == "image" else picture.object) == fold
        }


def deal(samples: Sequence[Sample], data: str, seed: int = 0) -> Deal:
    """The folds of a data set, both ways."""
    knows_objects = all(sample.object_id for sample in samples)
    image = assign_folds(samples, "image", seed).tolist()
    by_object = assign_folds(samples, "object", seed).tolist() if knows_objects else None
    pictures = {
        sample.name: Picture(
            sample.object_id,
            sample.category,
            image[index],
            None if by_object is None else by_object[index],
        )
        for index, sample in enumerate(samples)
    }
    return Deal(data, fingerprint(samples), seed, pictures)


def write_deal(folder: Path, folds: Deal) -> None:
    """Store the folds, a line a picture."""
    head = {
        "format": _FORMAT,
        "data": folds.data,
        "data_sha256": folds.fingerprint,
        "folds_seed": folds.folds_seed,
        "columns": _COLUMNS,
    }
    names = categories()
    rows = [
        f"{json.dumps(name)}: "
        + json.dumps(
            [p.object_id, None if p.truth == UNKNOWN else names[p.truth], p.image, p.object]
        )
        for name, p in sorted(folds.pictures.items())
    ]
    text = json.dumps(head, indent=1).removesuffix("\n}")
    write_whole(folder / FILE, f'{text},\n "pictures": {{\n  ' + ",\n  ".join(rows) + "\n }\n}\n")


def read_deal(folder: Path) -> Deal | None:
    """The folds stored with results, None where there are none.

    Raises:
        InputError: a file that holds none.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT or stored["columns"] != _COLUMNS:
            raise ValueError("another format")
        number = {name: index for index, name in enumerate(categories())} | {None: UNKNOWN}
        pictures = {
            str(name): Picture(str(owner), number[category], image, by_object)
            for name, (owner, category, image, by_object) in stored["pictures"].items()
        }
        return Deal(stored["data"], stored["data_sha256"], stored["folds_seed"], pictures)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{str(path)!r} does not tell the folds of stored results ({error}): take it from "
            "version control, or choose another folder for results"
        ) from error
