"""`grasp-detector evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from grasp_detector.cli.options import (
    Data,
    DataName,
    EngineName,
    Gallery,
    Input,
    Json,
    data_name,
    write_json,
)
from grasp_detector.errors import InputError
from grasp_detector.outputs import check_file
from grasp_detector.rgbd.shown import Shown
from grasp_detector.terminal import plain_console, progress

if TYPE_CHECKING:
    from grasp_detector.data import Sample
    from grasp_detector.evaluation import Verdict


def evaluate(
    data: Data,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Judge every picture, those of the training included."),
    ] = False,
    engine: EngineName = "onnx",
    input: Input = Shown.rgbd,
    gallery: Gallery = None,
    name: DataName = None,
    json: Json = None,
) -> None:
    """Judge weights by the rectangle metric, on the fold that their training held out.

    One grasp a picture, the fixed central crop, exact Jaccard index, 30 degrees modulo pi.

    Example: `grasp-detector evaluate --data cornell --weights runs/dense/weights.safetensors`
    """
    from grasp_detector.data import read_dataset
    from grasp_detector.detector.engines import make_engine
    from grasp_detector.evaluation import (
        calibration,
        judge,
        object_interval,
        summarise,
        time_network,
    )
    from grasp_detector.evaluation.gallery import check_gallery
    from grasp_detector.evaluation.timing import machine
    from grasp_detector.model.weights import read_info
    from grasp_detector.training.protocol import was_trained_on
    from grasp_detector.weights_path import default_weights

    path = weights or default_weights()
    check_file(json, [path])
    if gallery is not None:
        check_gallery(gallery)
    info = read_info(path)
    samples = read_dataset(data)
    label = data_name(data, len(samples), name)
    judged, what = samples, "every picture"
    if not everything:
        judged, what = _held_out(info.training, samples)
    elif was_trained_on(info.training, samples):
        what = "every picture, INCLUDING those of the training"
    else:
        what = "every picture (if the training saw some of them, the weights cannot tell)"
    network = make_engine(path, engine)
    console = plain_console()
    judging = judge(network, judged, shown=input, side=info.spec.side)
    verdicts = list(progress(judging, "judging", len(judged)))
    report = summarise(verdicts)
    seen = "" if input is Shown.rgbd else f", input {input.value}"
    heading = f"{path.name} on {label}: {what}, {report.pictures} pictures{seen}"
    console.print(heading)
    table = Table()
    table.add_column("Jaccard index >")
    table.add_column("correct", justify="right")
    for threshold, share in report.accuracy.items():
        table.add_row(f"{threshold:.2f}", f"{share:.1%}")
    if report.classification is not None:
        table.add_row("class", f"{report.classification:.1%}")
    console.print(table)
    low, high = object_interval(verdicts)
    console.print(
        f"0.25: {low:.1%} to {high:.1%} is the 95 % interval, in which pictures of one object tell "
        "less"
    )
    bins = calibration(verdicts)
    sure = Table()
    for column in ("confidence", "pictures", "correct"):
        sure.add_column(column, justify="right")
    for part in bins:
        sure.add_row(
            f"{part.low:.1f} to {part.high:.1f}", f"{part.pictures}", f"{part.correct:.1%}"
        )
    console.print(sure)
    time = time_network(network, judged, network.name, info.spec.side)
    console.print(f"time: {time}")
    if json is not None:
        figures = {
            "weights": str(path),
            "data": label,
            "pictures judged": what,
            "input": input.value,
            **report.to_dict(),
            "interval": [low, high],
            "calibration": [asdict(part) for part in bins],
            "time": time.to_dict(),
            "machine": machine(),
            "confusion": _confusion(verdicts, info.classes),
            "verdicts": [
                {
                    "picture": sample.name,
                    "object": sample.object_name,
                    "grasp": verdict.grasp.tolist(),
                    "confidence": verdict.confidence,
                    "jaccard": verdict.jaccard,
                    "category": verdict.category,
                    "correct": verdict.correct,
                }
                for sample, verdict in zip(judged, verdicts, strict=True)
            ],
        }
        write_json(json, figures)
    if gallery is not None:
        _write_gallery(gallery, heading, path.stem, what, list(zip(judged, verdicts, strict=True)))


def _confusion(verdicts: list[Verdict], classes: tuple[str, ...]) -> dict[str, Any] | None:
    """Which class (rows) was taken for which (columns); None where nothing is classified."""
    from grasp_detector.evaluation import confusion

    if not classes:
        return None
    return {"classes": classes, "matrix": confusion(verdicts, len(classes)).tolist()}


def _write_gallery(
    folder: Path, title: str, row: str, what: str, judged: list[tuple[Sample, Verdict]]
) -> None:
    from grasp_detector.evaluation.gallery import Entry, write_gallery

    page = write_gallery(
        folder, title, [Entry(sample, verdict, row, what, "") for sample, verdict in judged]
    )
    plain_console().print(f"gallery: {page}")


def _held_out(training: Mapping[str, Any], samples: list[Sample]) -> tuple[list[Sample], str]:
    """The samples that the training of these weights did not see, and what they are."""
    from grasp_detector.data import fingerprint
    from grasp_detector.training.protocol import Protocol

    try:
        protocol = Protocol(**training["protocol"])
        data = training["data_sha256"]
    except (KeyError, TypeError) as error:
        raise InputError(
            "these weights do not tell what they were trained on: use --everything for data that "
            "they have not seen"
        ) from error
    if protocol.fold is None:
        raise InputError(
            "these weights were trained on every picture of their data: nothing is held out; "
            "judge weights that had a fold held out, or use --everything for data that these have "
            "not seen"
        )
    if data != fingerprint(samples):
        raise InputError(
            f"these weights were trained on a part of other data, {protocol.data!r}: use "
            "--everything for data that they have not seen"
        )
    return protocol.parts(samples)[1], protocol.held_out
