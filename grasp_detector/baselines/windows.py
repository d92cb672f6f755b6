"""Windows onto a picture: which rectangles are tried, and what is seen in each."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from grasp_detector.data import UNKNOWN
from grasp_detector.evaluation import Found
from grasp_detector.geometry import wrap_angle
from grasp_detector.rgbd import NETWORK_SIZE


def typical_sizes(known: NDArray[np.float64], count: int, seed: int) -> NDArray[np.float64]:
    """The ``count`` pairs of plate and opening ``(count, 2)`` that stand for all known ones.

    Args:
        known: ``(M, 5)`` rectangles.
        count: how many; with fewer rectangles than that, as many as there are.
        seed: of the clustering (k-means of the logarithms: the metric is about ratios).
    """
    sizes = np.log(np.maximum(known[:, 3:], 1.0)).astype(np.float32)
    count = min(count, len(np.unique(sizes, axis=0)))
    cv2.setRNGSeed(seed)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)
    _, _, centres = cv2.kmeans(sizes, count, None, stop, 5, cv2.KMEANS_PP_CENTERS)
    return np.exp(np.asarray(centres, dtype=np.float64))


def all_windows(sizes: NDArray[np.float64], angles: int, stride: float) -> NDArray[np.float64]:
    """Every rectangle that is tried: positions x angles x sizes.

    Args:
        sizes: ``(S, 2)`` plates and openings, pixels.
        angles: steps of half a turn.
        stride: pixels between positions.

    Returns:
        ``(N, 5)`` network pixels.
    """
    places = np.arange(stride / 2, NETWORK_SIZE, stride) - 0.5
    thetas = wrap_angle(np.arange(angles) * np.pi / angles)
    numbers = np.arange(len(sizes))
    x, y, theta, size = (
        part.ravel() for part in np.meshgrid(places, places, thetas, numbers, indexing="ij")
    )
    return np.column_stack([x, y, theta, sizes[size]])


def as_planes(picture: NDArray[np.generic]) -> Tensor:
    """A picture ``(H, W, C)`` as ``(C, H, W)`` float32."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(picture, -1, 0), dtype=np.float32))


def look(
    planes: Tensor, grasps: NDArray[np.float64], size: tuple[int, int], reach: float = 1.0
) -> Tensor:
    """What lies in rectangles, each turned into its own frame.

    Args:
        planes: ``(C, H, W)`` float32, a picture; beyond it its edge is repeated.
        grasps: ``(N, 5)`` pixels.
        size: rows (along the plate) and columns (along the opening) of the patches.
        reach: how much of the surroundings is seen, in lengths of the rectangle.

    Returns:
        ``(N, C, rows, columns)``.
    """
    height, width = planes.shape[1:]
    x, y, theta, h, w = torch.from_numpy(np.asarray(grasps, dtype=np.float32)).T[..., None, None]
    rows, columns = ((torch.arange(n) + 0.5) / n - 0.5 for n in size)
    along = w * reach * columns[None, None, :]
    across = h * reach * rows[None, :, None]
    u = x + along * theta.cos() - across * theta.sin()
    v = y + along * theta.sin() + across * theta.cos()
    # One long column of patches: the picture is not copied for each.
    grid = torch.stack([(2 * u + 1) / width - 1, (2 * v + 1) / height - 1], dim=-1)
    flat = grid.reshape(1, -1, size[1], 2)
    seen = functional.grid_sample(
        planes[None], flat, mode="bilinear", padding_mode="border", align_corners=False
    )
    return seen.reshape(len(planes), -1, *size).transpose(0, 1)


def best_windows(windows: NDArray[np.float64], scores: Iterable[NDArray[np.floating]]) -> Found:
    """The best window of each picture, its confidence the score's logistic function.

    Args:
        windows: ``(N, 5)``.
        scores: of each picture ``(N,)``.
    """
    best, sure = [], []
    for score in scores:
        best.append(windows[score.argmax()])
        sure.append(1 / (1 + np.exp(-float(score.max()))))
    return np.array(best), np.array(sure), np.full(len(best), UNKNOWN)
