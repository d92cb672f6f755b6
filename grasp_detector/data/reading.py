"""What was read from a data set's folder, and what of it could not be used."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.categories import UNKNOWN
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError

_log = logging.getLogger(__name__)
_NAMED = 8  # so many pictures are named in a line


@dataclass(frozen=True)
class Reading:
    """A data set.

    Attributes:
        folder: where it lies.
        layout: "Cornell" or "Jacquard".
        samples: by name; each has a positive grasp, since the metric could not judge it else.
        broken: picture left out -> what is wrong with its labels.
        dropped: label file -> numbers, from 1, of what is no rectangle in it (NaN, no area, ...).
        unlabelled: pictures left out because no positive grasp is labelled.
        strangers: pictures whose object is not told.
        pictureless: labels without a picture, by the name that it would have.
        spaced: pictures whose line tells more than there is to tell: blanks in the object's name.
        wordless: pictures whose line tells no object.
        repeated: pictures that two lines tell different objects of; the last one counts.
        doubled: pictures that lie in more than one folder; the first one is read.
    """

    folder: Path
    layout: str
    samples: list[Sample] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, list[int]] = field(default_factory=dict)
    unlabelled: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    pictureless: list[str] = field(default_factory=list)
    spaced: list[str] = field(default_factory=list)
    wordless: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def labels(
        self,
        name: str,
        path: Path,
        read: Callable[[Path], tuple[NDArray[np.float64], list[int]]],
    ) -> NDArray[np.float64]:
        """The labels ``(M, 5)`` of a picture's file, none if it is not there or is broken.

        What it drops is noted, and what is wrong with it.
        """
        if not path.is_file():
            return np.empty((0, 5))
        try:
            grasps, bad = read(path)
        except InputError as error:
            self.broken.setdefault(name, str(error))
            return np.empty((0, 5))
        if bad:
            self.dropped[path.name] = bad
        return grasps

    def note_doubles(self, pictures: Mapping[str, Sequence[Path]]) -> None:
        """Note what of the pictures found, by name, lies in more than one folder."""
        self.doubled.extend(
            name for name, paths in pictures.items() if len({path.parent for path in paths}) > 1
        )

    @property
    def uncategorised(self) -> list[str]:
        """Names of objects that are in no category."""
        names = {s.object_name for s in self.samples if s.category == UNKNOWN}
        return sorted(names - {""})

    def remarks(self) -> list[str]:
        """What a user should know before trusting the data, a line each."""
        dropped = [
            f"{name} ({', '.join(map(str, numbers))})" for name, numbers in self.dropped.items()
        ]
        count = sum(map(len, self.dropped.values()))
        lines = []
        if dropped:
            lines.append(
                f"{count} rectangles with NaN, no area or corners that make none were dropped: "
                f"{listed(dropped)}"
            )
        if self.unlabelled:
            lines.append(
                f"{len(self.unlabelled)} pictures have no positive rectangle and were left out: "
                f"{listed(self.unlabelled)}"
            )
        if self.pictureless:
            lines.append(
                f"{len(self.pictureless)} label files have no picture that is read (.png, .jpg, "
                f".jpeg): {listed(self.pictureless)}"
            )
        if self.spaced:
            lines.append(
                f"{len(self.spaced)} lines of z.txt have more than four words "
                f"({listed(self.spaced)}): a name takes no blanks, Coffee_Mug"
            )
        if self.wordless:
            lines.append(
                f"{len(self.wordless)} lines of z.txt tell no object: {listed(self.wordless)}"
            )
        if self.repeated:
            lines.append(
                f"{len(self.repeated)} pictures have two different objects in z.txt, the last one "
                f"counts: {listed(self.repeated)}"
            )
        if self.doubled:
            lines.append(
                f"{len(self.doubled)} pictures lie in more than one folder, the first is read: "
                f"{listed(self.doubled)}"
            )
        if self.strangers:
            lines.append(
                f"{len(self.strangers)} pictures are not in z.txt, their objects are not known: "
                f"{listed(self.strangers)}"
            )
        if self.uncategorised:
            lines.append(f"in no category: {listed(self.uncategorised, len(self.uncategorised))}")
        return lines

    def report(self) -> None:
        """Put the remarks into the log."""
        for line in self.remarks():
            _log.warning("%r: %s", str(self.folder), line)


def listed(names: Sequence[str], most: int = _NAMED) -> str:
    """Names in a line, not all of very many; what a terminal would obey is shown escaped."""
    shown = [name if name.isprintable() else repr(name) for name in names[:most]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def usable(grasps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the grasps ``(M, 5)`` are rectangles: finite and of some area, ``(M,)``."""
    with np.errstate(invalid="ignore"):
        return np.isfinite(grasps).all(axis=1) & (grasps[:, 3:] > 0).all(axis=1)
