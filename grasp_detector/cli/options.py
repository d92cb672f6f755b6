"""Options that several commands share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grasp_detector.files import name_of, write_whole
from grasp_detector.rgbd.shown import Shown

if TYPE_CHECKING:
    from rich.console import Console

    from grasp_detector.training.protocol import Addition

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
Also = Annotated[
    list[Path] | None,
    typer.Option(
        help="Another data set to train on as well; nothing of it is held out. May be given again."
    ),
]
Gallery = Annotated[
    Path | None,
    typer.Option(help="Write a page with pictures of every miss and hit into this folder."),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        help="auto, onnx, openvino, openvino-bf16, openvino-int8, torch, or on CUDA tensorrt.",
    ),
]
Input = Annotated[
    Shown, typer.Option(help="What the network sees; depth alone, or none, to compare.")
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, help="CPU threads of each process [default: all cores, shared out]."),
]
Workers = Annotated[int, typer.Option(min=0, help="Processes that load pictures, for each device.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the figures here as well.")]


def limit_threads(threads: int | None) -> None:
    """Use so many CPU threads, also in Lightning and in the processes that it starts."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
        os.environ["OMP_NUM_THREADS"] = str(threads)


def quiet_opencv() -> None:
    """OpenCV says nothing of broken pictures: the command does, and names them."""
    import cv2

    cv2.setLogLevel(0)


def tell_unread(folder: Path, errors: Console) -> None:
    """Name in a line what looks like pictures or depth in a folder and is not read.

    Args:
        folder: of the pictures.
        errors: a `plain_console`.
    """
    from grasp_detector.data.pictures import list_unread
    from grasp_detector.data.reading import listed

    if names := [str(path.relative_to(folder)) for path in list_unread(folder)]:
        errors.print(f"passed over in {str(folder)!r}, formats that are not read: {listed(names)}")


def read_additions(folders: list[Path] | None) -> list[Addition]:
    """The data sets of `--also`, each under its folder's name."""
    from grasp_detector.data import read_dataset
    from grasp_detector.training.protocol import Addition

    parts = [(folder, read_dataset(folder)) for folder in folders or []]
    return [Addition(data_name(folder, len(part), None), part) for folder, part in parts]


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all; raises InputError if its folder cannot be written."""
    write_whole(path, json.dumps(value, indent=2) + "\n")


def data_name(folder: Path, pictures: int, given: str | None) -> str:
    """The name that figures carry."""
    return given or f"{name_of(Path(folder.resolve().name))}, {pictures} pictures"
