"""`grasp-detector depth`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grasp_detector.cli.options import EngineName
from grasp_detector.cli.transfer import read_seen
from grasp_detector.errors import InputError
from grasp_detector.outputs import check_folder
from grasp_detector.rgbd.shown import Shown
from grasp_detector.terminal import plain_console, progress

if TYPE_CHECKING:
    from rich.console import Console

    from grasp_detector.detector import GraspDetector
    from grasp_detector.evaluation.depth_results import Tried, Try
    from grasp_detector.evaluation.scenes import LabelledScene

_SEED = 0
_OBJECTS = {"single": 1, "clutter": 5}  # of a table
_THROWS = {"single": 2, "clutter": 1}  # how often they fall
_OFTEN = 5  # groups after which what was tried is stored


def depth(
    scenes: Annotated[
        Path | None,
        typer.Option(
            envvar="GRASP_DETECTOR_KINECT_SCENES",
            help="Folder of labelled real scenes, see `transfer`; without it, simulation alone.",
        ),
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    results: Annotated[
        Path, typer.Option(help="Folder of the results; the page is written beside it.")
    ] = Path("docs/depth"),
    single: Annotated[
        int | None,
        typer.Option(min=1, help="Objects alone on a table [default: all of no training]."),
    ] = None,
    clutter: Annotated[int, typer.Option(min=1, help="Tables with five.")] = 200,
    engine: EngineName = "onnx",
    report: Annotated[
        bool, typer.Option("--report", help="Run nothing: write the page from what is stored.")
    ] = False,
) -> None:
    """What are colour and depth worth? Grasps are tried with each, and without a network.

    What was stored of the same weights and scenes is not tried again, and what was stopped goes on.
    What is of others is not replaced: remove it, or choose another folder.

    Example: `grasp-detector depth --scenes kinect_scenes`
    """
    from grasp_detector.evaluation.beside import check_page
    from grasp_detector.evaluation.depth_page import COMMAND, write_page
    from grasp_detector.evaluation.depth_results import PLACES, read_tried
    from grasp_detector.weights_path import default_weights
    from grasp_detector.weights_sums import listed_sums

    console = plain_console()
    check_page(results, COMMAND)
    check_folder(results)
    if not report:
        from grasp_detector.detector import GraspDetector
        from grasp_detector.sim.objects import find_models

        # Before any work: what is wrong with them is to be known at once.
        read = [] if scenes is None else read_seen(console, scenes)
        detector = GraspDetector(weights, engine=engine)
        tables = {"single": single or len(find_models("test")), "clutter": clutter}
        asked = {place: (_of_tables(place), wanted) for place, wanted in tables.items()}
        if read:
            asked["kinect"] = _of_scenes(read), len(read)
        begun = {place: _begun(detector, results, place, *how) for place, how in asked.items()}
        for place in tables:
            _work(console, detector, results, place, begun[place])
        if read:
            _work_on_scenes(console, detector, results, read, begun["kinect"])
    elif not any(read_tried(results, place) for place in PLACES):
        raise InputError(f"{str(results)!r} holds no results: `grasp-detector depth` makes them")
    shipped = listed_sums(default_weights().parent).values()
    console.print(f"page: {write_page(results, shipped)}")


def _of_tables(place: str) -> dict[str, Any]:
    """What tries on simulated tables are of, beside the weights."""
    from grasp_detector.evaluation.depth_results import WAYS
    from grasp_detector.sim.gripper import STANDARD

    return {
        "ways": WAYS,
        "objects": _OBJECTS[place],
        "throws": _THROWS[place],
        "seed": _SEED,
        "gripper": asdict(STANDARD),
    }


def _of_scenes(scenes: Sequence[LabelledScene]) -> dict[str, Any]:
    """What looks at real scenes are of, beside the weights."""
    from grasp_detector.evaluation.depth_results import WAYS
    from grasp_detector.evaluation.scenes import fingerprint

    return {
        "ways": WAYS,
        "scenes": [scene.name for scene in scenes],
        "scenes_sha256": fingerprint(scenes),
    }


def _work(
    console: Console, detector: GraspDetector, results: Path, place: str, begun: Tried
) -> None:
    """Try grasps on simulated tables."""
    from grasp_detector.sim.gripper import STANDARD
    from grasp_detector.sim.objects import find_models
    from grasp_detector.sim.trial import by_detector, by_mask, compare

    methods = {
        f"{shown.value}{'_room' if room else ''}": by_detector(
            detector, shown, STANDARD.fingers if room else None
        )
        for room in (False, True)
        for shown in (Shown.rgb, Shown.rgbd, Shown.depth)
    }
    tried = compare(
        {**methods, "mask": by_mask()},
        *(find_models("test"), begun.wanted, _THROWS[place], _OBJECTS[place], _SEED),
        first=begun.groups,
    )

    def groups() -> Iterator[list[Try]]:
        from grasp_detector.evaluation.depth_results import Try

        for number in range(begun.groups, begun.wanted):
            yield [
                Try(row, number, None if t.grasp is None else t.grasp.confidence, t.verdict)
                for done in islice(tried, _THROWS[place])
                for row, t in done.items()
            ]

    _store(console, results, place, begun, groups())


def _work_on_scenes(
    console: Console,
    detector: GraspDetector,
    results: Path,
    scenes: Sequence[LabelledScene],
    begun: Tried,
) -> None:
    """Look at real scenes, from the middle of each and from beside it."""
    from grasp_detector.detector import Fingers
    from grasp_detector.evaluation.depth_results import HELD, Try
    from grasp_detector.evaluation.transfer import Way, answers, possible

    # Room is asked for only where the detector itself has depth.
    all_ways = (
        Way("rgb", "", Shown.rgb),
        Way("rgbd", ""),
        Way("depth", "", Shown.depth),
        Way("rgbd_room", "", room=True),
        Way("depth_room", "", Shown.depth, room=True),
        Way("mask", "", mask=True),
    )
    ways = possible(all_ways, scenes)

    def groups() -> Iterator[list[Try]]:
        for number, scene in enumerate(scenes[begun.groups :], begun.groups):
            yield [
                Try(
                    way.name,
                    number,
                    None if answer.grasp is None else answer.grasp.confidence,
                    HELD if answer.closes else "does not close",
                )
                for way in ways
                for answer in answers(detector, [scene], way, Fingers())
            ]

    _store(console, results, "kinect", begun, groups())


def _begun(
    detector: GraspDetector, results: Path, place: str, settings: Mapping[str, Any], wanted: int
) -> Tried:
    """What is stored of these weights and settings, or nothing yet.

    Raises:
        InputError: what is stored is of others: hours of work that nobody said to throw away.
    """
    from grasp_detector.evaluation.depth_results import Origin, Tried, read_tried
    from grasp_detector.weights_sums import sha256

    origin = Origin(sha256(detector.weights_path), settings)
    stored = read_tried(results, place)
    if stored is not None and stored.origin == origin:
        return replace(stored, wanted=max(wanted, stored.groups))
    if stored is not None:
        same = stored.origin.weights_sha256 == origin.weights_sha256
        what = "scenes or settings" if same else f"weights, {stored.weights}"
        raise InputError(
            f"{str(results / f'{place}.json')!r} holds results of other {what}: remove it for new "
            "ones in its place, or choose another --results"
        )
    cornell = {
        part: float(report["accuracy"]["0.25"]) for part, report in detector.info.accuracy.items()
    }
    spec = detector.info.spec
    network = f"{spec.backbone}, {spec.head}"
    return Tried(origin, detector.weights_path.name, network, cornell, wanted, (), 0.0)


def _store(
    console: Console, results: Path, place: str, begun: Tried, groups: Iterable[list[Try]]
) -> None:
    """Go on with what was begun, and store it now and then."""
    from grasp_detector.evaluation.depth_results import write_tried

    began, tries = perf_counter(), list(begun.tries)
    made = 0
    for made, group in enumerate(progress(groups, place, begun.wanted - begun.groups), 1):
        tries += group
        if made % _OFTEN == 0 or begun.groups + made == begun.wanted:
            seconds = begun.seconds + perf_counter() - began
            write_tried(results, place, replace(begun, tries=tuple(tries), seconds=seconds))
    console.print(f"{place}: {made} made now, {begun.groups} were stored")
