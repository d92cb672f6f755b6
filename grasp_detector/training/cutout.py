"""Objects cut out of their pictures, and put before other tables and among other objects.

The data sets show one object at a time on one white table: a robot sees neither.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# In Lab, colour tells an object from its shadow better than lightness does.
_WEIGHTS = np.array([0.7, 1.5, 1.5], dtype=np.float32)
_BORDER = 12  # pixels at the picture's edge that are taken for table
_LEAST_AREA, _MOST_AREA = 0.003, 0.2  # of the picture: otherwise the table was cut out
_LEAST_HIT = 0.7  # share of the labels whose centre must lie on what was cut out


def foreground(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """What differs in colour from the picture's border.

    Args:
        rgb: ``(H, W, 3)`` uint8.

    Returns:
        ``(H, W)``.
    """
    soft = cv2.GaussianBlur(rgb, (0, 0), 1.5)
    lab = np.asarray(cv2.cvtColor(soft, cv2.COLOR_RGB2LAB))
    inner = lab[_BORDER:-_BORDER]
    sides = (lab[:_BORDER], lab[-_BORDER:], inner[:, :_BORDER], inner[:, -_BORDER:])
    table = np.median(np.concatenate([side.reshape(-1, 3) for side in sides]), axis=0)
    # Bytes have but 256 squares: looked up, they cost a fifth of being worked out.
    squares = (((np.arange(256)[:, None] - table) * _WEIGHTS) ** 2).astype(np.float32)
    apart = [np.asarray(cv2.LUT(lab[..., part], squares[:, part])) for part in range(3)]
    difference = np.sqrt(apart[0] + apart[1] + apart[2])
    bytes_ = np.clip(difference, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(bytes_, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(mask) > 0


def labelled_object(
    rgb: NDArray[np.uint8], grasps: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """The object that the labels are on, if it can be told from the table.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        grasps: ``(M, 5)`` pixels.

    Returns:
        ``(H, W)``, or None where the parts of the foreground that hold labels are too small or
        large for an object, run out of the picture, or miss too many labels.
    """
    height, width = rgb.shape[:2]
    _, parts = cv2.connectedComponents(foreground(rgb).astype(np.uint8))
    centres = np.rint(grasps[:, :2]).astype(np.intp)
    inside = ((centres >= 0) & (centres < [width, height])).all(axis=1)
    hit = np.zeros(len(grasps), dtype=np.int64)
    hit[inside] = np.asarray(parts)[centres[inside, 1], centres[inside, 0]]
    mask = np.isin(parts, np.unique(hit[hit > 0]))
    whole = not (mask[[0, -1]].any() or mask[:, [0, -1]].any())
    if (
        whole
        and len(grasps)
        and (hit > 0).mean() >= _LEAST_HIT
        and _LEAST_AREA <= mask.mean() <= _MOST_AREA
    ):
        return mask
    return None


def paste(
    below: NDArray[np.uint8], above: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """``above`` where the mask is, with a soft seam; pictures ``(H, W, 3)``, mask ``(H, W)``."""
    seam = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
    return np.rint(below * (1 - seam) + above * seam).astype(np.uint8)


def random_table(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A table top that was never there: a colour, blotches, grain in one direction, light.

    Returns:
        ``(size, size, 3)`` uint8.
    """
    colour = rng.uniform(30, 235, 3) * 0.5 + rng.uniform(30, 235) * 0.5
    table = np.tile(colour.astype(np.float32), (size, size, 1))
    for cells in (3, 9, 40):
        blotches = rng.normal(0, rng.uniform(0, 14), (cells, cells)).astype(np.float32)
        tone = rng.uniform(0.6, 1.2, 3).astype(np.float32)
        table += cv2.resize(blotches, (size, size), interpolation=cv2.INTER_CUBIC)[..., None] * tone
    if rng.random() < 0.5:
        grain = rng.normal(0, rng.uniform(5, 30), (size * 2, int(rng.integers(3, 30))))
        stripes = cv2.resize(grain.astype(np.float32), (size * 2, size * 2))
        turn = cv2.getRotationMatrix2D((size, size), float(rng.uniform(0, 180)), 1.0)
        turn[:, 2] -= size / 2
        table += cv2.warpAffine(stripes, turn, (size, size))[..., None]
    slope = rng.normal(0, 20, 2)
    rows, columns = np.mgrid[-0.5 : 0.5 : size * 1j, -0.5 : 0.5 : size * 1j]
    table += (slope[0] * rows + slope[1] * columns)[..., None].astype(np.float32)
    return np.clip(table, 0, 255).astype(np.uint8)
