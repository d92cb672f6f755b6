"""What a network should answer: labelled grasps as a grid of targets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grasp_detector.data import UNKNOWN
from grasp_detector.model.grid import CHANNELS, cell_centres, encode
from grasp_detector.rgbd import NETWORK_SIZE

MOST_GRASPS = 5
"""So many grasps a picture are shown to MultiGrasp (section IV-D of the paper)."""

# A dense heat map falls off like a Gaussian about each rectangle's centre, by so much of its
# lengths: fast across the opening, slowly along the plates, where a grasp may as well be.
_ACROSS, _ALONG, _LEAST = 0.12, 0.3, 5.0
_LEARNT = 0.3  # cells with less heat than this answer for no rectangle


class Target(NamedTuple):
    """A grid's target.

    Attributes:
        values: ``(7, N, N)`` heat, then the coordinates of `encode`.
        weight: ``(N, N)`` of the coordinates and the class, 0 where no rectangle is answered for.
        kinds: ``(N, N)`` number of the category, -1 = none is known.
    """

    values: NDArray[np.float32]
    weight: NDArray[np.float32]
    kinds: NDArray[np.int64]


def _empty(cells: int) -> Target:
    shape = (cells, cells)
    return Target(
        np.zeros((CHANNELS, *shape), dtype=np.float32),
        np.zeros(shape, dtype=np.float32),
        np.full(shape, UNKNOWN, dtype=np.int64),
    )


def in_view(grasps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the grasps ``(M, 5)`` have their centre where the network sees it, ``(M,)``."""
    inside = (grasps[:, :2] >= -0.5) & (grasps[:, :2] < NETWORK_SIZE - 0.5)
    return inside.all(axis=1)


def sparse_target(
    grasps: NDArray[np.float64],
    kinds: NDArray[np.int64],
    cells: int,
    rng: np.random.Generator,
) -> Target:
    """The paper's target: up to five random grasps, each in the cell that holds its centre.

    Where two share a cell, as all do in a grid of one, chance decides.

    Args:
        grasps: ``(M, 5)`` in network pixels.
        kinds: ``(M,)`` categories of their objects.
        cells: cells a side.
        rng: source of chance.
    """
    target = _empty(cells)
    chosen = rng.permutation(np.flatnonzero(in_view(grasps)))[:MOST_GRASPS]
    places = np.floor((grasps[chosen, :2] + 0.5) * (cells / NETWORK_SIZE)).astype(np.intp)
    columns, rows = np.clip(places, 0, cells - 1).T
    target.values[0, rows, columns] = 1.0
    target.values[1:, rows, columns] = encode(grasps[chosen], rows, columns, cells)
    target.weight[rows, columns] = 1.0
    target.kinds[rows, columns] = kinds[chosen]
    return target


def dense_target(grasps: NDArray[np.float64], kinds: NDArray[np.int64], cells: int) -> Target:
    """A soft heat map of all labelled grasps; each warm cell answers for its warmest grasp.

    The weight is the heat, where there is enough of it. Arguments as `sparse_target`.
    """
    target = _empty(cells)
    if not len(grasps):
        return target
    centre = cell_centres(cells)
    x, y, theta, h, w = (column[:, None, None] for column in grasps.T)
    dx, dy = centre[None, None, :] - x, centre[None, :, None] - y
    across = dx * np.cos(theta) + dy * np.sin(theta)
    along = dy * np.cos(theta) - dx * np.sin(theta)
    narrow, wide = np.maximum(_ACROSS * w, _LEAST), np.maximum(_ALONG * h, _LEAST)
    heats = np.exp(-((across / narrow) ** 2 + (along / wide) ** 2) / 2)
    owner, heat = heats.argmax(axis=0), heats.max(axis=0)
    warm = heat > _LEARNT
    rows, columns = np.nonzero(warm)
    target.values[0] = heat
    target.values[1:, rows, columns] = encode(grasps[owner[warm]], rows, columns, cells)
    target.weight[warm] = heat[warm]
    target.kinds[warm] = kinds[owner[warm]]
    return target
