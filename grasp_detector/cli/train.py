"""`grasp-detector train`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from grasp_detector.cli.options import (
    Also,
    Data,
    DataName,
    Threads,
    Workers,
    data_name,
    limit_threads,
    read_additions,
)
from grasp_detector.data import FOLDS
from grasp_detector.errors import InputError
from grasp_detector.terminal import plain_console


class SplitName(str, Enum):
    """How folds are dealt."""

    image = "image"
    object = "object"


@contextmanager
def goes_on() -> Iterator[None]:
    """Whoever stops what is done here is told that it is not lost."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt("the same command goes on") from error


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
    measured: Annotated[
        list[Path] | None,
        typer.Option(
            help="With --everything: weights of the same configuration and data that had a fold "
            "held out; their figures are noted in the new file. May be given again."
        ),
    ] = None,
    name: DataName = None,
    imagenet: Annotated[
        Path | None, typer.Option(help="torchvision's AlexNet state dict (AlexNet only).")
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(help="Weights of ours to go on from, also with another head."),
    ] = None,
    also: Also = None,
    workers: Workers = 0,
    threads: Threads = None,
    precision: Annotated[
        str, typer.Option(help="32-true, bf16-mixed or 16-mixed, as Lightning calls them.")
    ] = "32-true",
    devices: Annotated[
        int, typer.Option(min=1, help="GPUs of each machine; without one, processes.")
    ] = 1,
    nodes: Annotated[int, typer.Option(min=1, help="Machines that train together.")] = 1,
    strategy: Annotated[
        str, typer.Option(help="One of Lightning's ways to train together.")
    ] = "auto",
) -> None:
    """Train a network and write its weights.

    Example: `grasp-detector train --config config/training/dense.yaml --data cornell --output
    runs/dense`
    """
    from grasp_detector.data import read_dataset
    from grasp_detector.training.config import read_config
    from grasp_detector.training.machines import Machines, is_first_process
    from grasp_detector.training.protocol import Protocol
    from grasp_detector.training.run import train as run

    if measured and not everything:
        raise InputError("--measured goes with --everything: a fold held out is measured anyway")
    if start and imagenet:
        raise InputError("--start or --imagenet: a network begins from one of them")
    limit_threads(threads)
    experiment = read_config(config)
    samples = read_dataset(data)
    protocol = Protocol(
        data_name(data, len(samples), name), split.value, None if everything else fold
    )
    additions = read_additions(also)
    machines = Machines(devices, nodes, strategy, precision, workers)
    with goes_on():
        path = run(
            *(samples, experiment, protocol, output, imagenet, measured or [], additions, machines),
            start=start,
        )
    if not is_first_process():
        return
    from grasp_detector.model.weights import read_info

    console = plain_console()
    for where, report in read_info(path).accuracy.items():
        classes = report["classification"]
        console.print(
            f"{where}, {report['pictures']} pictures of {protocol.data}: "
            f"{report['accuracy']['0.25']:.1%} by the rectangle metric"
            + ("" if classes is None else f", {classes:.1%} of the classes")
        )
    console.print(f"weights: {path}")
