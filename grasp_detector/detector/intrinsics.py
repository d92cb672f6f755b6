"""The camera: from pixels to directions in space and back, through the lens's distortion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.errors import InputError

# Names as in sensor_msgs/distortion_models.hpp, and how many coefficients OpenCV takes for each.
_POLYNOMIAL = {"plumb_bob": (4, 5), "rational_polynomial": (8, 12, 14)}
_FISHEYE = {"equidistant": (4,)}
MODELS = _POLYNOMIAL | _FISHEYE
"""The distortion models that can be undone."""

# Pixels that a direction, seen through the lens again, may lie from where it came from: beyond what
# the lens shows, the polynomials turn back, and OpenCV's search for their inverse ends anywhere.
_ASTRAY = 0.1
_SEARCH = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-10)
# OpenCV before 4.6 (ROS 2 Humble's) searches as long as it likes; what it does not find is no ray.
_OLD = tuple(int(part) for part in cv2.__version__.split(".")[:2]) < (4, 6)
_FISHEYE_SEARCH: dict[str, Any] = {} if _OLD else {"criteria": _SEARCH}


@dataclass(frozen=True)
class Intrinsics:
    """A camera with its lens.

    Attributes:
        fx, fy: focal lengths, pixels of the picture given.
        cx, cy: principal point, pixels; the first pixel's centre is (0, 0).
        model: of the distortion: ``plumb_bob``, ``rational_polynomial`` or ``equidistant``; "" for
            a pinhole, which rectified pictures are.
        distortion: the model's coefficients, in camera_info's order.

    Raises:
        InputError: a focal length is not positive, something is not finite, or the model is unknown
            or has another number of coefficients.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    model: str = ""
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.fx, self.fy, self.cx, self.cy)
        if not (np.isfinite(numbers).all() and self.fx > 0.0 and self.fy > 0.0):
            fx, fy, cx, cy = (f"{number:g}" for number in numbers)
            raise InputError(
                f"camera_info has fx {fx}, fy {fy}, cx {cx}, cy {cy}: the camera is not calibrated"
            )
        if not np.isfinite(self.distortion).all():
            raise InputError(f"camera_info has the distortion {self.distortion}: calibrate anew")
        if not self.model and not self.distortion:
            return
        if self.model not in MODELS:
            raise InputError(
                f"the distortion model {self.model!r} cannot be undone, only {', '.join(MODELS)}: "
                "rectify the images and set the parameter rectified"
            )
        if len(self.distortion) not in MODELS[self.model]:
            counts = " or ".join(map(str, MODELS[self.model]))
            raise InputError(
                f"the distortion model {self.model} has {counts} coefficients, "
                f"camera_info names {len(self.distortion)}"
            )

    def resized(self, across: float, down: float) -> Intrinsics:
        """The same camera with so many times as many pixels across and down."""
        # Pixel centres lie at whole numbers, so the picture's corner is at (-0.5, -0.5).
        return replace(
            self,
            fx=self.fx * across,
            fy=self.fy * down,
            cx=(self.cx + 0.5) * across - 0.5,
            cy=(self.cy + 0.5) * down - 0.5,
        )

    def rays(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Directions in which pixels look.

        Args:
            pixels: ``(N, 2)``.

        Returns:
            ``(N, 2)``: x and y of the points seen there at a depth of 1; NaN where the lens shows
            nothing.
        """
        given = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        if not self.distortion or not len(given):  # of none OpenCV makes an error
            return (given - (self.cx, self.cy)) / (self.fx, self.fy)
        points, matrix = given[:, None], self._matrix()
        if self.model in _FISHEYE:
            rays = cv2.fisheye.undistortPoints(
                points, matrix, np.array(self.distortion), **_FISHEYE_SEARCH
            )
        else:
            rays = cv2.undistortPointsIter(
                points, matrix, np.array(self.distortion), np.eye(3), np.eye(3), _SEARCH
            )
        found: NDArray[np.float64] = np.asarray(rays, dtype=np.float64)[:, 0].copy()
        found[~(np.abs(self.pixels(found) - given).max(axis=1) < _ASTRAY)] = np.nan
        return found

    def pixels(self, rays: ArrayLike) -> NDArray[np.float64]:
        """Where points ``(N, 2)`` at a depth of 1 are seen, ``(N, 2)`` pixels."""
        given = np.asarray(rays, dtype=np.float64).reshape(-1, 2)
        if not self.distortion or not len(given):
            return given * (self.fx, self.fy) + (self.cx, self.cy)
        lens = np.array(self.distortion)
        if self.model in _FISHEYE:
            seen = cv2.fisheye.distortPoints(given[:, None], self._matrix(), lens)
        else:
            points = np.insert(given, 2, 1.0, axis=1)
            seen, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), self._matrix(), lens)
        pixels: NDArray[np.float64] = np.asarray(seen, dtype=np.float64)[:, 0]
        return pixels

    def _matrix(self) -> NDArray[np.float64]:
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])
