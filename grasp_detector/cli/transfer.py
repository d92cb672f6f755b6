"""`grasp-detector transfer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from grasp_detector.cli.options import EngineName, Json, write_json
from grasp_detector.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grasp_detector.evaluation.scenes import LabelledScene
    from grasp_detector.evaluation.transfer import Answer

Scenes = Annotated[
    Path,
    typer.Option(
        envvar="GRASP_DETECTOR_KINECT_SCENES",
        help="Folder of NAME_rgb.png, NAME_depth.png and NAME_labels.png, and camera.json.",
    ),
]


def transfer(
    scenes: Scenes,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    engine: EngineName = "onnx",
    opening: Annotated[float, typer.Option(help="The most that the gripper opens, m.")] = 0.10,
    pictures: Annotated[
        Path | None, typer.Option(help="Write a picture of every scene into this folder.")
    ] = None,
    json: Json = None,
) -> None:
    """Do grasps close on objects in real scenes, and is depth worth anything there?

    Of the best grasp, however unsure: does its centre lie on an object, and does its opening
    axis leave the object's mask on both sides before the plates?

    Example: `grasp-detector transfer --scenes kinect_scenes --pictures looked_at`
    """
    from grasp_detector.detector import Fingers, GraspDetector
    from grasp_detector.evaluation.scenes import read_scenes
    from grasp_detector.evaluation.transfer import WAYS, answers, looks

    read = read_scenes(scenes)
    if len({scene.depth.shape for scene in read}) > 1 or len(read) < 2:
        raise InputError("at least two scenes of one size are needed: their depth is exchanged")
    detector = GraspDetector(weights, engine=engine)
    fingers = Fingers(opening=opening)
    console, progress = Console(soft_wrap=True, highlight=False, markup=False), Console(stderr=True)
    given: dict[str, list[Answer]] = {}
    for way in WAYS:
        given[way.name] = list(
            track(
                answers(detector, read, way, fingers),
                way.title,
                total=looks(len(read), way),
                console=progress,
                transient=True,
                disable=not progress.is_terminal,
            )
        )
    figures = summary(given)
    console.print(f"{detector.weights_path.name} on {scenes.name}, {len(read)} scenes")
    console.print(_table(figures))
    for name, gain in figures["gains"].items():
        low, high = (100 * each for each in gain["interval"])
        console.print(
            f"{100 * gain['gain']:+.1f} % with depth against {name} "
            f"({low:+.1f} to {high:+.1f} is the 95 % interval, scenes resampled)"
        )
    if pictures is not None:
        _draw(pictures, read, given)
    if json is not None:
        write_json(json, {"scenes": len(read), **figures, "answers": _plain(given)})


def summary(given: dict[str, list[Answer]]) -> dict[str, Any]:
    """The figures of all ways, in plain values."""
    from grasp_detector.evaluation.transfer import MIDDLE, WAYS, count, difference

    ways = {}
    for way in WAYS:
        whole = given[way.name]
        middle = [answer for answer in whole if answer.place == MIDDLE]
        ways[way.name] = {
            "title": way.title,
            **{
                f"{what}{where}": {
                    "share": counted.share,
                    "hits": counted.hits,
                    "of": counted.of,
                    "low": counted.low,
                    "high": counted.high,
                }
                for where, part in (("", middle), (", all crops", whole))
                for what, counted in (
                    ("on an object", count(part, lambda answer: answer.on_object)),
                    ("closes", count(part, lambda answer: answer.closes)),
                )
            },
        }
    gains = {}
    for way in WAYS:
        if way.name in ("rgb", "shuffled"):
            gain, interval = difference(given["rgbd"], given[way.name])
            gains[way.title] = {"gain": gain, "interval": list(interval)}
    return {"ways": ways, "gains": gains}


def _table(figures: dict[str, Any]) -> Table:
    table = Table()
    for heading in ("best grasp", "on an object", "closes on it", "95 % interval", "all crops"):
        table.add_column(heading, justify="left" if heading == "best grasp" else "right")
    for way in figures["ways"].values():
        on, closed, whole = (way[key] for key in ("on an object", "closes", "closes, all crops"))
        table.add_row(
            way["title"],
            f"{on['hits']} of {on['of']}",
            f"{closed['hits']} of {closed['of']}, {closed['share']:.0%}",
            f"{closed['low']:.0%} to {closed['high']:.0%}",
            f"{whole['share']:.1%} ({whole['low']:.0%} to {whole['high']:.0%})",
        )
    return table


def _plain(given: dict[str, list[Answer]]) -> list[dict[str, Any]]:
    return [
        {
            "way": answer.way,
            "scene": answer.scene,
            "place": list(answer.place),
            "depth of": answer.depth_of,
            "grasp": None
            if answer.grasp is None
            else [getattr(answer.grasp, name) for name in ("x", "y", "theta", "h", "w")],
            "confidence": None if answer.grasp is None else answer.grasp.confidence,
            "on an object": answer.on_object,
            "closes": answer.closes,
        }
        for part in given.values()
        for answer in part
    ]


def _draw(folder: Path, scenes: Sequence[LabelledScene], given: dict[str, list[Answer]]) -> None:
    """A sheet a scene: its best grasp each way, from the middle, and its own depth's."""
    from grasp_detector.drawing import draw_grasps
    from grasp_detector.evaluation.transfer import MIDDLE, WAYS
    from grasp_detector.sheet import make_sheet, write_sheet

    shown = [way for way in WAYS if not way.others]
    for scene in scenes:
        tiles, captions = [], []
        for way in shown:
            (answer,) = (
                each
                for each in given[way.name]
                if each.scene == scene.name and each.place == MIDDLE
            )
            tiles.append(
                scene.rgb if answer.grasp is None else draw_grasps(scene.rgb, [answer.grasp])
            )
            captions.append(f"{way.title}: {'closes' if answer.closes else 'DOES NOT CLOSE'}")
        write_sheet(folder / f"{scene.name}.jpg", make_sheet(tiles, captions, 3))
