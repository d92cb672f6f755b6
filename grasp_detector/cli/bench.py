"""`grasp-detector bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grasp_detector.cli.options import Json, write_json
from grasp_detector.outputs import check_file
from grasp_detector.terminal import plain_console


def bench(
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    rounds: Annotated[int, typer.Option(min=2, help="Turns of what is measured in turns.")] = 20,
    page: Annotated[
        Path | None,
        typer.Option(help="Write the page of this folder of stored figures; measure nothing."),
    ] = None,
    json: Json = None,
) -> None:
    """Measure how long everything takes here: networks, engines, whole frames, starts.

    What is compared is measured in turns; medians stand with their quartiles. `make bench` also
    measures over DDS and writes docs/performance.md.

    Example: `grasp-detector bench --json bench.json`
    """
    from grasp_detector.bench.measure import measure
    from grasp_detector.bench.page import write_page
    from grasp_detector.bench.table import tables
    from grasp_detector.weights_path import default_weights

    console, errors = Console(), plain_console(stderr=True)
    if page is not None:
        plain_console().print(f"written: {write_page(page)}")
        return
    path = weights or default_weights()
    check_file(json, [path])
    with errors.status("measuring", spinner="line") as status:
        figures = measure(path, rounds, lambda what: status.update(f"measuring: {what}"))
    for table in tables(figures):
        console.print(table)
    if json is not None:
        write_json(json, figures)
