"""What colour and depth are worth, as it is stored: a file a place, with the weights it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grasp_detector.errors import InputError
from grasp_detector.files import write_whole

PLACES = ("single", "clutter", "kinect")
"""One object on the simulated table, several, and real scenes."""

ROWS = {
    "rgb": "RGB",
    "rgbd": "RG-D",
    "depth": "D only",
    "rgb_room": "RGB, depth asked for room",
    "rgbd_room": "RG-D, depth asked for room",
    "depth_room": "D only, depth asked for room",
    "mask": "true mask, no network",
}
"""Ways to choose a grasp, and what they are called."""

HELD = "held"
"""The verdict of a success; of others it is why not."""

WAYS = 4
"""Part of what results are of: raise it when the code changes what is tried, or how."""

_FORMAT = 2


@dataclass(frozen=True)
class Try:
    """A grasp.

    Attributes:
        row: who chose it.
        group: what it has in common with others: the table or the scene.
        confidence: of it; None = no grasp was found.
        verdict: what came of it.
    """

    row: str
    group: int
    confidence: float | None
    verdict: str

    @property
    def held(self) -> bool:
        """Whether it succeeded."""
        return self.verdict == HELD


@dataclass(frozen=True)
class Origin:
    """What tries are of: others are not comparable, and not gone on with.

    Attributes:
        weights_sha256: of the weight file.
        settings: all else, in plain values.
    """

    weights_sha256: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Tried:
    """All tries in a place.

    Attributes:
        origin: what they are of.
        weights: the weight file's name.
        network: its backbone and its head.
        cornell: what its training measured on Cornell: name of the part: share.
        wanted: groups that there are to be.
        tries: group after group.
        seconds: that they took.
    """

    origin: Origin
    weights: str
    network: str
    cornell: Mapping[str, float]
    wanted: int
    tries: tuple[Try, ...]
    seconds: float

    def of(self, row: str) -> list[Try]:
        """The tries of a row."""
        return [each for each in self.tries if each.row == row]

    @property
    def groups(self) -> int:
        """Groups that were tried."""
        return len({each.group for each in self.tries})


def write_tried(folder: Path, place: str, tried: Tried) -> None:
    """Store what was tried in a place, whole or not at all."""
    head = {
        "format": _FORMAT,
        "weights": tried.weights,
        "network": tried.network,
        **asdict(tried.origin),
        "cornell": dict(tried.cornell),
        "wanted": tried.wanted,
        "seconds": round(tried.seconds, 1),
        "columns": ["row", "group", "confidence", "verdict"],
    }
    rows = [
        json.dumps(
            [
                each.row,
                each.group,
                None if each.confidence is None else round(each.confidence, 4),
                each.verdict,
            ]
        )
        for each in tried.tries
    ]
    text = json.dumps(head, indent=1).removesuffix("\n}")
    write_whole(
        folder / f"{place}.json", f'{text},\n "tries": [\n  ' + ",\n  ".join(rows) + "\n ]\n}\n"
    )


def read_tried(folder: Path, place: str) -> Tried | None:
    """What was tried in a place; None where nothing was.

    Raises:
        InputError: a damaged file.
    """
    path = folder / f"{place}.json"
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT:
            raise ValueError("another format")
        tries = tuple(Try(str(row), int(g), sure, str(v)) for row, g, sure, v in stored["tries"])
        return Tried(
            Origin(str(stored["weights_sha256"]), dict(stored["settings"])),
            str(stored["weights"]),
            str(stored["network"]),
            dict(stored["cornell"]),
            int(stored["wanted"]),
            tries,
            float(stored["seconds"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{str(path)!r} is damaged ({error}): remove it, and it is made again"
        ) from error
