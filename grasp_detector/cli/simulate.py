"""`grasp-detector simulate`: data, pictures and trials on a simulated table."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from grasp_detector.cli.options import EngineName, Input, Json, write_json
from grasp_detector.errors import InputError
from grasp_detector.outputs import check_file, check_folder
from grasp_detector.rgbd.shown import Shown
from grasp_detector.terminal import plain_console, progress

if TYPE_CHECKING:
    from grasp_detector.interval import Share
    from grasp_detector.sim.gripper import Gripper
    from grasp_detector.sim.trial import Method, Trial

simulate = typer.Typer(
    help="A simulated table, Kinect and gripper: labelled data, and trials of grasps.",
    no_args_is_help=True,
)

Clutter = Annotated[int, typer.Option(min=1, max=30, help="Objects on a table.")]
Seed = Annotated[int, typer.Option(min=0, help="The same one gives the same.")]
Objects = Annotated[
    str, typer.Option(help="train or test (they share no object), or a folder of .urdf files.")
]
Opening = Annotated[float, typer.Option(help="The most that the gripper opens, metres.")]
Plate = Annotated[float, typer.Option(help="Width of its fingers along the jaw, metres.")]
Finger = Annotated[float, typer.Option(help="Thickness of its fingers, metres.")]
Tilt = Annotated[
    float, typer.Option(help="Of the camera's axis from the vertical at most, degrees.")
]
Attempts = Annotated[int, typer.Option(min=1, help="Grasps that are tried in a scene.")]
# As sim.gripper.STANDARD and sim.scene.MOST_TILT; a test holds them equal.
OPENING, PLATE, FINGER, TILT = 0.10, 0.025, 0.010, 15.0


class Chooser(str, Enum):
    """Who chooses the grasp."""

    network = "network"
    mask = "mask"


@simulate.command()
def data(
    output: Annotated[Path, typer.Option(help="Folder; an interrupted one goes on.")],
    scenes: Annotated[int, typer.Option(help="Pictures; with more than before some are added.")],
    clutter: Clutter = 1,
    attempts: Attempts = 40,
    seed: Seed = 0,
    objects: Objects = "train",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes [default: as many as cores].")
    ] = None,
    opening: Opening = OPENING,
    plate: Plate = PLATE,
    finger: Finger = FINGER,
    tilt: Tilt = TILT,
) -> None:
    """Make a data set whose labels physics decides, in the layout of the Cornell data set.

    Example: `grasp-detector simulate data --scenes 1000 --clutter 5 --output simulated`
    """
    from grasp_detector.hardware import cores
    from grasp_detector.sim.dataset import make_dataset
    from grasp_detector.sim.gripper import Gripper, Outcome
    from grasp_detector.sim.labels import Recipe
    from grasp_detector.sim.objects import find_models

    gripper = Gripper(opening, plate, finger)
    recipe = Recipe(find_models(objects), clutter, attempts, seed, gripper, tilt)
    workers = workers or cores()
    outcomes: Counter[Outcome] = Counter()
    made, new, trying, began = 0, 0, 0.0, perf_counter()
    making = make_dataset(recipe, objects, scenes, output, workers)
    for scene in progress(making, "simulating", scenes):
        outcomes += scene.outcomes
        if scene.trying:
            made, new, trying = made + 1, new + scene.outcomes.total(), trying + scene.trying
    seconds = perf_counter() - began
    console = plain_console()
    labels, held = outcomes.total(), outcomes[Outcome.HELD]
    console.print(f"{output}: {scenes} scenes, {labels} labels, {held / max(1, labels):.0%} held")
    for outcome, count in outcomes.most_common():
        console.print(f"  {count:7} {outcome.value}")
    if new:
        console.print(
            f"made now: {made} scenes with {new} labels in {seconds:.0f} s by {workers} workers, "
            f"{new / seconds:.1f} labels/s; the attempts alone {new / trying:.1f} labels/s a worker"
        )


@simulate.command()
def view(
    output: Annotated[Path, typer.Argument(help="The picture to write.")],
    scene: Annotated[int, typer.Option(min=0, help="Its number in the data set.")] = 0,
    clutter: Clutter = 1,
    attempts: Attempts = 40,
    seed: Seed = 0,
    objects: Objects = "train",
    opening: Opening = OPENING,
    plate: Plate = PLATE,
    finger: Finger = FINGER,
    tilt: Tilt = TILT,
) -> None:
    """Draw a scene of a data set with its labels: what held green, what did not red.

    Beside it is its depth as the network sees it.

    Example: `grasp-detector simulate view scene.png --clutter 5`
    """
    import numpy as np

    from grasp_detector.drawing import draw_labels
    from grasp_detector.rgbd import depth_in_metres, depth_to_blue
    from grasp_detector.sheet import check_sheet, write_sheet
    from grasp_detector.sim.gripper import Gripper
    from grasp_detector.sim.labels import Recipe, make_scene
    from grasp_detector.sim.objects import find_models

    check_sheet(output)
    gripper = Gripper(opening, plate, finger)
    made = make_scene(Recipe(find_models(objects), clutter, attempts, seed, gripper, tilt), scene)
    picture = made.rgb
    for held, colour in ((False, (220, 60, 50)), (True, (60, 190, 60))):
        grasps = np.array([label.grasp for label in made.labels if label.held is held])
        picture = draw_labels(picture, grasps.reshape(-1, 5), colour)
    depth = depth_to_blue(depth_in_metres(made.depth))
    write_sheet(output, np.hstack([picture, np.repeat(depth[..., None], 3, axis=2)]))
    held_count = sum(label.held for label in made.labels)
    plain_console().print(
        f"{output}: {', '.join(made.objects.values())}; {held_count} of {len(made.labels)} held"
    )


@simulate.command()
def trial(
    tables: Annotated[int, typer.Option(min=1, help="How many, each with other objects.")] = 60,
    repeats: Annotated[int, typer.Option(min=1, help="Trials of each, fallen anew.")] = 1,
    clutter: Clutter = 1,
    seed: Seed = 0,
    objects: Objects = "test",
    method: Annotated[
        Chooser, typer.Option(help="A network, or across the true mask without any.")
    ] = Chooser.network,
    input: Input = Shown.rgbd,
    room: Annotated[
        bool, typer.Option(help="Whether depth is asked for room for the fingers.")
    ] = True,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    engine: EngineName = "auto",
    opening: Opening = OPENING,
    plate: Plate = PLATE,
    finger: Finger = FINGER,
    output: Annotated[
        Path | None, typer.Option(help="Write pictures of the failures into this folder.")
    ] = None,
    json: Json = None,
) -> None:
    """Look, choose the best grasp, try it: how often does the gripper lift and keep an object?

    Example: `grasp-detector simulate trial --tables 100 --clutter 5 --output failures`
    """
    from grasp_detector.sheet import write_sheet
    from grasp_detector.sim.gripper import Gripper
    from grasp_detector.sim.objects import find_models
    from grasp_detector.sim.trial import by_confidence, success, trials

    check_file(json, [] if weights is None else [weights])
    check_folder(output)
    gripper = Gripper(opening, plate, finger)
    models = find_models(objects)
    if method is Chooser.mask and weights is not None:
        raise InputError("--weights goes with --method network: the mask needs none")
    choose, name = _method(method, input, room, weights, engine, gripper)
    done: list[Trial] = []
    tried = trials(choose, models, tables, repeats, clutter, seed, gripper)
    for each in progress(tried, "trying", tables * repeats):
        done.append(each)
        if output is not None and not each.held:
            name_of_it = f"{len(done):04}_{each.verdict.replace(' ', '_')}.png"
            write_sheet(output / name_of_it, _picture(each))
    console = plain_console()
    whole, bins = success(done), by_confidence(done) if method is Chooser.network else []
    what = "one object" if clutter == 1 else f"{clutter} objects"
    console.print(f"{name}, {what} ({objects}): {_words(whole)}")
    for verdict, count in Counter(each.verdict for each in done).most_common():
        console.print(f"  {count:5} {verdict}")
    if bins:
        table = Table()
        for heading in ("confidence", "held", "of", "95 % interval"):
            table.add_column(heading, justify="right")
        for low, high, part in bins:
            interval = f"{part.low:.0%} to {part.high:.0%}"
            table.add_row(f"{low:.1f} to {high:.1f}", f"{part.share:.0%}", f"{part.of}", interval)
        console.print(table)
    if json is not None:
        write_json(
            json,
            {
                "method": name,
                "objects": objects,
                "clutter": clutter,
                "tables": tables,
                "repeats": repeats,
                "seed": seed,
                "gripper": asdict(gripper),
                "success": _plain(whole),
                "by confidence": [
                    {"from": low, "to": high, **_plain(part)} for low, high, part in bins
                ],
                "trials": [
                    {
                        "objects": list(each.objects),
                        "grasp": None if each.grasp is None else asdict(each.grasp),
                        "verdict": each.verdict,
                    }
                    for each in done
                ],
            },
        )


def _method(
    chooser: Chooser,
    shown: Shown,
    room: bool,
    weights: Path | None,
    engine: str,
    gripper: Gripper,
) -> tuple[Method, str]:
    """How grasps are chosen, and what that is called."""
    from grasp_detector.sim.trial import by_detector, by_mask

    if chooser is Chooser.mask:
        return by_mask(gripper), "across the true mask"
    from grasp_detector.detector import GraspDetector

    detector = GraspDetector(weights, engine=engine)
    name = f"{detector.weights_path.name}, {shown.value}, room {'' if room else 'not '}asked for"
    return by_detector(detector, shown, gripper.fingers if room else None), name


def _words(part: Share) -> str:
    return (
        f"{part.hits} of {part.of} held, {part.share:.1%} "
        f"({part.low:.1%} to {part.high:.1%} is the 95 % interval)"
    )


def _plain(part: Share) -> dict[str, Any]:
    return {
        "share": part.share,
        "held": part.hits,
        "trials": part.of,
        "low": part.low,
        "high": part.high,
    }


def _picture(trial: Trial) -> Any:
    from grasp_detector.drawing import draw_grasps

    return trial.rgb if trial.grasp is None else draw_grasps(trial.rgb, [trial.grasp])
