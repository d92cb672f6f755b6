"""What the numbers of a MultiGrasp network mean (section IV-D of the paper).

The picture is divided into N x N cells (direct regression, sections IV-B and IV-C, is a grid of one
cell); each holds seven numbers: how likely a grasp is there, and
the grasp itself; and a number a class, where objects are classified, too. Channels of the raw
output, ``(7 + K, N, N)``:

====  ====================================================================
0     logit of the heat map
1, 2  offset of the grasp's centre from the cell's, in cells (x, y)
3, 4  sine and cosine of twice the angle: continuous across the half turn
5, 6  natural logarithm of jaw plate h and opening w, over 1/8 of the picture
7 ..  logits of the K classes
====  ====================================================================

A logarithm, because the Jaccard index is about ratios of lengths.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grasp_detector.geometry import wrap_angle
from grasp_detector.rgbd.crop import NETWORK_SIZE

CHANNELS = 7
UNIT = NETWORK_SIZE / 8
_LEAST = 1.0  # pixels: lengths below are not grasps, and their logarithm would rule the loss
LARGEST_LOG = 3.0  # 20 units are more than the picture's diagonal


def cell_centres(cells: int) -> NDArray[np.float64]:
    """Pixel coordinate of the cells' centres along one side, ``(cells,)``."""
    return (np.arange(cells) + 0.5) * (NETWORK_SIZE / cells) - 0.5


def encode(
    grasps: ArrayLike, rows: ArrayLike, columns: ArrayLike, cells: int
) -> NDArray[np.float64]:
    """The six coordinates that a cell should answer with for a grasp.

    Args:
        grasps: ``(..., 5)`` in network pixels.
        rows: ``(...)`` rows of the cells that answer.
        columns: ``(...)`` their columns.
        cells: cells a side.

    Returns:
        ``(6, ...)``: channels 1 to 6.
    """
    x, y, theta, h, w = np.moveaxis(np.asarray(grasps, dtype=np.float64), -1, 0)
    centre, pitch = cell_centres(cells), NETWORK_SIZE / cells
    return np.stack(
        [
            (x - centre[np.asarray(columns)]) / pitch,
            (y - centre[np.asarray(rows)]) / pitch,
            np.sin(2 * theta),
            np.cos(2 * theta),
            np.log(np.maximum(h, _LEAST) / UNIT),
            np.log(np.maximum(w, _LEAST) / UNIT),
        ]
    )


def decode(raw: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Every cell's grasp and its confidence.

    Args:
        raw: ``(..., 7 + K, N, N)`` network output.

    Returns:
        ``(..., N * N, 5)`` grasps in network pixels, and ``(..., N * N)`` confidences in [0, 1];
        cells row by row.
    """
    cells = raw.shape[-1]
    flat = raw.reshape(*raw.shape[:-2], cells * cells)
    rows, columns = np.divmod(np.arange(cells * cells), cells)
    return _grasps(flat, rows, columns, cells), _confidence(flat)


def decode_likely(
    raw: NDArray[np.floating], least: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """What `decode` and `cell_classes` say of the cells that are sure enough, in less time.

    Args:
        raw: ``(7 + K, N, N)`` network output.
        least: confidence that a cell needs.

    Returns:
        ``(M, 5)`` grasps in network pixels, ``(M,)`` confidences, ``(M,)`` classes or -1.
    """
    cells = raw.shape[-1]
    flat = raw.reshape(len(raw), cells * cells)
    confidence = _confidence(flat)
    likely = np.flatnonzero(confidence >= least)
    chosen = flat[:, likely]
    grasps = _grasps(chosen, *np.divmod(likely, cells), cells)
    return grasps, confidence[likely], _classes(chosen)


def _confidence(flat: NDArray[np.floating]) -> NDArray[np.float64]:
    """``(..., M)`` of cells ``(..., 7 + K, M)``."""
    logits = flat[..., 0, :].astype(np.float64)
    confidence: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(logits, -50.0, 50.0)))
    return confidence


def _grasps(
    flat: NDArray[np.floating],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    cells: int,
) -> NDArray[np.float64]:
    """``(..., M, 5)`` of the cells ``(..., 7 + K, M)`` that lie there."""
    values = np.moveaxis(flat[..., :CHANNELS, :].astype(np.float64), -2, 0)
    centre, pitch = cell_centres(cells), NETWORK_SIZE / cells
    x, y = centre[columns] + values[1] * pitch, centre[rows] + values[2] * pitch
    theta = wrap_angle(np.arctan2(values[3], values[4]) / 2)
    h, w = np.exp(np.clip(values[5:7], -LARGEST_LOG, LARGEST_LOG)) * UNIT
    return np.stack([x, y, theta, h, w], axis=-1)


def cell_classes(raw: NDArray[np.floating]) -> NDArray[np.int64]:
    """The most likely class of every cell, ``(..., N * N)``; -1 where there are no classes."""
    return _classes(raw.reshape(*raw.shape[:-2], raw.shape[-1] ** 2))


def _classes(flat: NDArray[np.floating]) -> NDArray[np.int64]:
    """``(..., M)`` of cells ``(..., 7 + K, M)``."""
    logits = flat[..., CHANNELS:, :]
    if not logits.shape[-2]:
        return np.full((*flat.shape[:-2], flat.shape[-1]), -1, dtype=np.int64)
    classes: NDArray[np.int64] = logits.argmax(axis=-2)
    return classes


def best_grasp(
    raw: NDArray[np.floating],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """The most confident grasp.

    Returns:
        ``(..., 5)`` in network pixels, its confidence ``(...)``, its class ``(...)`` or -1.
    """
    grasps, confidence = decode(raw)
    top = confidence.argmax(axis=-1, keepdims=True)
    kinds = cell_classes(raw)
    return (
        np.take_along_axis(grasps, top[..., None], axis=-2)[..., 0, :],
        np.take_along_axis(confidence, top, axis=-1)[..., 0],
        np.take_along_axis(kinds, top, axis=-1)[..., 0],
    )
