"""A table top with objects that fell on it, seen by a camera from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector import GripperPose, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.sim.camera import Camera, looking_at, overhead
from grasp_detector.sim.finish import (
    Finish,
    object_finish,
    object_prints,
    table_finish,
    table_prints,
)
from grasp_detector.sim.gripper import STANDARD, Gripper, Outcome, reach
from grasp_detector.sim.hand import Hand
from grasp_detector.sim.objects import CATALOGUE, Model, pick
from grasp_detector.sim.shading import Buffers, Light, Surface, shade
from grasp_detector.sim.world import World

MOST_TILT = 15.0  # degrees
_FINER = 2  # times as many pixels are rendered each way as are shown
_REACH = 120.0  # pixels from the picture's middle that an object may lie: the network sees 160
_ATTEMPTS = 50  # objects that may roll away before one stays
_FALL = 0.02  # metres
_LAMP_POINTS = 5
_LAMP_PIXELS = 256
_LAMP_RADIUS = 0.45  # metres about the table's middle in which things cast shadows


@dataclass(frozen=True)
class View:
    """A picture of the scene without a sensor's faults.

    Attributes:
        rgb: ``(H, W, 3)`` uint8.
        depth: ``(H, W)`` float32 metres along the optical axis, of every pixel.
        mask: ``(H, W)`` int32: 0 is the table, else the number of the object.
        camera: that took it.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]
    mask: NDArray[np.int32]
    camera: Camera


@dataclass(frozen=True)
class _Placed:
    body: int
    model: Model
    finish: Finish


class TableTop:
    """A table, a lamp and a camera, all random; the same seed and calls give the same pictures.

    Args:
        seed: a number, or some.
        models: what may lie on the table.
        gripper: that grasps there.
        tilt: of the camera's axis from the vertical at most, degrees.

    Raises:
        InputError: PyBullet is not installed.
    """

    def __init__(
        self,
        seed: int | Sequence[int] = 0,
        models: Sequence[Model] = tuple(CATALOGUE.values()),
        gripper: Gripper = STANDARD,
        tilt: float = MOST_TILT,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        # A source of its own: what is printed changes nothing of what falls where.
        (self._printer,) = self._rng.spawn(1)
        self._models = models
        self._gripper = gripper
        self._hand: Hand | None = None
        self._state = 0  # of the world, which the hand starts from
        self._placed: dict[int, _Placed] = {}
        self._furnish(tilt)
        self._world = World()

    def __enter__(self) -> TableTop:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the simulation."""
        self._world.close()

    @property
    def objects(self) -> dict[int, str]:
        """Number in the mask: name of the model."""
        return {number: placed.model.name for number, placed in self._placed.items()}

    def drop(self, name: str | None = None) -> int:
        """Let an object fall on a free place in the picture's middle; wait until it rests.

        Args:
            name: of a model; None picks at random.

        Returns:
            The object's number in the mask.

        Raises:
            InputError: no such object, or it rolls away each time.
        """
        assert self._hand is None, "a grasp was tried: the table is laid"
        named = {model.name: model for model in self._models}
        if name is not None and name not in named:
            raise InputError(f"no object is named {name!r}")
        for _ in range(_ATTEMPTS):
            model = pick(self._rng, self._models) if name is None else named[name]
            body = self._world.add(model, float(self._rng.uniform(*model.scale)))
            self._hang(body, model)
            self._world.settle(body)
            if self._in_view(body):
                break
            self._world.remove(body)
        else:
            raise InputError(f"{name or 'any object'} never came to rest in the picture")
        number = len(self._placed) + 1
        finish = object_finish(self._rng, model.textured)
        finish = replace(finish, prints=object_prints(self._printer))
        self._placed[number] = _Placed(body, model, finish)
        return number

    def render(self) -> View:
        """Take a picture."""
        camera = self.camera.magnified(_FINER)
        colours, depth, bodies = self._world.render(camera)
        mask = np.zeros_like(bodies)
        surfaces = {}
        for number, placed in self._placed.items():
            mask[bodies == placed.body] = number
            from_world = np.linalg.inv(self._world.pose(placed.body))
            surfaces[number] = Surface(placed.finish, from_world)
        fine = Buffers(camera, colours, depth, mask)
        rgb = shade(fine, _FINER, self._table, surfaces, self._light())
        step = slice(_FINER // 2, None, _FINER)
        return View(rgb, depth[step, step].copy(), mask[step, step].copy(), self.camera)

    def attempt(self, pose: GripperPose) -> Outcome:
        """Let the gripper try a grasp, then put everything back where it was.

        With the first attempt the table is laid: nothing can be dropped any more.

        Args:
            pose: as the camera sees it.
        """
        bodies = [placed.body for placed in self._placed.values()]
        if self._hand is None:
            # A hand from the beginning would change, ever so little, how things fall.
            self._hand = Hand(self._world, self._gripper)
            for body in bodies:
                self._world.stop(body)
            self._state = self._world.save()
            self._world.restore(self._state)
        outcome = self._hand.attempt(reach(pose, self.camera, self._gripper), bodies)
        self._world.restore(self._state)
        return outcome

    def _furnish(self, tilt: float) -> None:
        rng = self._rng
        self._table = replace(table_finish(rng), prints=table_prints(self._printer))
        self.camera = overhead(
            distance=float(rng.uniform(0.5, 1.0)),
            tilt=float(np.deg2rad(rng.uniform(0.0, tilt))),
            turn=float(rng.uniform(-np.pi, np.pi)),
        )
        around, slant = rng.uniform(-np.pi, np.pi), np.deg2rad(rng.uniform(15, 45))
        direction = [np.sin(slant) * np.cos(around), np.sin(slant) * np.sin(around), np.cos(slant)]
        lamp = rng.uniform(1.2, 1.8) * np.array(direction)
        self._lamp = lamp + rng.uniform(-0.12, 0.12, (_LAMP_POINTS, 3))
        share = rng.uniform(0.45, 0.7)  # of the lamp in all the light
        warmth = rng.normal(0.0, 0.03)
        tint = np.array([1.0 + warmth, 1.0, 1.0 - warmth]) * rng.uniform(0.85, 1.05)
        self._lamp_colour = (share * tint / np.cos(slant)).astype(np.float32)
        self._ambient = ((1.0 - share) * tint).astype(np.float32)

    def _hang(self, body: int, model: Model) -> None:
        """Put a body above a free place, turned at random."""
        rng = self._rng
        # Things lie more often than they stand.
        lying = model.shape == "cylinder" and rng.random() < 0.75
        roll = np.pi / 2 if lying else float(rng.choice([0.0, rng.uniform(-np.pi, np.pi)]))
        highest = max((self._world.top(placed.body) for placed in self._placed.values()), default=0)
        x, y = self._free_place()
        turn = (roll, 0.0, float(rng.uniform(-np.pi, np.pi)))
        self._world.hang(body, x, y, highest + _FALL, turn)

    def _free_place(self) -> tuple[float, float]:
        """Of some places in the middle of the picture, the one farthest from all objects."""
        taken = [self._world.pose(placed.body)[:2, 3] for placed in self._placed.values()]
        distance = float(np.linalg.norm(self.camera.pose[:3, 3]))
        reach = _REACH / self.camera.intrinsics.fx * distance
        if taken:
            places = self._rng.uniform(-0.85, 0.85, (30, 2)) * reach
            room = np.linalg.norm(places[:, None] - np.array(taken), axis=-1).min(1)
            x, y = places[room.argmax()]
        else:
            x, y = self._rng.uniform(-0.5, 0.5, 2) * reach
        return float(x), float(y)

    def _in_view(self, body: int) -> bool:
        centre = self._world.pose(body)[:3, 3]
        u, v, _ = self.camera.project(centre)
        k = self.camera.intrinsics
        return bool(max(abs(u - k.cx), abs(v - k.cy)) < _REACH and centre[2] > 0)

    def _light(self) -> Light:
        """The lamp, with what some points of it see of the objects."""
        centre = (_LAMP_PIXELS - 1) / 2
        views = []
        for point in self._lamp:
            focal = _LAMP_PIXELS / 2 / _LAMP_RADIUS * float(np.linalg.norm(point))
            camera = Camera(
                Intrinsics(focal, focal, centre, centre),
                _LAMP_PIXELS,
                _LAMP_PIXELS,
                looking_at(point, np.zeros(3), np.array([0.3, 0.95, 0.1])),
            )
            views.append((camera, self._world.render(camera, table=False)[1]))
        return Light(views, self._lamp_colour, self._ambient)
