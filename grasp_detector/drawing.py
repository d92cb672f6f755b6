"""Grasps drawn into pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.detector.grasp import Grasp
from grasp_detector.geometry import grasp_to_corners
from grasp_detector.rgbd import Region, looked_at
from grasp_detector.sheet import scaled

_PLATE, _OPENING = (0, 90, 255), (255, 60, 30)
_DARK, _LIGHT = (60, 60, 60), (225, 225, 225)
# Pixels: a smaller picture is enlarged until its shorter side has so many, or its longer so many.
_READABLE, _LONGEST = 320, 1280
_FINE = 4  # binary digits of a pixel's fraction that OpenCV draws with


def annotate(
    rgb: NDArray[np.uint8], grasps: Sequence[Grasp], region: Region | None
) -> tuple[NDArray[np.uint8], int]:
    """A picture to look at: with its grasps and the edge of what was looked at.

    Lines and letters would cover a small picture: it is enlarged.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        grasps: best first.
        region: where grasps were looked for; None = the square in the middle.

    Returns:
        The picture, and how many times as many pixels it has across and down.
    """
    height, width = rgb.shape[:2]
    enough = -(-_READABLE // min(height, width))
    times = max(1, min(enough, _LONGEST // max(height, width)))
    picture = scaled(rgb, times)
    seen = looked_at(height, width, region)
    low, high = (seen.x, seen.y), (seen.x + seen.width, seen.y + seen.height)
    draw_edge(picture, np.multiply(low, times), np.multiply(high, times))
    larger = [
        replace(
            grasp,
            x=(grasp.x + 0.5) * times - 0.5,
            y=(grasp.y + 0.5) * times - 0.5,
            h=grasp.h * times,
            w=grasp.w * times,
        )
        for grasp in grasps
    ]
    return draw_grasps(picture, larger), times


def draw_edge(picture: NDArray[np.uint8], low: ArrayLike, high: ArrayLike) -> None:
    """Draw the edge of a part of a picture into it; none where that part is all of it.

    Args:
        picture: ``(H, W, 3)`` uint8.
        low: x and y of the part's first pixel.
        high: x and y of the first one beyond it.
    """
    size = picture.shape[1::-1]
    first = np.clip(np.rint(low).astype(int), 0, size)
    last = np.clip(np.rint(high).astype(int), 0, size) - 1
    if (last - first + 1 >= size).all():
        return
    # Dark beside light: one of them is seen, whatever the picture.
    unit = _unit(picture)
    for inwards, colour in ((0, _DARK), (1, _LIGHT)):
        for width in range(unit):
            step = inwards * unit + width
            cv2.rectangle(picture, (first + step).tolist(), (last - step).tolist(), colour, 1)


def draw_grasps(rgb: NDArray[np.uint8], grasps: Sequence[Grasp]) -> NDArray[np.uint8]:
    """A copy of a picture with grasp rectangles.

    Jaw plates are thick and blue, the opening's edges thin and red; the best grasp is brightest
    and carries its confidence.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        grasps: best first.
    """
    picture = rgb.copy()
    for rank, grasp in reversed(list(enumerate(grasps))):
        layer = picture.copy()
        _outline(layer, grasp.corners(), _PLATE, _OPENING)
        strength = 1.0 if rank == 0 else 0.2 + 0.5 * grasp.confidence
        cv2.addWeighted(layer, strength, picture, 1 - strength, 0, dst=picture)
    if grasps:
        _label(picture, grasps[0])
    return picture


def draw_labels(
    rgb: NDArray[np.uint8], grasps: NDArray[np.float64], colour: tuple[int, int, int] | None = None
) -> NDArray[np.uint8]:
    """A copy of a picture with labelled rectangles ``(M, 5)``, all alike.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        grasps: in its pixels.
        colour: of their outlines; None = plates blue, openings red, as `draw_grasps`.
    """
    picture = rgb.copy()
    for corners in grasp_to_corners(grasps):
        _outline(picture, corners, colour or _PLATE, colour or _OPENING)
    return picture


def _outline(
    picture: NDArray[np.uint8],
    corners: NDArray[np.float64],
    plate: tuple[int, int, int],
    opening: tuple[int, int, int],
) -> None:
    unit = _unit(picture)
    points = np.rint(corners * (1 << _FINE)).astype(int)
    for first, colour, width in ((0, opening, 1), (1, plate, 2), (2, opening, 1), (3, plate, 2)):
        start, end = (tuple(int(v) for v in points[(first + i) % 4]) for i in (0, 1))
        cv2.line(picture, start, end, colour, width * unit, cv2.LINE_AA, _FINE)


def _unit(picture: NDArray[np.uint8]) -> int:
    """Thickness of a fine line, pixels."""
    return max(1, round(min(picture.shape[:2]) / 400))


def _label(picture: NDArray[np.uint8], best: Grasp) -> None:
    unit = _unit(picture)
    text = f"{best.class_name} {best.confidence:.2f}".strip()
    scale = 0.45 * unit
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, unit)
    corners = best.corners()
    x = int(np.clip(best.x - width / 2, 0, max(0, picture.shape[1] - width)))
    y = int(np.clip(corners[:, 1].min() - 4 * unit, height + unit, picture.shape[0] - 1))
    for colour, thickness in (((255, 255, 255), 3 * unit), ((20, 20, 20), unit)):
        cv2.putText(
            picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA
        )
