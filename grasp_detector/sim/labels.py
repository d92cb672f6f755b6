"""A labelled picture: a scene, what a Kinect makes of it, and grasps that were tried there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.pose import gripper_pose
from grasp_detector.errors import InputError
from grasp_detector.sim.candidates import candidates
from grasp_detector.sim.gripper import STANDARD, Gripper, Outcome
from grasp_detector.sim.kinect import kinect_colour, kinect_depth
from grasp_detector.sim.objects import Model
from grasp_detector.sim.scene import MOST_TILT, TableTop, View

STEEPEST = 60.0  # degrees: farther down a gripper along the camera's axis meets the table first


@dataclass(frozen=True)
class Recipe:
    """What scenes are made of; with a number it tells one scene, always the same.

    Attributes:
        models: what may lie on the table.
        clutter: objects on a table.
        attempts: grasps that are tried in a scene, about.
        seed: of everything.
        gripper: that tries them.
        tilt: of the camera's axis from the vertical at most, degrees.
    """

    models: tuple[Model, ...]
    clutter: int = 1
    attempts: int = 40
    seed: int = 0
    gripper: Gripper = STANDARD
    tilt: float = MOST_TILT

    def __post_init__(self) -> None:
        if not 0.0 <= self.tilt <= STEEPEST:
            raise InputError(f"a tilt of {self.tilt:g} degrees: 0 to {STEEPEST:g} are expected")


@dataclass(frozen=True)
class Label:
    """A grasp ``(5,)`` in pixels, the object it was meant for, and what came of it."""

    grasp: NDArray[np.float64]
    number: int
    outcome: Outcome

    @property
    def held(self) -> bool:
        """Whether it is a positive."""
        return self.outcome is Outcome.HELD


@dataclass(frozen=True)
class Scene:
    """A labelled picture.

    Attributes:
        rgb: ``(480, 640, 3)`` uint8, with a sensor's noise.
        depth: ``(480, 640)`` uint16 millimetres, with its faults.
        view: the same without them.
        objects: number in the view's mask: name.
        labels: grasps that were tried.
        trying: seconds that took.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    view: View
    objects: dict[int, str]
    labels: Sequence[Label]
    trying: float


def make_scene(recipe: Recipe, number: int) -> Scene:
    """The scene of a number: objects fall, the Kinect looks, the gripper tries.

    Raises:
        InputError: no PyBullet, or an object that cannot be used.
    """
    rng = np.random.default_rng([recipe.seed, number, 1])
    with TableTop([recipe.seed, number], recipe.models, recipe.gripper, recipe.tilt) as table:
        for _ in range(recipe.clutter):
            table.drop()
        view = table.render()
        rgb = kinect_colour(view.rgb, rng)
        depth = kinect_depth(view.depth, view.camera.intrinsics.fx, rng)
        began = perf_counter()
        labels = label(table, view, recipe.attempts, recipe.gripper, rng)
        return Scene(rgb, depth, view, table.objects, labels, perf_counter() - began)


def label(
    table: TableTop, view: View, attempts: int, gripper: Gripper, rng: np.random.Generator
) -> list[Label]:
    """Try grasps on every object of a table, equally many on each.

    Where a gripper goes is taken from the view's depth, which has no faults: a label says what
    holds there, whatever a sensor makes of it.
    """
    labels = []
    each = -(-attempts // max(1, len(table.objects)))
    for number in table.objects:
        for grasp in candidates(view, number, each, gripper, rng):
            pose = gripper_pose(grasp, view.depth, view.camera.intrinsics)
            if pose is not None:
                labels.append(Label(grasp, number, table.attempt(pose)))
    return labels
