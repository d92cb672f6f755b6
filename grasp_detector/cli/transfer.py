"""`grasp-detector transfer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from grasp_detector.cli.options import EngineName, Json, write_json
from grasp_detector.errors import InputError
from grasp_detector.outputs import check_file, check_folder
from grasp_detector.terminal import plain_console, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

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
    from grasp_detector.evaluation.transfer import (
        MIDDLE,
        WAYS,
        answers,
        looks,
        possible,
        shows_object,
    )

    console = plain_console()
    check_file(json, [] if weights is None else [weights])
    check_folder(pictures)
    read = read_seen(console, scenes)
    if len({scene.depth.shape for scene in read}) > 1 or len(read) < 2:
        raise InputError("at least two scenes of one size are needed: their depth is exchanged")
    if not any(shows_object(scene, MIDDLE) for scene in read):
        raise InputError("no object is in view in the middle of any scene: one at least must be")
    detector = GraspDetector(weights, engine=engine)
    fingers = Fingers(opening=opening)
    given: dict[str, list[Answer]] = {}
    for way in possible(WAYS, read):
        looking = answers(detector, read, way, fingers)
        given[way.name] = list(progress(looking, way.title, looks(len(read), way)))
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


def read_seen(console: Console, folder: Path) -> list[LabelledScene]:
    """Read the scenes in which an object is in view, and print what is left out.

    Raises:
        InputError: there is none, or as `read_scenes` says.
    """
    from grasp_detector.evaluation.scenes import CAMERA, read_scenes
    from grasp_detector.evaluation.transfer import PLACES, shows_object

    seen: list[LabelledScene] = []
    unseen: list[LabelledScene] = []
    for scene in read_scenes(folder):
        in_view = any(shows_object(scene, place) for place in PLACES)
        (seen if in_view else unseen).append(scene)
    if not seen:
        raise InputError(
            f"no object is in view in any scene of {str(folder)!r}: "
            "they must lie nearer to the picture's middle"
        )
    if unseen:
        names = ", ".join(scene.name for scene in unseen)
        console.print(f"left out, no object is in view: {names}")
    if seen[0].camera is None:  # one file tells of all
        console.print(
            f"depth is not asked for room, which takes the camera: add {str(folder / CAMERA)!r} "
            "with its fx, fy, cx and cy"
        )
    return seen


def summary(given: dict[str, list[Answer]]) -> dict[str, Any]:
    """The figures of all ways in which was looked, in plain values."""
    from grasp_detector.evaluation.transfer import MIDDLE, WAYS, count, difference

    looked = [way for way in WAYS if way.name in given]
    ways = {}
    for way in looked:
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
    for way in looked:
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
            "grasp": None if answer.grasp is None else answer.grasp.five.tolist(),
            "confidence": None if answer.grasp is None else answer.grasp.confidence,
            "on an object": answer.on_object,
            "closes": answer.closes,
        }
        for part in given.values()
        for answer in part
    ]


def _draw(folder: Path, scenes: Sequence[LabelledScene], given: dict[str, list[Answer]]) -> None:
    """A sheet a scene: its best grasp each way, from the middle, and its own depth's.

    A scene with no object in view there has none.
    """
    from grasp_detector.drawing import draw_grasps
    from grasp_detector.evaluation.transfer import MIDDLE, WAYS
    from grasp_detector.sheet import make_sheet, write_sheet

    shown = [way for way in WAYS if way.name in given and not way.others]
    for scene in scenes:
        own = [
            (way, answer)
            for way in shown
            for answer in given[way.name]
            if answer.scene == scene.name and answer.place == MIDDLE
        ]
        tiles = [
            scene.rgb if answer.grasp is None else draw_grasps(scene.rgb, [answer.grasp])
            for _, answer in own
        ]
        captions = [
            f"{way.title}: {'closes' if answer.closes else 'DOES NOT CLOSE'}" for way, answer in own
        ]
        if own:
            write_sheet(folder / f"{scene.name}.jpg", make_sheet(tiles, captions, 3))
