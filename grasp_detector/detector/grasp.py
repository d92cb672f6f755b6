"""What the detector says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.pose import GripperPose
from grasp_detector.geometry import grasp_to_corners


@dataclass(frozen=True)
class Grasp:
    """A grasp rectangle in a picture (section III-A of the paper).

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

    def corners(self) -> NDArray[np.float64]:
        """``(4, 2)`` pixels; the edge 0-1 runs along the opening, 1-2 along a jaw plate."""
        return grasp_to_corners([self.x, self.y, self.theta, self.h, self.w])
