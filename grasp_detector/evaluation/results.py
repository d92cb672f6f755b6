"""Results as they are stored: one small file for each run of the table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from grasp_detector.data.folds import Split
from grasp_detector.errors import InputError
from grasp_detector.evaluation.deal import Deal
from grasp_detector.evaluation.protocol import Verdict
from grasp_detector.evaluation.statistics import summarise
from grasp_detector.evaluation.timing import PictureTime
from grasp_detector.files import write_whole

_FORMAT = "grasp_detector result/1"
_COLUMNS = ["picture", "x", "y", "theta", "h", "w", "confidence", "jaccard", "class"]
# Finer than labels and verdicts can tell, and no more.
_PIXEL_DIGITS, _SHARE_DIGITS = 2, 6


class Run(NamedTuple):
    """One row of the table on one fold."""

    row: str
    split: Split
    fold: int

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.row}/{self.split}-{self.fold}"

    def lock(self, folder: Path) -> Path:
        """Of whoever makes it, among the locks of a folder."""
        return folder / f"{self.row}-{self.split}-{self.fold}"

    def __str__(self) -> str:
        return f"{self.row}, {self.split}-wise, fold {self.fold}"


@dataclass(frozen=True)
class Result:
    """What a run measured.

    Attributes:
        run: which.
        experiment: all that decides about it beside the data.
        data: name of the data set.
        fingerprint: of the data set.
        folds_seed: of the dealing of the folds.
        verdicts: of every picture of the fold.
        time: of a picture.
        training_seconds: without what was lost when a training was killed.
        machine: in words.
        versions: of the software.
        also: fingerprints of the other data that were trained on.
    """

    run: Run
    experiment: Mapping[str, Any]
    data: str
    fingerprint: str
    folds_seed: int
    verdicts: tuple[Verdict, ...]
    time: PictureTime
    training_seconds: float
    machine: str
    versions: Mapping[str, str]
    also: tuple[str, ...] = ()


def experiment_hash(experiment: Mapping[str, Any]) -> str:
    """A short name of an experiment, the same for the same values."""
    text = json.dumps(experiment, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def result_path(folder: Path, run: Run) -> Path:
    """Where the result of a run is stored."""
    return folder / f"{run.name}.json"


def write_result(folder: Path, result: Result) -> None:
    """Store a result, a line a picture."""
    protocol = {
        "split": result.run.split,
        "fold": result.run.fold,
        "folds_seed": result.folds_seed,
    }
    head = {
        "format": _FORMAT,
        "row": result.run.row,
        "experiment": result.experiment,
        "experiment_hash": experiment_hash(result.experiment),
        "data": result.data,
        "data_sha256": result.fingerprint,
        "also_sha256": list(result.also),
        "protocol": protocol,
        "summary": summarise(result.verdicts).to_dict(),
        "time": result.time.to_dict(),
        "training_seconds": round(result.training_seconds, 1),
        "machine": result.machine,
        "versions": result.versions,
        "columns": _COLUMNS,
    }
    rows = [json.dumps(_row(verdict)) for verdict in result.verdicts]
    text = json.dumps(head, indent=1).removesuffix("\n}")
    write_whole(
        result_path(folder, result.run),
        f'{text},\n "verdicts": [\n  ' + ",\n  ".join(rows) + "\n ]\n}\n",
    )


def _row(verdict: Verdict) -> list[Any]:
    x, y, theta, h, w = verdict.grasp.tolist()
    return [
        verdict.picture,
        round(x, _PIXEL_DIGITS),
        round(y, _PIXEL_DIGITS),
        round(theta, 4),
        round(h, _PIXEL_DIGITS),
        round(w, _PIXEL_DIGITS),
        round(verdict.confidence, _SHARE_DIGITS),
        round(verdict.jaccard, _SHARE_DIGITS),
        verdict.category,
    ]


def read_result(folder: Path, run: Run, folds: Deal) -> Result | None:
    """The stored result of a run, None where there is none.

    Args:
        folder: of the results.
        run: which.
        folds: what the results are of; they tell each picture's object and category.

    Raises:
        InputError: a file that is damaged, or of other data.
    """
    path = result_path(folder, run)
    if not path.is_file():
        return None
    try:
        result = _parse(json.loads(path.read_text(encoding="utf-8")), folds)
        if result.run != run:
            raise ValueError(f"it is of {result.run}")
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{str(path)!r} is not a stored result ({error}): remove it, and the run is made again"
        ) from error
    if result.fingerprint != folds.fingerprint:
        raise InputError(f"{str(path)!r} is of other data than {folds.data!r}: remove it")
    names = [verdict.picture for verdict in result.verdicts]
    if sorted(names) != sorted(folds.held_out(run.split, run.fold)):
        raise InputError(
            f"{str(path)!r} does not judge every picture of its fold once: remove it, and the run "
            "is made again"
        )
    return result


def _parse(stored: Any, folds: Deal) -> Result:
    if stored["format"] != _FORMAT or stored["columns"] != _COLUMNS:
        raise ValueError("another format")
    if stored["experiment_hash"] != experiment_hash(stored["experiment"]):
        raise ValueError("its experiment is not what its hash says")
    protocol = stored["protocol"]
    verdicts = tuple(_verdict(row, folds) for row in stored["verdicts"])
    return Result(
        Run(stored["row"], protocol["split"], protocol["fold"]),
        stored["experiment"],
        str(stored["data"]),
        stored["data_sha256"],
        protocol["folds_seed"],
        verdicts,
        PictureTime(**stored["time"]),
        float(stored["training_seconds"]),
        str(stored["machine"]),
        stored["versions"],
        tuple(stored["also_sha256"]),
    )


def _verdict(row: list[Any], folds: Deal) -> Verdict:
    name, *grasp, sure, index, kind = row
    known = folds.pictures.get(name)
    if known is None:
        raise ValueError(f"it judges a picture {name!r} that the folds do not know")
    numbers = np.array(grasp, dtype=np.float64)
    if numbers.shape != (5,):
        raise ValueError(f"the grasp of {name!r} has not five numbers")
    return Verdict(
        name, known.object_id, known.truth, numbers, float(sure), float(index), int(kind)
    )
