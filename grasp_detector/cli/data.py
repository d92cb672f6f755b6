"""`grasp-detector data`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grasp_detector.cli.options import Data, Json, quiet_opencv, write_json
from grasp_detector.errors import InputError
from grasp_detector.outputs import check_file
from grasp_detector.terminal import plain_console, progress

if TYPE_CHECKING:
    from grasp_detector.data import Reading, Sample

_TILE = (448, 336)  # pixels of the sheet
_NAMED = 8  # broken ones that are told with what is wrong
_GREY = (110, 110, 110)


def data(
    data: Data,
    json: Json = None,
    check: Annotated[
        bool, typer.Option("--check", help="Decode every picture and its depth, not headers alone.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="Draw samples with their rectangles on this sheet (.jpg).")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="With --pictures: draw them as this experiment's training sees them."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="With --pictures: so many samples.")] = 20,
) -> None:
    """Say on one screen what a data set holds, and draw samples of it.

    Blue are the jaw plates, red is the opening, grey what is labelled as no grasp; the frame is
    what the network sees.

    Example: `grasp-detector data --data cornell --pictures sheet.jpg --config
    config/training/dense.yaml`
    """
    from grasp_detector.data import scan_dataset
    from grasp_detector.data.summary import look_at, summarise_data
    from grasp_detector.sheet import check_sheet

    if config is not None and pictures is None:
        raise InputError("--config goes with --pictures: it says how samples are drawn")
    check_file(json)
    if pictures is not None:
        check_sheet(pictures)
    quiet_opencv()
    reading = scan_dataset(data)
    total = len(reading.samples)
    looks = list(progress(look_at(reading.samples, check), "looking at the files", total))
    summary = summarise_data(reading, looks)
    _print(summary, reading)
    if json is not None:
        write_json(json, summary)
    if pictures is not None:
        whole = [look.sample for look in looks if look.wrong is None]
        _draw(pictures, whole, config, count)
        plain_console().print(f"pictures: {pictures}")
    if count := len(summary["broken"]):
        raise InputError(f"{count} of {total + len(reading.broken)} pictures cannot be used")


def _print(summary: dict[str, Any], reading: Reading) -> None:
    from grasp_detector.data.reading import listed

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")

    def row(name: str, text: str) -> None:
        # Text: what a data set calls its objects is shown, never obeyed.
        table.add_row(name, Text(text))

    row(f"{summary['layout']} layout", repr(summary["folder"]))
    row("pictures", f"{summary['pictures']} of {summary['objects'] or 'unknown'} objects")
    row("sizes", _counts(summary["sizes"]))
    row("depth", _counts(summary["depth"]))
    if summary["distance, metres"] is not None:
        low, middle, high = summary["distance, metres"]
        row("distance, metres", f"{low:g}, {middle:g}, {high:g} (5 %, median, 95 % of the medians)")
    row("rectangles", f"{summary['rectangles']}, {summary['negatives']} negative ones")
    for name in ("rectangles a picture", "opening, pixels", "plate, pixels"):
        low, middle, high = summary[name]
        what = "least, median, most" if name == "rectangles a picture" else "5 %, median, 95 %"
        row(name, f"{low:g}, {middle:g}, {high:g} ({what})")
    if summary["centre in the crop"] is not None:
        row("seen", f"{summary['centre in the crop']:.1%} of their centres: the middle is cut out")
    row("categories", _counts(summary["categories"]) or "none")
    for split, folds in summary["folds"].items():
        row(f"folds by {split}", _dealt(folds))
    row("SHA-256", summary["sha256"])
    for remark in reading.remarks():
        row("note", remark)
    if empty := summary["depth that is empty"]:
        row("note", f"depth of {len(empty)} pictures is missing everywhere: {listed(empty)}")
    if other := summary["depth of another unit"]:
        row(
            "note",
            f"{len(other)} pictures have depth that no table has, is it in millimetres (16 bits) "
            f"or metres (floating-point)? {listed(other)}",
        )
    broken = list(summary["broken"].items())
    for name, wrong in broken[:_NAMED]:
        row("broken", f"{listed([name])}: {wrong}")
    if more := broken[_NAMED:]:
        row("broken", f"and {listed([name for name, _ in more])}: --json tells why")
    Console().print(table)


def _dealt(folds: list[int] | None) -> str:
    if folds is None:
        return "not possible"
    empty = [str(fold) for fold, count in enumerate(folds) if not count]
    remark = f" (too few: nothing can be held out in {', '.join(empty)})" if empty else ""
    return ", ".join(map(str, folds)) + remark


def _counts(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in numbers.items())


def _draw(path: Path, samples: list[Sample], config: Path | None, count: int) -> None:
    import numpy as np

    from grasp_detector.sheet import make_sheet, write_sheet

    if not samples:
        raise InputError("there is no picture to draw")
    chosen = np.linspace(0, len(samples) - 1, min(count, len(samples))).astype(int).tolist()
    captions = [f"{samples[i].name} {samples[i].object_name}".strip() for i in chosen]
    if config is None:
        deep = any(samples[i].depth_path for i in chosen)
        tiles = [_tile(samples[i], deep) for i in chosen]
        columns = 3 if deep else 5
    else:
        from grasp_detector.training.config import read_config
        from grasp_detector.training.tiles import augmented_tile

        experiment = read_config(config)
        rng = np.random.default_rng(experiment.seed)
        tiles = [augmented_tile(samples, i, experiment, rng) for i in chosen]
        columns = 3
    write_sheet(path, make_sheet(tiles, captions, columns))


def _tile(sample: Sample, deep: bool) -> Any:
    """A picture with all its labels and the edge of what the network sees; beside it its depth."""
    import numpy as np

    from grasp_detector.drawing import draw_edge, draw_labels
    from grasp_detector.geometry import similarity, transform_grasps
    from grasp_detector.rgbd import central_crop, depth_in_metres, depth_to_blue
    from grasp_detector.sheet import fit, scaled

    rgb = sample.rgb()
    crop = central_crop(*rgb.shape[:2])
    # Lines are drawn into the small picture: in a large one they would vanish with its pixels, and
    # in a tiny one they would grow with them.
    scale = min(_TILE[0] / rgb.shape[1], _TILE[1] / rgb.shape[0])
    picture = scaled(rgb, scale)
    low = np.array([crop.x, crop.y])
    draw_edge(picture, scale * low, scale * (low + crop.size))
    smaller = similarity((-0.5, -0.5), (-0.5, -0.5), scale)
    for grasps, colour in ((sample.negatives, _GREY), (sample.grasps, None)):
        picture = draw_labels(picture, transform_grasps(grasps, smaller), colour)
    tile = fit(picture, *_TILE)
    if not deep:
        return tile
    depth = sample.depth()
    if depth is None:
        return np.hstack([tile, np.full_like(tile, 0)])
    blue = depth_to_blue(depth_in_metres(depth))
    return np.hstack([tile, fit(np.repeat(blue[..., None], 3, axis=2), *_TILE)])
