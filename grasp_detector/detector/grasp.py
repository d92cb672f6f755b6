"""What the detector says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.detector.pose import GripperPose
from grasp_detector.geometry import grasp_to_corners


@dataclass(frozen=True)
class Grasp:
    """A grasp rectangle in a picture (section III of the paper).

    Attributes:
        x, y: centre, pixels of the picture, y down.
        theta: angle of the opening axis to the x axis, radians in [-pi/2, pi/2).
        h: length of a jaw plate, pixels.
        w: opening between the plates, pixels.
        confidence: 0 to 1.
        class_id: index of the object's class, -1 = not classified.
        class_name: its name, "" = not classified.
        pose: the gripper in space, where camera and depth allow it.
    """

    x: float
    y: float
    theta: float
    h: float
    w: float
    confidence: float
    class_id: int = -1
    class_name: str = ""
    pose: GripperPose | None = None

    @classmethod
    def of(
        cls,
        five: ArrayLike,
        confidence: float,
        class_id: int = -1,
        class_name: str = "",
        pose: GripperPose | None = None,
    ) -> Grasp:
        """The grasp of five numbers ``(5,)``: x, y, theta, h, w."""
        x, y, theta, h, w = np.asarray(five, dtype=np.float64).tolist()
        return cls(x, y, theta, h, w, confidence, class_id, class_name, pose)

    @property
    def five(self) -> NDArray[np.float64]:
        """``(5,)``: x, y, theta, h, w, as geometry takes them."""
        return np.array([self.x, self.y, self.theta, self.h, self.w])

    def corners(self) -> NDArray[np.float64]:
        """``(4, 2)`` pixels; the edge 0-1 runs along the opening, 1-2 along a jaw plate."""
        return grasp_to_corners(self.five)
