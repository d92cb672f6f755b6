"""Options that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from grasp_detector.errors import InputError

Data = Annotated[
    Path,
    typer.Option(
        envvar="GRASP_DETECTOR_CORNELL", help="Folder in the layout of the Cornell data set."
    ),
]
DataName = Annotated[
    str | None,
    typer.Option(help="What figures call this data [default: the folder's name and its size]."),
]
Json = Annotated[Path | None, typer.Option("--json", help="Write the figures here as well.")]


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all; raises InputError if its folder cannot be written."""
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def data_name(folder: Path, pictures: int, given: str | None) -> str:
    """The name that figures carry."""
    return given or f"{folder.resolve().name}, {pictures} pictures"
