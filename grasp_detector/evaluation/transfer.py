"""Grasps on scenes without labelled grasps: do they close on an object?

A grasp closes on an object where its centre lies on the object's mask and its opening axis leaves
the mask on both sides before it comes to the plates. That is necessary, not sufficient: nothing is
tried. Depth is worth something where answers are better with it than without it, and than with
the depth of another scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector import Fingers, Grasp, GraspDetector
from grasp_detector.evaluation.scenes import LabelledScene
from grasp_detector.geometry.across import across
from grasp_detector.interval import Share, paired_gain, share_of
from grasp_detector.rgbd import SHARE, depth_in_metres
from grasp_detector.rgbd.shown import Shown, shown_of

_STEP = 0.5  # pixels along the opening
_MARGIN = 0.01  # metres between a plate and the mask's edge, of the grasp across the mask
_METRE = 600.0  # pixels, where neither depth nor a camera tells
SHIFTS = (0.0, -0.2, 0.2)
"""Of the square that is looked at, from the picture's middle, in sides of it; both ways."""

Place = tuple[float, float]
"""Of a square: its shift right and down, see `SHIFTS`."""

MIDDLE: Place = (0.0, 0.0)
PLACES: tuple[Place, ...] = tuple((right, down) for down in SHIFTS for right in SHIFTS)


@dataclass(frozen=True)
class Way:
    """A way to look at a scene.

    Attributes:
        name: short.
        title: in words.
        shown: what the network sees.
        others: that its depth is another scene's, of every other one in turn.
        room: that depth is asked for room for the fingers.
        mask: no network: across the true mask of the narrowest object.
    """

    name: str
    title: str
    shown: Shown = Shown.rgbd
    others: bool = False
    room: bool = False
    mask: bool = False


WAYS = (
    Way("rgbd", "with depth"),
    Way("rgbd_room", "with depth, which is asked for room", room=True),
    Way("rgb", "without depth", Shown.rgb),
    Way("shuffled", "with the depth of another scene", others=True),
    Way("depth", "depth alone", Shown.depth),
    Way("mask", "across the true mask, no network", mask=True),
)


@dataclass(frozen=True)
class Answer:
    """The best grasp in a look at a scene.

    Attributes:
        way: name of the way.
        scene: its name.
        place: of the square that was looked at.
        depth_of: name of the scene whose depth was seen.
        grasp: the best; None = none was found.
        on_object: its centre lies on an object.
        closes: and its opening axis leaves that object on both sides before the plates.
    """

    way: str
    scene: str
    place: Place
    depth_of: str
    grasp: Grasp | None
    on_object: bool
    closes: bool


def closes(grasp: Grasp, objects: NDArray[np.int64]) -> tuple[bool, bool]:
    """Whether a grasp's centre lies on an object, and whether its jaws close on that.

    Args:
        grasp: in pixels.
        objects: ``(H, W)`` numbers of the objects, 0 = none. Beyond the picture is none.
    """
    distance = np.arange(0.0, grasp.w / 2 + _STEP / 2, _STEP)
    direction = np.array([np.cos(grasp.theta), np.sin(grasp.theta)])
    centre = _at(objects, np.array([[grasp.x, grasp.y]]))[0]
    if centre == 0:
        return False, False
    sides = (
        _at(objects, [grasp.x, grasp.y] + side * distance[:, None] * direction) for side in (-1, 1)
    )
    return True, all(bool((side != centre).any()) for side in sides)


def _at(objects: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.int64]:
    columns, rows = np.rint(points).astype(np.intp).T
    height, width = objects.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    numbers = np.zeros(len(points), np.int64)
    numbers[inside] = objects[rows[inside], columns[inside]]
    return numbers


def possible(ways: Iterable[Way], scenes: Sequence[LabelledScene]) -> list[Way]:
    """The ways that scenes allow: to ask depth for room, every scene's camera must be known."""
    known = all(scene.camera is not None for scene in scenes)
    return [way for way in ways if known or not way.room]


def shows_object(scene: LabelledScene, place: Place) -> bool:
    """Whether an object is in view from a place; else nothing is asked there."""
    x, y, side, _ = _square(scene, place)
    return bool((scene.objects[y : y + side, x : x + side] > 0).any())


def answers(
    detector: GraspDetector, scenes: Sequence[LabelledScene], way: Way, fingers: Fingers
) -> Iterator[Answer]:
    """A detector's best grasps of all scenes from all `PLACES` where an object is in view.

    Args:
        detector: asked as a node asks it, but for the best grasp however unsure it is.
        scenes: at least two where depth is exchanged, all of one size then.
        way: how to look.
        fingers: that need room, where the way asks for it.
    """
    for scene in scenes:
        others = [each for each in scenes if (each is scene) is not way.others]
        for place in PLACES:
            if not shows_object(scene, place):
                continue
            square = _square(scene, place)
            for other in others:
                if way.mask:
                    found = [_across_narrowest(scene, square, fingers)]
                else:
                    rgb, depth = shown_of(scene.rgb, other.depth, way.shown)
                    found = detector.detect(
                        *(rgb, depth, 1),
                        # The best of all, as in `sim.trial`: an answer that is not given for want
                        # of confidence tells nothing of which is the best.
                        min_confidence=0.0,
                        intrinsics=scene.camera,
                        region=square,
                        fingers=fingers if way.room else None,
                    )
                grasp = found[0] if found else None
                verdict = (False, False) if grasp is None else closes(grasp, scene.objects)
                yield Answer(way.name, scene.name, place, other.name, grasp, *verdict)


def looks(scenes: int, way: Way) -> int:
    """How many answers there are at most."""
    return scenes * len(PLACES) * (scenes - 1 if way.others else 1)


def _square(scene: LabelledScene, place: Place) -> tuple[int, int, int, int]:
    """The part of a picture to look at: x, y, width and height."""
    height, width = scene.objects.shape
    side = round(min(height, width) * SHARE)
    x, y = (
        int(np.clip(round((length - side) / 2 + shift * side), 0, length - side))
        for length, shift in ((width, place[0]), (height, place[1]))
    )
    return x, y, side, side


def _across_narrowest(
    scene: LabelledScene, square: tuple[int, int, int, int], fingers: Fingers
) -> Grasp:
    """Across the minor axis of the object in view that is narrowest there."""
    x, y, width, height = square
    found = []
    for number in np.unique(scene.objects[y : y + height, x : x + width]):
        if number == 0:
            continue
        mask = scene.objects == number
        depth = depth_in_metres(scene.depth)[mask]
        metre = _METRE
        if scene.camera is not None and depth.any():
            metre = scene.camera.fx / float(np.median(depth[depth > 0]))
        found.append(across(mask, metre * fingers.plate, metre * _MARGIN))
    five = min(found, key=lambda grasp: float(grasp[4]))
    return Grasp.of(five, confidence=1.0)


def count(given: Sequence[Answer], hit: Callable[[Answer], bool]) -> Share:
    """Count answers, at least one; those of a scene tell less than as many of different ones."""
    return share_of([hit(answer) for answer in given], [answer.scene for answer in given])


def difference(
    first: Sequence[Answer], second: Sequence[Answer]
) -> tuple[float, tuple[float, float]]:
    """By how much more of the first answers close, and the 95 % interval: scenes resampled.

    Both are of the same scenes and places.
    """
    ours, theirs = ([(a.scene, a.closes) for a in part] for part in (first, second))
    return paired_gain(ours, theirs)
