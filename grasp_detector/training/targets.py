"""What a network should answer: labelled grasps as a grid of targets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grasp_detector.model.grid import cell_centres, encode
from grasp_detector.rgbd import NETWORK_SIZE

MOST_GRASPS = 5
"""So many grasps a picture are shown to MultiGrasp (section IV-C of the paper)."""

# A dense heat map falls off like a Gaussian about each rectangle's centre, by so much of its
# lengths: fast across the opening, slowly along the plates, where a grasp may as well be.
_ACROSS, _ALONG, _LEAST = 0.12, 0.3, 5.0
_LEARNT = 0.3  # cells with less heat than this answer for no rectangle


def in_view(grasps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those of the grasps ``(M, 5)`` whose centre the network sees."""
    inside = (grasps[:, :2] >= -0.5) & (grasps[:, :2] < NETWORK_SIZE - 0.5)
    return grasps[inside.all(axis=1)]


def sparse_target(
    grasps: NDArray[np.float64], cells: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The paper's target: up to five random grasps, each in the cell that holds its centre.

    Args:
        grasps: ``(M, 5)`` in network pixels.
        cells: cells a side.
        rng: source of chance.

    Returns:
        Target ``(7, N, N)`` (heat, then the coordinates of `encode`) and weight of the
        coordinates ``(N, N)``: 1 in cells with a grasp, 0 elsewhere.
    """
    target = np.zeros((7, cells, cells), dtype=np.float32)
    seen = in_view(grasps)
    chosen = rng.permutation(len(seen))[:MOST_GRASPS]
    places = np.floor((seen[chosen, :2] + 0.5) * (cells / NETWORK_SIZE)).astype(np.intp)
    columns, rows = np.clip(places, 0, cells - 1).T
    target[0, rows, columns] = 1.0
    target[1:, rows, columns] = encode(seen[chosen], rows, columns, cells)
    return target, target[0].copy()


def dense_target(
    grasps: NDArray[np.float64], cells: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A soft heat map of all labelled grasps; each warm cell answers for its warmest grasp.

    Args and returns as `sparse_target`; the weight is the heat where there is enough of it.
    """
    target = np.zeros((7, cells, cells), dtype=np.float32)
    if not len(grasps):
        return target, target[0].copy()
    centre = cell_centres(cells)
    x, y, theta, h, w = (column[:, None, None] for column in grasps.T)
    dx, dy = centre[None, None, :] - x, centre[None, :, None] - y
    across = dx * np.cos(theta) + dy * np.sin(theta)
    along = dy * np.cos(theta) - dx * np.sin(theta)
    narrow, wide = np.maximum(_ACROSS * w, _LEAST), np.maximum(_ALONG * h, _LEAST)
    heats = np.exp(-((across / narrow) ** 2 + (along / wide) ** 2) / 2)
    owner = heats.argmax(axis=0)
    rows, columns = np.indices((cells, cells))
    target[0] = heats.max(axis=0)
    target[1:] = encode(grasps[owner], rows, columns, cells)
    weight = np.where(target[0] > _LEARNT, target[0], 0.0).astype(np.float32)
    target[1:] *= weight > 0
    return target, weight
