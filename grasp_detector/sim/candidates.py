"""Grasps that are worth trying on an object: rectangles in the picture, many good, some bad.

Most close on two opposite places of an outline. A gripper from above goes beside what is lower
than its fingertips: so the outlines are those of the object above some heights, which finds the
rim of a cup and the neck of a bottle, too.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.pose import gripper_pose
from grasp_detector.geometry import wrap_angle
from grasp_detector.sim.gripper import Gripper
from grasp_detector.sim.scene import View

_CONE = np.deg2rad(25.0)  # between the closing direction and an outline's normal
_POINTS = 160  # of an outline at most
_SMOOTH = 2.0  # pixels along an outline over which its direction is taken
_LEAST = 4.0  # pixels between opposite places
_CLEARANCE = (0.008, 0.028)  # metres between a plate and the object
_OPPOSITE, _BESIDE = 0.65, 0.2  # shares of good guesses, and of those spoilt; the rest is random
_SHIFT, _TURN = 0.012, np.deg2rad(25.0)  # how far guesses are spoilt: metres, radians
_LEVELS = (0.0, 0.35, 0.7)  # heights of outlines, as shares of the object's


def candidates(
    view: View, number: int, count: int, gripper: Gripper, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Grasps on one object.

    Args:
        view: of the scene.
        number: of the object in the view's mask.
        count: how many are wanted.
        gripper: its plate is the rectangles' h, and no opening is wider than its own.
        rng: source of the choice.

    Returns:
        ``(N, 5)`` pixels, N <= count: fewer where the object is hardly seen.
    """
    region = view.mask == number
    if not region.any():
        return np.empty((0, 5))
    camera = view.camera.intrinsics
    pixels = camera.fx / float(np.median(view.depth[region]))  # a metre there
    pairs = np.concatenate(
        [_pairs(outline, pixels * gripper.opening) for outline in _outlines(view, region)]
    )
    rows, columns = np.nonzero(region)
    guesses = []
    for kind in rng.random(count):
        if len(pairs) and kind < _OPPOSITE + _BESIDE:
            x, y, theta, width = pairs[rng.integers(len(pairs))]
            w = width + 2 * pixels * rng.uniform(*_CLEARANCE)
            if kind >= _OPPOSITE:
                x, y = np.array([x, y]) + pixels * rng.normal(0.0, _SHIFT, 2)
                theta += rng.normal(0.0, _TURN)
                w *= rng.uniform(0.7, 1.4)
        else:
            place = rng.integers(len(rows))
            x, y = np.array([columns[place], rows[place]]) + pixels * rng.normal(0.0, _SHIFT, 2)
            theta = rng.uniform(-np.pi, np.pi)
            w = pixels * rng.uniform(0.2, 1.0) * gripper.opening
        guesses.append([x, y, theta, pixels * gripper.plate, w])
    fitted = [fit(np.array(guess), view.depth, camera, gripper) for guess in guesses]
    return np.array([grasp for grasp in fitted if grasp is not None]).reshape(-1, 5)


def fit(
    grasp: NDArray[np.float64], depth: NDArray[np.generic], camera: Intrinsics, gripper: Gripper
) -> NDArray[np.float64] | None:
    """The rectangle of the gripper itself at a grasp: its plate, and no more than its opening.

    None where the grasp has no depth.
    """
    pose = gripper_pose(grasp, depth, camera)
    if pose is None:
        return None
    x, y, theta, _, w = grasp
    widest = gripper.opening / pose.opening
    return np.array(
        [x, y, wrap_angle(theta), gripper.plate / pose.jaw * grasp[3], w * min(1.0, widest)]
    )


def _outlines(view: View, region: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Each ``(P, 4)``: pixels x, y of its points and its normals there, inwards."""
    height = view.camera.points(view.depth)[..., 2]
    top = float(np.percentile(height[region], 98))
    found = []
    for level in _LEVELS:
        above = (region & (height > level * top)).astype(np.uint8)
        outlines, _ = cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        # Inwards is where there is more of it.
        soft = cv2.GaussianBlur(above.astype(np.float32), (0, 0), _SMOOTH)
        slope_x, slope_y = (cv2.Sobel(soft, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
        points = np.concatenate([np.empty((0, 2), int), *(each[:, 0] for each in outlines)])
        points = points[:: -(-len(points) // _POINTS) or 1]
        columns, rows = points.T
        normals = np.stack([slope_x[rows, columns], slope_y[rows, columns]], -1)
        length = np.linalg.norm(normals, axis=-1, keepdims=True)
        found.append(np.hstack([points, normals / np.maximum(length, 1e-9)]))
    return found


def _pairs(outline: NDArray[np.float64], widest: float) -> NDArray[np.float64]:
    """Opposite places of an outline, ``(N, 4)``: x, y, theta, width."""
    points, normals = outline[:, :2], outline[:, 2:]
    step = points[None] - points[:, None]
    width = np.linalg.norm(step, axis=-1)
    direction = step / np.maximum(width, 1e-9)[..., None]
    away = np.einsum("ijk,ik->ij", direction, normals)
    towards = -np.einsum("ijk,jk->ij", direction, normals)
    good = (np.minimum(away, towards) > np.cos(_CONE)) & (width > _LEAST) & (width < widest)
    i, j = np.nonzero(np.triu(good))
    middle = (points[i] + points[j]) / 2
    theta = np.arctan2(step[i, j, 1], step[i, j, 0])
    return np.column_stack([middle, theta, width[i, j]])
