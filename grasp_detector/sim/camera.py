"""The simulated camera: where it hangs, and pixels to points and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.detector import Intrinsics

WIDTH, HEIGHT = 640, 480
KINECT = Intrinsics(525.0, 525.0, 319.5, 239.5)
"""A Kinect's nominal intrinsics; pixels of a 640x480 picture, pixel centres at whole numbers."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera somewhere in the world.

    Attributes:
        intrinsics: in pixels of its picture.
        width: of its picture, pixels.
        height: of its picture, pixels.
        pose: ``(4, 4)`` from its optical frame (x right, y down, z forward) to the world, metres.
    """

    intrinsics: Intrinsics
    width: int
    height: int
    pose: NDArray[np.float64]

    def magnified(self, factor: int) -> Camera:
        """The same camera with ``factor`` times as many pixels each way."""
        new = self.intrinsics.resized(factor, factor)
        return Camera(new, self.width * factor, self.height * factor, self.pose)

    def points(
        self, depth: NDArray[np.floating], first: tuple[int, int] = (0, 0), step: int = 1
    ) -> NDArray[np.float32]:
        """World points of a depth picture, or of a part of it.

        Args:
            depth: ``(H, W)`` metres.
            first: row and column of its first pixel.
            step: pixels from each to the next.

        Returns:
            ``(H, W, 3)`` metres.
        """
        k = self.intrinsics
        rows, columns = (
            start + step * np.arange(count, dtype=np.float32)
            for start, count in zip(first, depth.shape, strict=True)
        )
        rays = np.empty((*depth.shape, 3), np.float32)
        rays[..., 0] = (columns - k.cx) / k.fx
        rays[..., 1] = ((rows - k.cy) / k.fy)[:, None]
        rays[..., 2] = 1.0
        rays *= depth[..., None]
        return transform(self.pose, rays)

    def depth_of_floor(self) -> NDArray[np.float32]:
        """``(H, W)`` metres along the optical axis to the plane z = 0; infinite where it is not."""
        k, down = self.intrinsics, -self.pose[2, :3]
        x = (np.arange(self.width) - k.cx) / k.fx
        y = (np.arange(self.height) - k.cy) / k.fy
        sinking = (down[0] * x + (down[1] * y)[:, None] + down[2]).astype(np.float32)
        with np.errstate(divide="ignore"):
            return np.where(sinking > 0, np.float32(self.pose[2, 3]) / sinking, np.float32(np.inf))

    def project(self, points: NDArray[np.floating]) -> tuple[NDArray, NDArray, NDArray]:
        """Pixels u, v and depth in metres of world points ``(..., 3)``."""
        local = transform(np.linalg.inv(self.pose), points)
        k, z = self.intrinsics, local[..., 2]
        return k.fx * local[..., 0] / z + k.cx, k.fy * local[..., 1] / z + k.cy, z


def looking_at(position: ArrayLike, target: ArrayLike, up: ArrayLike) -> NDArray[np.float64]:
    """``(4, 4)`` pose of an optical frame at ``position`` that sees ``target`` in its middle.

    ``up`` points roughly upwards in the picture; all in metres of the world.
    """
    position = np.asarray(position, float)
    forward = np.asarray(target, float) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, np.asarray(up, float))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.column_stack([right, np.cross(forward, right), forward, position])
    return pose


def overhead(distance: float, tilt: float, turn: float) -> Camera:
    """A Kinect above the table's middle, the world's origin.

    Args:
        distance: from the camera to the table's middle, metres.
        tilt: of its optical axis from the vertical, radians.
        turn: about the vertical, radians.
    """
    away = np.array([np.sin(turn), -np.cos(turn)])
    position = distance * np.array([*(np.sin(tilt) * away), np.cos(tilt)])
    pose = looking_at(position, np.zeros(3), np.array([*-away, 0.0]))
    return Camera(KINECT, WIDTH, HEIGHT, pose)


def transform(matrix: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Points ``(..., 3)`` through a ``(4, 4)`` rigid transform."""
    return np.asarray(points @ matrix[:3, :3].T.astype(np.float32), np.float32) + matrix[
        :3, 3
    ].astype(np.float32)
