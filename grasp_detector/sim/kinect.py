"""What a Kinect makes of the ideal: depth with noise, steps, shadows and holes; grainy colour.

The first Kinect finds depth by triangulation: a projector beside its infrared camera throws a
pattern, whose displacement (the disparity) is inversely proportional to depth. Most of its faults
follow from that. Sizes of noise and steps: Khoshelham and Oude Elberink, "Accuracy and Resolution
of Kinect Depth Data" (2012).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

BASELINE = 0.075  # metres from infrared camera to projector
FOCAL = 580.0  # of the infrared camera, pixels
STEP = 1 / 8  # pixels: disparities are multiples of it
NOISE = 0.06  # pixels of disparity, standard deviation: 1.4 mm at 1 m, growing with range squared
RANGE = (0.4, 8.0)  # metres that are measured
# Where the eyes are, from the colour camera to whose picture depth is registered, metres to the
# right. What one of them cannot see has no depth.
INFRARED, PROJECTOR = -0.025, -0.025 + BASELINE
GRAZING = 5.0  # tangent of the angle between ray and normal (79 degrees) that loses half the light
RAGGED = 0.6  # pixels that edges are off


def kinect_depth(
    depth: NDArray[np.floating], focal: float, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Measure ideal depth with a Kinect.

    Args:
        depth: ``(H, W)`` metres along the optical axis; 0 or non-finite = nothing there.
        focal: of the picture, pixels.
        rng: source of the noise.

    Returns:
        ``(H, W)`` millimetres, 0 = none.
    """
    true = np.where(np.isfinite(depth) & (depth > 0), depth, 0).astype(np.float32)
    lost = (
        hidden(true, focal, PROJECTOR)
        | hidden(true, focal, INFRARED)
        | _too_steep(true, focal, rng)
        | _specks(true.shape, rng)
    )
    seen = _ragged(true, rng)
    lost |= _ragged(lost.astype(np.float32), rng) > 0
    measured = quantised(_noisy(seen, rng))
    lost |= (measured < RANGE[0]) | (measured > RANGE[1])
    return np.where(lost, 0, np.rint(measured * 1000.0)).astype(np.uint16)


def kinect_colour(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """``(H, W, 3)`` uint8 with the grain of a small sensor: more noise where it is dark."""
    grain = rng.standard_normal(rgb.shape, np.float32)
    grain *= np.float32(3.0) - rgb * np.float32(1.5 / 255)
    grain += rgb
    return np.rint(np.clip(grain, 0, 255)).astype(np.uint8)


def hidden(depth: NDArray[np.floating], focal: float, baseline: float) -> NDArray[np.bool_]:
    """What an eye beside the camera cannot see, because something nearer is in its way.

    Args:
        depth: ``(H, W)`` metres; 0 = nothing there.
        focal: of the picture, pixels.
        baseline: of the eye from the camera, metres to the right.

    Returns:
        ``(H, W)``; False where there is nothing.
    """
    if baseline < 0:
        return hidden(depth[:, ::-1], focal, -baseline)[:, ::-1]
    near = depth > 0
    shift = np.where(near, focal * baseline / np.where(near, depth, 1.0), -np.inf)
    # Columns in the eye's own picture. An eye on the right sees points in the camera's order,
    # unless one that is further right comes before them.
    column = np.arange(depth.shape[1]) - shift
    first = np.minimum.accumulate(column[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(near & (first < column - 0.5))


def quantised(depth: NDArray[np.floating]) -> NDArray[np.float32]:
    """Metres to the nearest that a whole number of disparity steps stands for; 0 stays 0."""
    steps = np.rint(_disparity(depth) / STEP)
    return _depth(np.asarray(steps * STEP, np.float32))


def _noisy(depth: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    # Neighbours share most of the pattern that they are found by, so noise comes in spots.
    noise = cv2.GaussianBlur(rng.standard_normal(depth.shape, np.float32), (0, 0), 1.0)
    noise *= NOISE * 2 * np.sqrt(np.pi)  # the blur leaves 1 / (2 sqrt(pi)) of the deviation
    return np.where(depth > 0, _depth(_disparity(depth) + noise), 0).astype(np.float32)


def _disparity(depth: NDArray[np.floating]) -> NDArray[np.float32]:
    near = depth > 0
    return np.where(near, FOCAL * BASELINE / np.where(near, depth, 1.0), 0).astype(np.float32)


def _depth(disparity: NDArray[np.floating]) -> NDArray[np.float32]:
    near = disparity > 0
    return np.where(near, FOCAL * BASELINE / np.where(near, disparity, 1.0), 0).astype(np.float32)


def _too_steep(
    depth: NDArray[np.float32], focal: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Surfaces at grazing angle, which throw too little of the pattern back."""
    # The smaller difference to two neighbours: a step from one surface to the next is not steep.
    across, down = (
        np.minimum(
            np.abs(depth - np.roll(depth, 1, axis)), np.abs(depth - np.roll(depth, -1, axis))
        )
        for axis in (1, 0)
    )
    slope = cv2.magnitude(across, down)
    tangent = slope * focal / np.where(depth > 0, depth, 1.0)
    return np.asarray(tangent > GRAZING * rng.uniform(0.6, 1.4, depth.shape).astype(np.float32))


def _specks(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.bool_]:
    """A few small holes anywhere."""
    specks = np.zeros(shape, np.uint8)
    for row, column in rng.integers(0, shape[:2], (int(rng.integers(0, 7)), 2)):
        cv2.circle(specks, (int(column), int(row)), int(rng.integers(1, 3)), 1, -1)
    return specks > 0


def _ragged(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The picture with every pixel taken from beside it."""
    rows, columns = np.indices(picture.shape, np.float32)
    for axis in (rows, columns):
        offset = cv2.GaussianBlur(rng.standard_normal(picture.shape, np.float32), (0, 0), 1.2)
        axis += offset * np.float32(RAGGED * 2 * np.sqrt(np.pi) * 1.2)
    return np.asarray(
        cv2.remap(picture, columns, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    )
