"""A folder to a data set, whichever layout it has."""

from __future__ import annotations

from pathlib import Path

from grasp_detector.data.cornell import cornell_pictures, read_cornell_pictures
from grasp_detector.data.files import entries
from grasp_detector.data.jacquard import jacquard_pictures, read_jacquard_pictures
from grasp_detector.data.reading import Reading, listed
from grasp_detector.data.sample import Sample
from grasp_detector.errors import InputError

_LAYOUTS = (
    (cornell_pictures, read_cornell_pictures),
    (jacquard_pictures, read_jacquard_pictures),
)
_EXPECTED = (
    "expected are NN/pcdNNNNr.png with NN/pcdNNNNcpos.txt (the Cornell layout) or "
    "ID/N_ID_RGB.png with ID/N_ID_grasps.txt (Jacquard)"
)
_TRIED = 20  # folders that are looked into for what was meant


def read_dataset(folder: Path) -> list[Sample]:
    """All labelled pictures of a data set, by name; what is not labelled is named in the log.

    Raises:
        InputError: no such folder, no labelled picture in it, or a label file that is not one.
    """
    reading = scan_dataset(folder)
    if reading.broken:
        # They were meant to be used, as pictures were that cannot be read.
        raise InputError(
            f"labels of {len(reading.broken)} pictures cannot be read, the first: "
            f"{next(iter(reading.broken.values()))} (`grasp-detector data` names them)"
        )
    reading.report()
    return reading.samples


def scan_dataset(folder: Path) -> Reading:
    """A data set and what is to be said of it.

    Raises:
        InputError: no such folder, or no picture in it whose labels can be used.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InputError(f"data {str(folder)!r} {what}: {_EXPECTED}")
    for find, read in _LAYOUTS:
        if pictures := find(folder):
            reading = read(folder, pictures)
            if reading.samples:
                return reading
            first = next(iter(reading.broken.values()), None)
            raise InputError(
                f"{str(folder)!r} holds {len(pictures)} pictures in the {reading.layout} layout, "
                f"and none has a positive grasp labelled: {first or _EXPECTED}"
            )
    raise InputError(f"{str(folder)!r} holds no data set but {_found(folder)}: {_EXPECTED}")


def _found(folder: Path) -> str:
    """What a folder holds, in words, and which folder near it may be meant."""
    inside = entries(folder)
    folders = [path for path in inside if path.is_dir()]
    files = [path.name for path in inside if not path.is_dir()]
    words = [
        f"{len(names)} {kind} ({listed([repr(name) for name in names], 3)})"
        for kind, names in (("folders", [path.name for path in folders]), ("files", files))
        if names
    ]
    near = folders[:_TRIED]
    if any(name.startswith("pcd") or name.endswith("_RGB.png") for name in files):
        near.insert(0, folder.resolve().parent)
    meant = next((path for path in near if any(find(path) for find, _ in _LAYOUTS)), None)
    hint = "" if meant is None else f" (is {str(meant)!r} meant?)"
    return (" and ".join(words) or "nothing") + hint
