"""Bodies that fall, and pictures of them: the only module that knows PyBullet.

The world's origin is the table's middle, z is up, metres. Bodies are whole numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError
from grasp_detector.sim.camera import Camera
from grasp_detector.sim.objects import Model

_NEAR, _FAR = 0.15, 4.0  # metres between which is rendered
_STEP = 1 / 240  # seconds of a step of the simulation
_LONGEST = 4.0  # seconds that a body may take to come to rest
_TABLE = (3.0, 3.0, 0.1)  # metres
_ASIDE = 9.0  # metres below, out of every picture


def _pybullet() -> tuple[Any, str]:
    """PyBullet's module and its folder of models."""
    try:
        import pybullet
        import pybullet_data
    except ImportError as error:
        raise InputError(
            f"the simulated table needs PyBullet ({error}): pip install pybullet"
        ) from None
    return pybullet, pybullet_data.getDataPath()


class World:
    """A table, gravity, and what falls on it.

    Raises:
        InputError: PyBullet is not installed.
    """

    def __init__(self) -> None:
        self._bullet, self._models = _pybullet()
        self._client = {"physicsClientId": self._bullet.connect(self._bullet.DIRECT)}
        self.reset()

    def close(self) -> None:
        """Free the simulation."""
        if self._client["physicsClientId"] >= 0:
            self._bullet.disconnect(**self._client)
            self._client = {"physicsClientId": -1}

    def reset(self) -> None:
        """Leave nothing but an empty table."""
        self._bullet.resetSimulation(**self._client)
        self._bullet.setGravity(0, 0, -9.81, **self._client)
        self._bullet.setTimeStep(_STEP, **self._client)
        self._table = self._shape("box", _TABLE, mass=0.0)
        self._bullet.changeDynamics(self._table, -1, lateralFriction=0.9, **self._client)
        self._move_table(0.0)

    def add(self, model: Model, scale: float) -> int:
        """A new body, somewhere."""
        if model.urdf:
            path = f"{self._models}/{model.urdf}"
            body = int(self._bullet.loadURDF(path, globalScaling=scale, **self._client))
        else:
            size = tuple(scale * edge for edge in model.size)
            body = self._shape(model.shape, size, mass=model.mass * scale**3)
        self._bullet.changeDynamics(
            body,
            -1,
            lateralFriction=0.8,
            rollingFriction=0.0005,
            spinningFriction=0.001,
            restitution=0.0,
            **self._client,
        )
        return body

    def remove(self, body: int) -> None:
        """Take a body away."""
        self._bullet.removeBody(body, **self._client)

    def hang(self, body: int, x: float, y: float, bottom: float, turn: tuple[float, ...]) -> None:
        """Put a body, turned by roll, pitch and yaw in radians, with its lowest point at a height.

        The rest is metres.
        """
        quaternion = self._bullet.getQuaternionFromEuler(turn)
        self._place(body, (x, y, 0.0), quaternion)
        low = self._bullet.getAABB(body, **self._client)[0][2]
        self._place(body, (x, y, bottom - low), quaternion)

    def top(self, body: int) -> float:
        """Height of a body's highest point, metres."""
        return float(self._bullet.getAABB(body, **self._client)[1][2])

    def settle(self, body: int) -> None:
        """Let time pass until a body rests."""
        for step in range(int(_LONGEST / _STEP)):
            self._bullet.stepSimulation(**self._client)
            if step % 24 == 23:
                moves, turns = self._bullet.getBaseVelocity(body, **self._client)
                if np.linalg.norm(moves) < 0.005 and np.linalg.norm(turns) < 0.05:
                    return

    def pose(self, body: int) -> NDArray[np.float64]:
        """``(4, 4)`` from the body's own frame, in its centre of mass, to the world."""
        position, turn = self._bullet.getBasePositionAndOrientation(body, **self._client)
        pose = np.eye(4)
        pose[:3, :3] = np.reshape(self._bullet.getMatrixFromQuaternion(turn), (3, 3))
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
            ``(H, W, 3)`` uint8, the models' own colours; ``(H, W)`` metres along the optical axis;
            ``(H, W)`` the bodies.
        """
        if not table:
            self._move_table(-_ASIDE)
        _, _, colours, depth, bodies = self._bullet.getCameraImage(
            camera.width,
            camera.height,
            *_matrices(camera),
            shadow=0,
            lightAmbientCoeff=1.0,
            lightDiffuseCoeff=0.0,
            lightSpecularCoeff=0.0,
            renderer=self._bullet.ER_TINY_RENDERER,
            **self._client,
        )
        if not table:
            self._move_table(0.0)
        size = (camera.height, camera.width)
        reading = np.asarray(depth, np.float32).reshape(size)
        metres = _FAR * _NEAR / (_FAR - (_FAR - _NEAR) * reading)
        rgba = np.asarray(colours, np.uint8).reshape(*size, 4)
        return rgba[..., :3], metres, np.asarray(bodies, np.int32).reshape(size)

    def _shape(self, shape: str, size: tuple[float, ...], mass: float) -> int:
        collision: dict[str, Any]
        visual: dict[str, Any]
        if shape == "box":
            kind = self._bullet.GEOM_BOX
            collision = visual = {"halfExtents": [edge / 2 for edge in size]}
        else:
            kind, (diameter, length) = self._bullet.GEOM_CYLINDER, size
            collision = {"radius": diameter / 2, "height": length}
            visual = {"radius": diameter / 2, "length": length}
        return int(
            self._bullet.createMultiBody(
                mass,
                self._bullet.createCollisionShape(kind, **collision, **self._client),
                self._bullet.createVisualShape(kind, **visual, **self._client),
                **self._client,
            )
        )

    def _move_table(self, height: float) -> None:
        self._place(self._table, (0.0, 0.0, height - _TABLE[2] / 2), (0, 0, 0, 1))

    def _place(self, body: int, position: tuple[float, ...], turn: tuple[float, ...]) -> None:
        self._bullet.resetBasePositionAndOrientation(body, position, turn, **self._client)


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
