"""The gripper: its measures, and where a grasp puts it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector import GripperPose
from grasp_detector.detector.clearance import Fingers
from grasp_detector.errors import InputError
from grasp_detector.geometry import quaternion_to_matrix
from grasp_detector.sim.camera import Camera

_SPARE = 0.002  # metres that fingertips stay above the table
_WIDEST = 0.25  # metres: the network sees 0.3 m of a table half a metre away


class Outcome(str, Enum):
    """What came of an attempt to grasp."""

    HELD = "held"
    BLOCKED = "blocked on the way"
    EMPTY = "closed on nothing"
    SLIPPED = "slipped while lifted"
    SHAKEN = "lost when shaken"


@dataclass(frozen=True)
class Gripper:
    """A parallel-jaw gripper with two fingers; lengths in metres, force in newtons.

    Attributes:
        opening: the most that it opens.
        plate: width of a finger, along the jaw.
        thickness: of a finger, along the opening.
        length: of a finger, from the palm.
        reach: how far the fingertips go below the surface that is grasped.
        force: with which each finger presses.

    Raises:
        InputError: measures that no gripper has.
    """

    opening: float = Fingers.opening
    plate: float = Fingers.plate
    thickness: float = Fingers.thickness
    length: float = 0.07
    reach: float = Fingers.reach
    force: float = 15.0

    def __post_init__(self) -> None:
        for name, least, most, unit in (
            ("opening", 0.01, _WIDEST, " m"),
            ("plate", 0.002, 0.1, " m"),
            ("thickness", 0.002, 0.05, " m"),
            ("length", 0.02, 0.3, " m"),
            ("reach", 0.001, self.length, " m"),
            ("force", 0.1, 500.0, " N"),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(
                    f"a gripper whose {name} is {value:g}{unit}: {least:g} to {most:g} is possible"
                )

    @property
    def fingers(self) -> Fingers:
        """What of it needs room."""
        return Fingers(self.opening, self.plate, self.thickness, self.reach)


STANDARD = Gripper()
"""A gripper of common size."""


@dataclass(frozen=True)
class Reach:
    """Where an open gripper goes.

    Attributes:
        rotation: ``(3, 3)`` from the gripper's frame (x = opening, z = approach) to the world.
        tip: ``(3,)`` metres in the world, the middle between the fingertips.
        opening: between the plates, metres.
    """

    rotation: NDArray[np.float64]
    tip: NDArray[np.float64]
    opening: float

    def lowest(self, gripper: Gripper) -> float:
        """Height of the fingertips' lowest point, metres."""
        return float(self.tip[2]) - _drop(self.rotation, self.opening, gripper)


def reach(pose: GripperPose, camera: Camera, gripper: Gripper) -> Reach:
    """Where a gripper goes for a grasp that a camera saw.

    The fingertips go as far below the grasped surface as the gripper reaches, but not into the
    table. What is wider than the gripper opens gets all its opening.
    """
    to_world = camera.pose[:3, :3]
    rotation = to_world @ quaternion_to_matrix(pose.orientation)
    surface = to_world @ np.array(pose.position) + camera.pose[:3, 3]
    opening = min(pose.opening, gripper.opening)
    down = rotation[:, 2]
    lowest = surface[2] + gripper.reach * down[2] - _drop(rotation, opening, gripper)
    above = max(0.0, _SPARE - lowest) / max(-down[2], 0.1)
    return Reach(rotation, surface + (gripper.reach - above) * down, opening)


def _drop(rotation: NDArray[np.float64], opening: float, gripper: Gripper) -> float:
    """How much lower than the middle a slanted gripper's lowest fingertip is, metres."""
    half = np.array([opening / 2 + gripper.thickness, gripper.plate / 2])
    return float(np.abs(rotation[2, :2]) @ half)
