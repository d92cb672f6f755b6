"""Variation of training pictures (section V of the paper, and more)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.geometry import similarity
from grasp_detector.rgbd import NETWORK_SIZE, Crop
from grasp_detector.training.config import Augmentation


def random_matrix(
    crop: Crop, augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.float64]:
    """A ``(2, 3)`` matrix from picture pixels to network pixels: the crop's, varied."""
    half = (crop.size - 1) / 2
    reach = augmentation.translation * crop.size / 320
    shift = rng.uniform(-reach, reach, 2)
    middle = (NETWORK_SIZE - 1) / 2
    return similarity(
        (crop.x + half + shift[0], crop.y + half + shift[1]),
        (middle, middle),
        scale=NETWORK_SIZE / crop.size * rng.uniform(*augmentation.scale),
        angle=np.deg2rad(rng.uniform(-augmentation.rotation, augmentation.rotation)),
        mirror=augmentation.mirror and bool(rng.random() < 0.5),
    )


def vary_light(
    rgb: NDArray[np.uint8], strength: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Other exposure, contrast and white balance."""
    if strength <= 0:
        return rgb
    gain = rng.uniform(1 - strength, 1 + strength) * rng.uniform(
        1 - strength / 4, 1 + strength / 4, 3
    )
    offset = rng.uniform(-strength, strength) * 60
    levels = np.arange(256, dtype=np.float64)[:, None]
    gamma = np.exp(rng.uniform(-strength, strength))
    table = ((levels / 255) ** gamma * 255 - 128) * gain + 128 + offset
    table = np.clip(table, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.LUT(rgb, table[None]))


def vary_sharpness(
    picture: NDArray[np.uint8], strength: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Softer, sharper or noisier: a live camera is not the data set's camera."""
    if strength <= 0:
        return picture
    kind = rng.random()
    if kind < 0.5 * strength:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.2)))
    if kind < strength:
        soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
        amount = rng.uniform(0.3, 1.5)
        picture = np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0))
    if rng.random() < strength:
        noise = rng.normal(0, rng.uniform(1, 6), picture.shape)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return picture


def plausible_depth(raised: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float32]:
    """Depth that a Kinect might have seen: a table, and what stands out on it.

    For pictures that came without depth. The objects are given some height above a tilted table;
    then come the sensor's noise, its shadows beside objects and its holes. It is made up: it
    teaches a network to bear a blue channel, not to measure.

    Args:
        raised: ``(H, W)`` where objects are, as far as colour tells.
        rng: source of chance.

    Returns:
        ``(H, W)`` metres, 0 = none.
    """
    height, width = raised.shape
    edge = rng.uniform(0.5, 4.0)
    relief = cv2.GaussianBlur(raised.astype(np.float32), (0, 0), edge) * rng.uniform(0.01, 0.12)

    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height - 0.5
    tilt = rng.normal(0, 0.08, 2)
    table = rng.uniform(0.6, 1.0) + tilt[0] * rows + tilt[1] * columns
    depth = (table - relief).astype(np.float32)
    depth += rng.normal(0, rng.uniform(0.0005, 0.003), depth.shape).astype(np.float32)

    shift = int(rng.integers(-8, 9))
    depth[np.roll(raised, shift, axis=1) & ~raised] = 0.0
    for _ in range(int(rng.integers(0, 6))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(2, 18)), int(rng.integers(2, 18)))
        cv2.ellipse(depth, centre, axes, float(rng.uniform(0, 180)), 0, 360, (0.0,), -1)
    return depth
