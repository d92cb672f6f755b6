"""Labelled scenes as files, in the layout of the Cornell data set, so that its readers read them.

``NN/pcdNNNNr.png`` is the picture, ``NN/pcdNNNNd.tiff`` its depth (float32 metres, 0 = none),
``NN/pcdNNNNcpos.txt`` and ``cneg.txt`` what held and what did not, and ``z.txt`` the objects. Of
this project's own are ``NN/pcdNNNN.yaml``, which tells a scene's camera and what came of each
attempt, and ``simulation.yaml``, which tells what the set was made with.

A scene is done when its YAML file is there, which is written last: what was interrupted, however
hard, goes on where it was.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from grasp_detector.errors import InputError
from grasp_detector.files import locked, write_whole
from grasp_detector.geometry import grasp_to_corners
from grasp_detector.sim.gripper import Outcome
from grasp_detector.sim.labels import Label, Recipe, Scene, make_scene

ABOUT = "simulation.yaml"
VERSION = 2  # to be raised when the same recipe makes other scenes or other labels


@dataclass(frozen=True)
class Made:
    """A scene that was made just now, or was there already.

    Attributes:
        number: of the scene.
        outcomes: how often what came of an attempt.
        trying: seconds that the attempts took; 0 = it was there already.
    """

    number: int
    outcomes: Counter[Outcome]
    trying: float


def make_dataset(
    recipe: Recipe, about_objects: str, scenes: int, folder: Path, workers: int = 1
) -> Generator[Made, None, None]:
    """Make what is not there yet of a data set, in any order.

    Args:
        recipe: of the scenes.
        about_objects: what its models are called, for the record.
        scenes: how many; more may be added later.
        folder: for the files.
        workers: processes.

    Raises:
        InputError: no scenes, a folder that holds something else or is in use, no
            PyBullet.
    """
    if scenes < 1:
        raise InputError(f"{scenes} scenes: at least 1 makes a data set")
    with locked(folder / ".lock") as mine:
        if not mine:
            raise InputError(f"another process is writing into {str(folder)!r}")
        _describe(recipe, about_objects, folder)
        missing = []
        for number in range(scenes):
            there = read_outcomes(folder, number)
            if there is None:
                missing.append(number)
            else:
                yield Made(number, there, 0.0)
        try:
            yield from _make(recipe, missing, folder, workers)
        finally:
            list_objects(folder)


def _make(recipe: Recipe, missing: Sequence[int], folder: Path, workers: int) -> Iterator[Made]:
    if workers == 1 or len(missing) < 2:
        for number in missing:
            yield _make_one(recipe, number, folder)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(missing)), spawn, _begin_worker) as pool:
        jobs = [pool.submit(_make_one, recipe, number, folder) for number in missing]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """One core a worker, and none that outlives a killed parent."""
    # Ctrl-C goes to the whole group; what a worker has begun it finishes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _make_one(recipe: Recipe, number: int, folder: Path) -> Made:
    scene = make_scene(recipe, number)
    write_scene(scene, folder, number)
    return Made(number, Counter(label.outcome for label in scene.labels), scene.trying)


def write_scene(scene: Scene, folder: Path, number: int) -> None:
    """Write a scene's files, that which tells that they are whole last."""
    metres = scene.depth.astype(np.float32) / np.float32(1000.0)
    write_whole(_path(folder, number, "r.png"), _encode(".png", scene.rgb[..., ::-1]))
    write_whole(_path(folder, number, "d.tiff"), _encode(".tiff", metres))
    for kind, held in (("cpos.txt", True), ("cneg.txt", False)):
        grasps = [label.grasp for label in scene.labels if label.held is held]
        write_whole(_path(folder, number, kind), rectangles(grasps))
    about = {
        "objects": list(scene.objects.values()),
        "camera": np.round(scene.view.camera.pose, 6).tolist(),
        "intrinsics": asdict(scene.view.camera.intrinsics),
        "attempts": [_attempt(label, scene.objects) for label in scene.labels],
    }
    write_whole(_path(folder, number, ".yaml"), _yaml(about))


def rectangles(grasps: Sequence[NDArray[np.float64]]) -> str:
    """Grasps ``(5,)`` as the layout has them: a corner ``x y`` a line, four a rectangle."""
    corners = grasp_to_corners(np.reshape(grasps, (-1, 5))).reshape(-1, 2)
    return "".join(f"{x:.3f} {y:.3f}\n" for x, y in corners)


def _attempt(label: Label, objects: dict[int, str]) -> dict[str, Any]:
    return {
        "grasp": np.round(label.grasp, 4).tolist(),
        "object": objects[label.number],
        "outcome": label.outcome.value,
    }


def _describe(recipe: Recipe, objects: str, folder: Path) -> None:
    """Write what a data set is made with, or see that it was made with the same."""
    about = {
        "version": VERSION,
        "objects": objects,
        "clutter": recipe.clutter,
        "attempts": recipe.attempts,
        "seed": recipe.seed,
        "tilt": recipe.tilt,
        "gripper": asdict(recipe.gripper),
    }
    path = folder / ABOUT
    if not path.is_file():
        if any(folder.glob("*/pcd*")) or (folder / "z.txt").exists():
            raise InputError(f"{str(folder)!r} holds another data set: choose an empty folder")
        write_whole(path, _yaml(about))
        return
    try:
        known = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        known = None  # as if it told nothing
    for name, value in about.items():
        if not isinstance(known, dict) or known.get(name) != value:
            raise InputError(
                f"{str(folder)!r} was begun with another {name}: choose another folder, or see its "
                f"{ABOUT}"
            )


def read_outcomes(folder: Path, number: int) -> Counter[Outcome] | None:
    """How often what came of an attempt in a scene; None where it is not there or is damaged."""
    about = _read(folder, number)
    return None if about is None else about.outcomes


def list_objects(folder: Path) -> None:
    """Write z.txt: number, object's id, what it is in a word, picture of the background (none)."""
    lines = []
    ours = (path.stem[3:] for path in folder.glob("*/pcd*.yaml"))
    for number in sorted({int(each) for each in ours if each.isdecimal()}):
        about = _read(folder, number)
        if about is not None:
            # An object is known by its model's name, a cluttered table by those of all objects.
            names = sorted(name.replace(" ", "_") for name in about.objects)
            # A model of many, such as marker_03, is one of its kind; 007 has no kind but itself.
            word = names[0].rstrip("_0123456789") or names[0] if len(names) == 1 else "clutter"
            lines.append(f"{number:04} {'+'.join(names)} {word} none\n")
    write_whole(folder / "z.txt", "".join(lines))


@dataclass(frozen=True)
class _Told:
    """What a scene's file tells: its objects, and how often what came of an attempt."""

    objects: list[str]
    outcomes: Counter[Outcome]


def _read(folder: Path, number: int) -> _Told | None:
    """What a scene's file tells; None where there is none, or a damaged one: it is made again."""
    path = _path(folder, number, ".yaml")
    if not path.is_file():
        return None
    try:
        about = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
        objects = about["objects"]
        outcomes = Counter(Outcome(attempt["outcome"]) for attempt in about["attempts"])
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(objects, list) or not all(isinstance(name, str) for name in objects):
        return None
    return _Told(objects, outcomes)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _path(folder: Path, number: int, ending: str) -> Path:
    return folder / f"{number // 100:02}" / f"pcd{number:04}{ending}"


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, default_flow_style=None, width=100))


def _encode(ending: str, picture: NDArray[np.generic]) -> bytes:
    done, data = cv2.imencode(ending, picture)
    assert done
    return bytes(data)
