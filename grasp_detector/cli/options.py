"""Options that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from grasp_detector.files import write_whole

Data = Annotated[
    Path,
    typer.Option(
        envvar="GRASP_DETECTOR_CORNELL",
        help="Folder of a data set in the layout of Cornell or of Jacquard.",
    ),
]
DataName = Annotated[
    str | None,
    typer.Option(help="What figures call this data [default: the folder's name and its size]."),
]
Gallery = Annotated[
    Path | None,
    typer.Option(help="Write a page with pictures of every miss and hit into this folder."),
]
Json = Annotated[Path | None, typer.Option("--json", help="Write the figures here as well.")]


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all; raises InputError if its folder cannot be written."""
    write_whole(path, json.dumps(value, indent=2) + "\n")


def data_name(folder: Path, pictures: int, given: str | None) -> str:
    """The name that figures carry."""
    return given or f"{folder.resolve().name}, {pictures} pictures"
