"""One labelled picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.categories import category_of
from grasp_detector.data.files import read_rgb
from grasp_detector.data.point_cloud import read_any_depth


def _none() -> NDArray[np.float64]:
    return np.empty((0, 5))


@dataclass(frozen=True)
class Sample:
    """A picture, its depth where there is any, and the grasps that somebody labelled.

    Attributes:
        name: id of the picture within its data set.
        object_id: which object it shows; pictures of one object share it; "" = not known.
        object_name: in words.
        rgb_path: the colour picture.
        depth_path: its depth as a picture, or as a point cloud (``.txt``), or None.
        grasps: ``(M, 5)`` positive grasps, pixels of the picture.
        negatives: ``(M, 5)`` places that somebody labelled as no grasp.
    """

    name: str
    object_id: str
    object_name: str
    rgb_path: Path
    depth_path: Path | None
    grasps: NDArray[np.float64]
    negatives: NDArray[np.float64] = field(default_factory=_none)

    @property
    def category(self) -> int:
        """Number of the object's category, -1 if it is in none."""
        return category_of(self.object_name)

    def rgb(self) -> NDArray[np.uint8]:
        """``(H, W, 3)`` uint8, red first; InputError if the file cannot be read."""
        return read_rgb(self.rgb_path)

    def depth(self) -> NDArray[np.generic] | None:
        """``(H, W)`` uint16 millimetres or float32 metres, or None where there is none.

        Raises:
            InputError: there is a file, and it cannot be read.
        """
        return None if self.depth_path is None else read_any_depth(self.depth_path)
