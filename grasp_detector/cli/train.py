"""`grasp-detector train`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grasp_detector.cli.options import Data, DataName, Threads, data_name, use_threads
from grasp_detector.data import FOLDS


class SplitName(str, Enum):
    """How folds are dealt."""

    image = "image"
    object = "object"


def train(
    config: Annotated[Path, typer.Option(help="Experiment, see config/training/.")],
    data: Data,
    output: Annotated[Path, typer.Option(help="Folder of this run; an interrupted one goes on.")],
    split: Annotated[SplitName, typer.Option(help="Folds by picture or by object.")] = (
        SplitName.object
    ),
    fold: Annotated[int, typer.Option(min=0, max=FOLDS - 1, help="The fold held out.")] = 0,
    everything: Annotated[
        bool, typer.Option("--everything", help="Hold nothing out: nothing is measured.")
    ] = False,
    name: DataName = None,
    imagenet: Annotated[
        Path | None, typer.Option(help="torchvision's AlexNet state dict (AlexNet only).")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that load pictures.")] = 0,
    threads: Threads = None,
) -> None:
    """Train a network and write its weights.

    Example: `grasp-detector train --config config/training/dense.yaml --data cornell --output
    runs/dense`
    """
    from grasp_detector.data import read_cornell
    from grasp_detector.training.config import read_config
    from grasp_detector.training.run import Protocol
    from grasp_detector.training.run import train as run

    use_threads(threads)
    experiment = read_config(config)
    samples = read_cornell(data)
    protocol = Protocol(
        data_name(data, len(samples), name), split.value, None if everything else fold
    )
    path = run(samples, experiment, protocol, output, imagenet, workers)
    from grasp_detector.model.weights import read_info

    console = Console()
    for where, report in read_info(path).accuracy.items():
        share = report["accuracy"]["0.25"]
        console.print(
            f"{where} ({split.value}-wise, fold {fold}, {report['pictures']} pictures of "
            f"{protocol.data}): {share:.1%} by the rectangle metric"
        )
        if report["classification"] is not None:
            console.print(f"class of the same grasps: {report['classification']:.1%}")
    console.print(f"weights: {path}")
