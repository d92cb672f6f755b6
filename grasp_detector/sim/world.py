"""Bodies that fall, and pictures of them: with `hand`, all that knows PyBullet.

The world's origin is the table's middle, z is up, metres. Bodies are whole numbers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError
from grasp_detector.sim.camera import Camera
from grasp_detector.sim.objects import Model

_NEAR, _FAR = 0.15, 4.0  # metres between which is rendered
STEP = 1 / 240
"""Seconds of a step of the simulation."""
_LONGEST = 4.0  # seconds that a body may take to come to rest
_LONGEST_SIDE = 0.5  # metres of an object: the picture's middle shows less
_TABLE = (3.0, 3.0, 0.1)  # metres
_APART = 10.0  # metres, which are far for everything here
_DOT = 1e-5  # metres: what PyBullet draws for a body that is not to be drawn
_WALLS, _WALL = 15, 0.004  # flat pieces around a cup (Bullet takes 16 a body); metres thick


def _pybullet() -> tuple[Any, str]:
    """PyBullet's module and its folder of models."""
    try:
        with _silence():
            import pybullet
            import pybullet_data
    except ImportError as error:
        raise InputError(
            f"the simulated table needs PyBullet ({error}): pip install pybullet"
        ) from None
    return pybullet, pybullet_data.getDataPath()


@contextmanager
def _silence() -> Iterator[None]:
    """No errors are printed: PyBullet tells there when it was built, as soon as it is imported."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class World:
    """A table, gravity, and what falls on it.

    Attributes:
        bullet: PyBullet's module.
        client: which of its simulations this is, as its functions take it.
        table: the table's body.

    Raises:
        InputError: PyBullet is not installed.
    """

    def __init__(self) -> None:
        self.bullet, self._models = _pybullet()
        self.client = {"physicsClientId": self.bullet.connect(self.bullet.DIRECT)}
        self.bullet.setGravity(0, 0, -9.81, **self.client)
        self.bullet.setTimeStep(STEP, **self.client)
        # What follows a restored state does not depend on what was before it.
        self.bullet.setPhysicsEngineParameter(deterministicOverlappingPairs=1, **self.client)
        self.table = self._shape(_Part("box", _TABLE, (0.0, 0.0, -_TABLE[2] / 2)))
        self.bullet.changeDynamics(self.table, -1, lateralFriction=0.9, **self.client)

    def close(self) -> None:
        """Free the simulation."""
        if self.client["physicsClientId"] >= 0:
            self.bullet.disconnect(**self.client)
            self.client = {"physicsClientId": -1}

    def add(self, model: Model, scale: float) -> int:
        """A new body, somewhere.

        Raises:
            InputError: the model's file cannot be loaded, or is of something that no table holds.
        """
        if model.urdf:
            path = str(Path(self._models, model.urdf))
            try:
                body = int(self.bullet.loadURDF(path, globalScaling=scale, **self.client))
            except self.bullet.error as error:
                raise InputError(f"the object {path!r} cannot be used: {error}") from None
            longest = max(np.subtract(*self.bullet.getAABB(body, **self.client)[::-1]))
            if longest > _LONGEST_SIDE:
                raise InputError(
                    f"the object {path!r} is {longest:.3g} m long, and {_LONGEST_SIDE:g} m is the "
                    "most here: are its measures in metres?"
                )
        else:
            size = tuple(scale * edge for edge in model.size)
            parts = _cup(*size) if model.shape == "cup" else [_Part(model.shape, size)]
            body = self._shape(*parts, mass=model.mass * scale**3)
        self.bullet.changeDynamics(
            body,
            -1,
            lateralFriction=0.8,
            rollingFriction=0.0005,
            spinningFriction=0.001,
            restitution=0.0,
            **self.client,
        )
        return body

    def remove(self, body: int) -> None:
        """Take a body away."""
        self.bullet.removeBody(body, **self.client)

    def hang(self, body: int, x: float, y: float, bottom: float, turn: tuple[float, ...]) -> None:
        """Put a body, turned by roll, pitch and yaw in radians, with its lowest point at a height.

        The rest is metres.
        """
        quaternion = self.bullet.getQuaternionFromEuler(turn)
        self._put(body, (x, y, 0.0), quaternion)
        low = self.bullet.getAABB(body, **self.client)[0][2]
        self._put(body, (x, y, bottom - low), quaternion)

    def place(
        self, body: int, position: NDArray[np.float64], rotation: NDArray[np.float64]
    ) -> None:
        """Put a body's base somewhere, ``(3,)`` metres, turned by ``(3, 3)``."""
        turn, _ = cv2.Rodrigues(rotation)
        angle = float(np.linalg.norm(turn))
        axis = turn.ravel() / max(angle, 1e-12)
        self._put(body, tuple(position), (*(np.sin(angle / 2) * axis), np.cos(angle / 2)))

    def top(self, body: int) -> float:
        """Height of a body's highest point, metres."""
        return float(self.bullet.getAABB(body, **self.client)[1][2])

    def step(self) -> None:
        """Let `STEP` seconds pass."""
        self.bullet.stepSimulation(**self.client)

    def settle(self, body: int) -> None:
        """Let time pass until a body rests."""
        for step in range(int(_LONGEST / STEP)):
            self.step()
            if step % 24 == 23:
                moves, turns = self.bullet.getBaseVelocity(body, **self.client)
                if np.linalg.norm(moves) < 0.005 and np.linalg.norm(turns) < 0.05:
                    return

    def stop(self, body: int) -> None:
        """Take all movement out of a body."""
        self.bullet.resetBaseVelocity(body, (0, 0, 0), (0, 0, 0), **self.client)

    def save(self) -> int:
        """Remember where everything is; `restore` goes back there."""
        return int(self.bullet.saveState(**self.client))

    def restore(self, state: int) -> None:
        """Put everything back where it was; no body may have come or gone since.

        Bullet keeps what it found out about bodies that are near each other beyond a restored
        state, and what follows could depend, ever so little, on what was tried before. It forgets
        that of bodies which were far apart.
        """
        self.bullet.restoreState(state, **self.client)
        for number in range(self.bullet.getNumBodies(**self.client)):
            body = self.bullet.getBodyUniqueId(number, **self.client)
            self._put(body, (_APART * (number + 1), 0.0, -_APART), (0.0, 0.0, 0.0, 1.0))
        self.bullet.performCollisionDetection(**self.client)
        self.bullet.restoreState(state, **self.client)

    def pose(self, body: int) -> NDArray[np.float64]:
        """``(4, 4)`` from the body's own frame, in its centre of mass, to the world."""
        position, turn = self.bullet.getBasePositionAndOrientation(body, **self.client)
        pose = np.eye(4)
        pose[:3, :3] = np.reshape(self.bullet.getMatrixFromQuaternion(turn), (3, 3))
        pose[:3, 3] = position
        return pose

    def render(
        self, camera: Camera, table: bool = True
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int32]]:
        """What a camera sees, without light.

        Args:
            camera: any.
            table: whether it is in the picture.

        Returns:
            ``(H, W, 3)`` uint8, the models' own colours (the table has none); ``(H, W)`` metres
            along the optical axis; ``(H, W)`` the bodies.
        """
        _, _, colours, depth, bodies = self.bullet.getCameraImage(
            camera.width,
            camera.height,
            *_matrices(camera),
            shadow=0,
            lightAmbientCoeff=1.0,
            lightDiffuseCoeff=0.0,
            lightSpecularCoeff=0.0,
            renderer=self.bullet.ER_TINY_RENDERER,
            **self.client,
        )
        size = (camera.height, camera.width)
        reading = np.asarray(depth, np.float32).reshape(size)
        metres = _FAR * _NEAR / (_FAR - (_FAR - _NEAR) * reading)
        shown = np.asarray(bodies, np.int32).reshape(size)
        if table:
            plane = camera.depth_of_floor()
            hidden = plane < metres
            metres, shown = np.where(hidden, plane, metres), np.where(hidden, self.table, shown)
        return np.asarray(colours, np.uint8).reshape(*size, 4)[..., :3], metres, shown

    def _shape(self, *parts: _Part, mass: float = 0.0) -> int:
        """A body of some parts; what cannot move is the table, which `render` does without."""
        kinds = {"box": self.bullet.GEOM_BOX, "cylinder": self.bullet.GEOM_CYLINDER}
        shapes = {
            "shapeTypes": [kinds[part.shape] for part in parts],
            "halfExtents": [part.halves for part in parts],
            "radii": [part.radius for part in parts],
            "lengths": [part.length for part in parts],
        }
        middles = [part.middle for part in parts]
        turns = [(0.0, 0.0, np.sin(part.turn / 2), np.cos(part.turn / 2)) for part in parts]
        solid = self.bullet.createCollisionShapeArray(
            **shapes,
            collisionFramePositions=middles,
            collisionFrameOrientations=turns,
            **self.client,
        )
        if mass > 0:
            seen = self.bullet.createVisualShapeArray(
                **shapes, visualFramePositions=middles, visualFrameOrientations=turns, **self.client
            )
        else:
            seen = self.bullet.createVisualShape(
                self.bullet.GEOM_SPHERE, radius=_DOT, **self.client
            )
        return int(self.bullet.createMultiBody(mass, solid, seen, **self.client))

    def _put(self, body: int, position: tuple[float, ...], turn: tuple[float, ...]) -> None:
        self.bullet.resetBasePositionAndOrientation(body, position, turn, **self.client)


@dataclass(frozen=True)
class _Part:
    """A box of three edges, or a cylinder of diameter and length, turned about z; metres."""

    shape: str
    size: tuple[float, ...]
    middle: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: float = 0.0

    @property
    def halves(self) -> tuple[float, ...]:
        return tuple(edge / 2 for edge in self.size) if self.shape == "box" else (0.0, 0.0, 0.0)

    @property
    def radius(self) -> float:
        return self.size[0] / 2

    @property
    def length(self) -> float:
        return self.size[1]


def _cup(diameter: float, height: float) -> list[_Part]:
    """A bottom and flat walls around it; the middle is that of the whole."""
    radius = (diameter - _WALL) / 2
    parts = [_Part("cylinder", (2 * radius, _WALL), (0.0, 0.0, (_WALL - height) / 2))]
    width = diameter * np.tan(np.pi / _WALLS)
    for turn in 2 * np.pi * np.arange(_WALLS) / _WALLS:
        middle = (radius * np.cos(turn), radius * np.sin(turn), 0.0)
        parts.append(_Part("box", (_WALL, width, height), middle, turn))
    return parts


def _matrices(camera: Camera) -> tuple[list[float], list[float]]:
    """OpenGL's view and projection matrices of a camera, column by column."""
    k = camera.intrinsics
    # OpenGL's camera looks along -z, with y up; its pixels are areas, ours are centres.
    view = np.linalg.inv(camera.pose @ np.diag([1.0, -1.0, -1.0, 1.0]))
    projection = np.zeros((4, 4))
    projection[0, 0] = 2 * k.fx / camera.width
    projection[1, 1] = 2 * k.fy / camera.height
    projection[0, 2] = 1 - 2 * (k.cx + 0.5) / camera.width
    projection[1, 2] = 2 * (k.cy + 0.5) / camera.height - 1
    projection[2, 2] = -(_FAR + _NEAR) / (_FAR - _NEAR)
    projection[2, 3] = -2 * _FAR * _NEAR / (_FAR - _NEAR)
    projection[3, 2] = -1
    return view.T.ravel().tolist(), projection.T.ravel().tolist()
