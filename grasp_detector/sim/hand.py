"""A free-floating hand that grasps, lifts and shakes: with `world`, all that knows PyBullet.

The hand is a chain of sliders that starts at a fixed base: back along the approach, sideways
along the plates, and the two fingers, whose movements a gear holds equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grasp_detector.sim.gripper import Gripper, Outcome, Reach
from grasp_detector.sim.world import STEP, World

_BACK, _SIDE, _LEFT, _RIGHT = range(4)  # the sliders
_PALM = (0.04, 0.04, 0.03)  # metres: more than the opening, across it, along the approach
_ASIDE = (0.0, 0.0, -8.0)  # where it waits
# Of a finger; Bullet multiplies it with the object's 0.8, which makes 0.5: rubber on plastic.
_FRICTION, _SPINNING = 0.6, 0.003
_APPROACH, _PUSH = 0.4, 40.0  # metres a second; newtons that it stops at
_CLOSE = 0.2  # metres a second, each finger
_HOLD = 300.0  # newtons that keep the hand on its way
_LIFT, _LIFT_STEPS = 0.10, 48
_SHAKE_SIDE, _SHAKE_BACK, _SHAKE_STEPS = 0.02, 0.01, 60  # metres, and steps of a swing
_SWINGS = 2
_LEAST_GAP = 0.0015  # metres between fingers that hold something


class Hand:
    """A gripper in a world, which it enters when it is made.

    Attributes:
        gripper: its measures.
    """

    def __init__(self, world: World, gripper: Gripper) -> None:
        self.gripper = gripper
        self._world = world
        self._bullet, self._client = world.bullet, world.client
        self._body = self._build()

    def attempt(self, reach: Reach, bodies: Sequence[int]) -> Outcome:
        """Go somewhere with open fingers, close, lift and shake.

        Args:
            reach: where to.
            bodies: that may be held.
        """
        self._put(reach, back=0.0)
        self._follow(_SIDE, 0.0)
        # Fingers and palm that are free where they are going were free all along the way.
        if self._touches([*bodies, self._world.table]) and not self._approach(reach, bodies):
            return Outcome.BLOCKED
        self._follow(_BACK, 0.0)
        if not self._close(reach.opening):
            return Outcome.EMPTY
        before = self._places(bodies)
        for step in range(_LIFT_STEPS):
            self._follow(_BACK, _LIFT * (step + 1) / _LIFT_STEPS)
            self._world.step()
            if step % 8 == 7 and self._gap() < _LEAST_GAP:
                return Outcome.SLIPPED
        back = -reach.rotation[:, 2]
        if not self._lifted(bodies, before, back):
            return Outcome.SLIPPED
        for step in range(_SWINGS * _SHAKE_STEPS):
            phase = 2 * np.pi * (step + 1) / _SHAKE_STEPS
            self._follow(_SIDE, _SHAKE_SIDE * np.sin(phase))
            self._follow(_BACK, _LIFT + _SHAKE_BACK * np.sin(2 * phase))
            self._world.step()
            if step % 12 == 11 and self._gap() < _LEAST_GAP:
                return Outcome.SHAKEN
        return Outcome.HELD if self._lifted(bodies, before, back) else Outcome.SHAKEN

    def _approach(self, reach: Reach, bodies: Sequence[int]) -> bool:
        """Come down from above everything; return whether the way was free, or was made free."""
        top = max((self._world.top(body) for body in bodies), default=0.0)
        slope = max(-float(reach.rotation[2, 2]), 0.1)
        start = max(0.0, top - reach.lowest(self.gripper)) / slope + 0.005
        self._put(reach, back=start)
        for finger in (_LEFT, _RIGHT):
            self._follow(finger, reach.opening / 2)
        self._drive(_BACK, -_APPROACH, _PUSH)
        slow = 0
        for _ in range(int(1.5 * start / _APPROACH / STEP) + 30):
            self._world.step()
            position, speed = self._state(_BACK)
            if position <= 0.001:
                return True
            slow = slow + 1 if speed > -_APPROACH / 4 else 0
            if slow > 4:
                return False
        return False

    def _close(self, opening: float) -> bool:
        """Close until the fingers stand; return whether there is something between them."""
        self._drive(_LEFT, -_CLOSE, 2 * self.gripper.force)
        self._drive(_RIGHT, 0.0, 0.0)  # the gear moves it
        still = 0
        for step in range(int(opening / 2 / _CLOSE / STEP) + 60):
            self._world.step()
            if step % 4 == 3:
                if self._gap() < _LEAST_GAP:
                    return False
                still = still + 1 if abs(self._state(_LEFT)[1]) < 0.01 else 0
                if still > 2:
                    break
        return True

    def _places(self, bodies: Sequence[int]) -> NDArray[np.float64]:
        return np.array([self._world.pose(body)[:3, 3] for body in bodies])

    def _lifted(
        self, bodies: Sequence[int], before: NDArray[np.float64], back: NDArray[np.float64]
    ) -> bool:
        """Whether a body came along on the way back, which may be far from upright."""
        return bool(((self._places(bodies) - before) @ back > _LIFT / 2).any())

    def _gap(self) -> float:
        return self._state(_LEFT)[0] + self._state(_RIGHT)[0]

    def _touches(self, bodies: Sequence[int]) -> bool:
        return any(
            self._bullet.getClosestPoints(self._body, body, 0.0, **self._client) for body in bodies
        )

    def _put(self, reach: Reach, back: float) -> None:
        """Stand at a distance before where to go, with open fingers."""
        self._world.place(self._body, reach.tip, reach.rotation)
        half = reach.opening / 2
        for slider, value in ((_BACK, back), (_SIDE, 0.0), (_LEFT, half), (_RIGHT, half)):
            self._bullet.resetJointState(self._body, slider, value, 0.0, **self._client)

    def _state(self, slider: int) -> tuple[float, float]:
        """Metres and metres a second."""
        position, speed, *_ = self._bullet.getJointState(self._body, slider, **self._client)
        return position, speed

    def _drive(self, slider: int, speed: float, force: float) -> None:
        self._bullet.setJointMotorControl2(
            self._body,
            slider,
            self._bullet.VELOCITY_CONTROL,
            targetVelocity=speed,
            force=force,
            **self._client,
        )

    def _follow(self, slider: int, position: float) -> None:
        self._bullet.setJointMotorControl2(
            self._body,
            slider,
            self._bullet.POSITION_CONTROL,
            targetPosition=position,
            force=_HOLD,
            positionGain=0.4,
            velocityGain=1.0,
            **self._client,
        )

    def _build(self) -> int:
        bullet, client, gripper = self._bullet, self._client, self.gripper
        aside = gripper.thickness / 2
        # The base's origin is the middle between the fingertips of a closed hand.
        palm = (gripper.opening + _PALM[0], *_PALM[1:])
        finger = (gripper.thickness, gripper.plate, gripper.length)
        links = (
            (None, (0.0, 0.0, 0.0), 0, (0, 0, -1)),
            (palm, (0.0, 0.0, -gripper.length - _PALM[2] / 2), 1, (0, 1, 0)),
            (finger, (-aside, 0.0, -gripper.length / 2), 2, (-1, 0, 0)),
            (finger, (aside, 0.0, -gripper.length / 2), 2, (1, 0, 0)),
        )
        shapes = [
            -1
            if size is None
            else bullet.createCollisionShape(
                bullet.GEOM_BOX,
                halfExtents=[edge / 2 for edge in size],
                collisionFramePosition=middle,
                **client,
            )
            for size, middle, _, _ in links
        ]
        body = int(
            bullet.createMultiBody(
                0.0,
                basePosition=_ASIDE,
                linkMasses=[1.0, 1.0, 0.2, 0.2],
                linkCollisionShapeIndices=shapes,
                linkVisualShapeIndices=[-1] * 4,
                linkPositions=[(0, 0, 0)] * 4,
                linkOrientations=[(0, 0, 0, 1)] * 4,
                linkInertialFramePositions=[middle for _, middle, _, _ in links],
                linkInertialFrameOrientations=[(0, 0, 0, 1)] * 4,
                linkParentIndices=[parent for _, _, parent, _ in links],
                linkJointTypes=[bullet.JOINT_PRISMATIC] * 4,
                linkJointAxis=[axis for _, _, _, axis in links],
                **client,
            )
        )
        for link in range(4):
            bullet.changeDynamics(body, link, linearDamping=0.0, angularDamping=0.0, **client)
        for link in (_LEFT, _RIGHT):
            bullet.changeDynamics(
                body,
                link,
                lateralFriction=_FRICTION,
                spinningFriction=_SPINNING,
                jointLowerLimit=0.0,
                jointUpperLimit=gripper.opening / 2,
                **client,
            )
        gear = bullet.createConstraint(
            body, _LEFT, body, _RIGHT, bullet.JOINT_GEAR, (1, 0, 0), (0, 0, 0), (0, 0, 0), **client
        )
        bullet.changeConstraint(gear, gearRatio=-1, maxForce=1000, erp=0.3, **client)
        return body
