"""`grasp-detector evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from grasp_detector.cli.options import Data, DataName, Json, Threads, data_name, write_json
from grasp_detector.errors import InputError


def evaluate(
    data: Data,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Judge every picture, those of the training included."),
    ] = False,
    engine: Annotated[str, typer.Option(help="onnx, torch or auto.")] = "auto",
    name: DataName = None,
    json: Json = None,
    threads: Threads = None,
) -> None:
    """Judge weights by the rectangle metric, on the fold that their training held out.

    One grasp a picture, the fixed central crop, exact Jaccard index, 30 degrees modulo pi.

    Example: `grasp-detector evaluate --data cornell`
    """
    from grasp_detector.cli.options import use_threads
    from grasp_detector.data import read_cornell
    from grasp_detector.detector.engines import make_engine
    from grasp_detector.evaluation import judge, summarise
    from grasp_detector.model.weights import read_info
    from grasp_detector.training.run import Protocol
    from grasp_detector.weights_path import default_weights

    path = weights or default_weights()
    info = read_info(path)
    samples = read_cornell(data)
    label = data_name(data, len(samples), name)
    judged, what = samples, "every picture"
    if not everything:
        judged, what = _held_out(info.training, samples, Protocol)
    use_threads(threads)
    network = make_engine(path, engine)
    console = Console()
    progress = Console(stderr=True)
    verdicts = list(
        track(
            judge(network, judged),
            "judging",
            total=len(judged),
            console=progress,
            transient=True,
            disable=not progress.is_terminal,
        )
    )
    report = summarise(verdicts)
    table = Table(title=f"{path.name} on {label}: {what}, {report.pictures} pictures")
    table.add_column("Jaccard index >")
    table.add_column("correct", justify="right")
    for threshold, share in report.accuracy.items():
        table.add_row(f"{threshold:.2f}", f"{share:.1%}")
    if report.classification is not None:
        table.add_row("class", f"{report.classification:.1%}")
    console.print(table)
    if json is not None:
        write_json(
            json,
            {
                "weights": str(path),
                "data": label,
                "pictures judged": what,
                **report.to_dict(),
                "verdicts": [
                    {
                        "picture": verdict.sample.name,
                        "object": verdict.sample.object_name,
                        "grasp": verdict.grasp.tolist(),
                        "confidence": verdict.confidence,
                        "jaccard": verdict.jaccard,
                        "category": verdict.category,
                        "correct": verdict.correct,
                    }
                    for verdict in verdicts
                ],
            },
        )


def _held_out(training: Any, samples: list[Any], protocol_type: Any) -> tuple[list[Any], str]:
    """The samples that the training of these weights did not see."""
    told = training.get("protocol", {})
    if told.get("fold") is None:
        raise InputError(
            "these weights were trained on every picture of their data: nothing is held out; "
            "give data they have not seen, with --everything"
        )
    protocol = protocol_type(**told)
    trained = len(samples) - training.get("pictures", 0)
    _, held = protocol.parts(samples)
    if len(held) != trained:
        raise InputError(
            f"these weights were trained on a part of {told['data']!r}, not of this data: "
            "its folds are other ones; use --everything for data they have not seen"
        )
    return held, f"fold {protocol.fold} {protocol.split}-wise, held out in training"
