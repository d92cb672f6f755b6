"""The closed loop: a Kinect looks, something chooses a grasp, and the gripper tries it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector import Grasp, GraspDetector
from grasp_detector.detector.clearance import Fingers, with_room
from grasp_detector.detector.pose import gripper_pose
from grasp_detector.detector.selection import ASKED
from grasp_detector.geometry.across import across
from grasp_detector.interval import CONFIDENCE_BINS, Share, in_bin, share_of
from grasp_detector.rgbd.shown import Shown, shown_of
from grasp_detector.sim.gripper import STANDARD, Gripper, Outcome
from grasp_detector.sim.kinect import kinect_colour, kinect_depth
from grasp_detector.sim.objects import Model
from grasp_detector.sim.scene import TableTop, View

_MARGIN = 0.01  # metres between a plate and the mask's edge


@dataclass(frozen=True)
class Look:
    """What there is to choose a grasp by.

    Attributes:
        rgb: ``(480, 640, 3)`` uint8, with a sensor's noise.
        depth: ``(480, 640)`` uint16 millimetres, with its faults.
        view: the same without them, and with the true mask.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    view: View


Method = Callable[[Look], Grasp | None]
"""Chooses a grasp with a pose; None where it finds none."""


@dataclass(frozen=True)
class Trial:
    """An attempt.

    Attributes:
        objects: names of what lay on the table.
        grasp: that was tried, None = none was found.
        outcome: what came of it, None = there was no grasp.
        rgb: what the method saw.
    """

    objects: tuple[str, ...]
    grasp: Grasp | None
    outcome: Outcome | None
    rgb: NDArray[np.uint8]

    @property
    def held(self) -> bool:
        """Whether it succeeded."""
        return self.outcome is Outcome.HELD

    @property
    def verdict(self) -> str:
        """What came of it, in words."""
        return "no grasp found" if self.outcome is None else self.outcome.value


def trials(
    method: Method,
    models: Sequence[Model],
    tables: int,
    repeats: int = 1,
    clutter: int = 1,
    seed: int = 0,
    gripper: Gripper = STANDARD,
) -> Iterator[Trial]:
    """Try a method's grasps on tables; see `compare`."""
    for done in compare({"": method}, models, tables, repeats, clutter, seed, gripper):
        yield done[""]


def compare(
    methods: Mapping[str, Method],
    models: Sequence[Model],
    tables: int,
    repeats: int = 1,
    clutter: int = 1,
    seed: int = 0,
    gripper: Gripper = STANDARD,
    first: int = 0,
) -> Iterator[dict[str, Trial]]:
    """Try several methods' grasps on tables, each of which is another one, all on the same.

    Objects are dealt without repetition until every one had its turn. The repeats of a table show
    the same objects, fallen anew, in another light, under another camera.

    Args:
        methods: that choose the grasps; none of them sees what another's attempt has left.
        models: what there is to lie on the tables.
        tables: how many.
        repeats: trials of each.
        clutter: objects on a table.
        seed: the same one gives the same tables.
        gripper: that tries.
        first: number of the first table to try; those before were tried earlier.

    Raises:
        InputError: no PyBullet, or an object that cannot be used.
    """
    deal = np.random.default_rng([seed, 2])
    waiting: list[Model] = []
    for number in range(tables):
        while len(waiting) < clutter:
            waiting += [models[index] for index in deal.permutation(len(models))]
        chosen, waiting = waiting[:clutter], waiting[clutter:]
        for repeat in range(repeats if number >= first else 0):
            # Zeros at a seed's end count for nothing, and the scenes of data sets have seeds of two
            # numbers: with the clutter no table, view or light here is one of theirs.
            which = [seed, number, repeat, clutter]
            with TableTop(which, chosen, gripper) as table:
                for model in chosen:
                    table.drop(model.name)
                look = _look(table, np.random.default_rng([*which, 1]))
                yield {name: _try(method, look, table) for name, method in methods.items()}


def _look(table: TableTop, noise: np.random.Generator) -> Look:
    view = table.render()
    rgb = kinect_colour(view.rgb, noise)
    return Look(rgb, kinect_depth(view.depth, view.camera.intrinsics.fx, noise), view)


def _try(method: Method, look: Look, table: TableTop) -> Trial:
    grasp = method(look)
    objects = tuple(table.objects.values())
    if grasp is None or grasp.pose is None:
        return Trial(objects, None, None, look.rgb)
    return Trial(objects, grasp, table.attempt(grasp.pose), look.rgb)


def by_detector(
    detector: GraspDetector, shown: Shown = Shown.rgbd, fingers: Fingers | None = None
) -> Method:
    """The detector's best grasp that has a pose.

    Args:
        detector: that chooses.
        shown: what it sees; where the gripper goes is measured all the same.
        fingers: that must have room, as depth tells; None = that is not looked at.
    """

    def choose(look: Look) -> Grasp | None:
        camera = look.view.camera.intrinsics
        seen = shown_of(look.rgb, look.depth, shown)
        found = []
        for grasp in detector.detect(*seen, max_grasps=ASKED, min_confidence=0.0):
            pose = gripper_pose(grasp.five, look.depth, camera)
            if pose is not None:
                found.append(replace(grasp, pose=pose))
        if fingers is not None:
            found = with_room(found, look.depth, camera, fingers)
        return found[0] if found else None

    return choose


def by_mask(gripper: Gripper = STANDARD) -> Method:
    """Across the minor axis of the true mask of the narrowest object: no network at all."""

    def choose(look: Look) -> Grasp | None:
        view = look.view
        camera = view.camera.intrinsics
        found = []
        for number in np.unique(view.mask[view.mask > 0]):
            mask = view.mask == number
            pixels = camera.fx / float(np.median(view.depth[mask]))  # a metre there
            five = across(mask, pixels * gripper.plate, pixels * _MARGIN)
            pose = gripper_pose(five, look.depth, camera)
            if pose is not None:
                found.append(Grasp.of(five, confidence=1.0, pose=pose))
        return min(found, key=lambda grasp: grasp.w, default=None)

    return choose


def success(trials: Sequence[Trial]) -> Share:
    """Share of trials that held; those of the same objects tell less than others.

    Args:
        trials: at least one.
    """
    objects = [tuple(sorted(trial.objects)) for trial in trials]
    return share_of([trial.held for trial in trials], objects)


def by_confidence(trials: Sequence[Trial]) -> list[tuple[float, float, Share]]:
    """Success in bins of confidence, each with its bounds; bins without a trial are left out."""
    table = []
    for low, high in CONFIDENCE_BINS:
        inside = [
            trial
            for trial in trials
            if trial.grasp is not None and in_bin(trial.grasp.confidence, low, high)
        ]
        if inside:
            table.append((low, high, success(inside)))
    return table
