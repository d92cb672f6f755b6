"""What lies between the jaws: how near it comes, and which way it faces."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.rgbd import check_depth, depth_in_metres

# Points between the jaws, at most one a pixel: along the opening and along the plates.
_LEAST_POINTS, _MOST_ALONG, _MOST_ACROSS = 5, 64, 32
# A layer is what so many of the points with depth agree on: the rims of a cup that fills half of
# the opening are about so much, and stray pixels agree on nothing.
_SHARE, _LEAST = 0.04, 5
# How far measurements of one surface lie apart, metres: at no distance, and added at a metre. A
# Kinect's steps grow with the square of the distance.
_THICK, _THICKER = 0.005, 0.005
# The middle of the opening, where the object is, and its ends, which lie beside it: parts of it.
_MIDDLE, _ENDS = 1 / 3, 0.8
_HARDLY_ANY = 0.1  # share of the points in the middle that have depth
# A surface has a direction where a plane holds so many of the points and leans no more than that.
_OF_PLANE, _STEEPEST = 0.25, np.deg2rad(60.0)
_ROUNDS = 5


class Lattice:
    """Points between the jaws, as depth shows them.

    Args:
        grasp: ``(5,)`` pixels.
        depth: ``(H, W)`` uint16 millimetres or float metres.

    Attributes:
        metres: ``(N,)`` of the points that have depth, along the optical axis.
        middle: share of the points in the middle of the opening that have depth.
    """

    def __init__(self, grasp: NDArray[np.float64], depth: NDArray[np.generic]) -> None:
        check_depth(depth)  # OpenCV would take other bytes for numbers
        x, y, theta, h, w = grasp.tolist()
        along, across = _count(w, _MOST_ALONG), _count(h, _MOST_ACROSS)
        cos, sin = math.cos(theta), math.sin(theta)
        # From the number of a point along and across to its pixel.
        right, down = w / (along - 1), h / (across - 1)
        self._to_pixel = np.array(
            [
                [right * cos, -down * sin, x - w / 2 * cos + h / 2 * sin],
                [right * sin, down * cos, y - w / 2 * sin - h / 2 * cos],
            ]
        )
        # Beyond the picture is nothing: 0, as where there is no depth.
        how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        seen = np.asarray(cv2.warpAffine(depth, self._to_pixel, (along, across), flags=how))
        metres = depth_in_metres(seen)
        self._valid = metres > 0
        self.metres = metres[self._valid].astype(np.float64)
        inner = self._valid[:, _inner(along)]
        self.middle = np.count_nonzero(inner) / inner.size
        # Whole numbers of 16 bits are put in order in a tenth of the time of others.
        given = seen[self._valid]
        given.sort(kind="stable" if given.dtype == np.uint16 else None)
        self._ordered = depth_in_metres(given[None])[0].astype(np.float64)
        self._thick = _thickness(self._ordered) if len(given) else 0.0

    @property
    def pixels(self) -> NDArray[np.float64]:
        """``(N, 2)`` of the points that have depth."""
        rows, columns = np.nonzero(self._valid)
        numbers = np.stack([columns, rows], axis=-1)
        # As OpenCV rounds, of two as near the higher.
        return np.floor(numbers @ self._to_pixel[:, :2].T + self._to_pixel[:, 2] + 0.5)

    @property
    def along(self) -> NDArray[np.float64]:
        """``(N,)`` where on the opening the points that have depth lie: -1 and 1 are the plates."""
        return _spread(self._valid.shape[1])[np.nonzero(self._valid)[1]]

    def nearest(self, heights: NDArray[np.float64] | None = None) -> float | None:
        """Where the layer lies that comes nearest to the hand.

        A hand that comes down on a cup meets its rim, not its bottom; but never one pixel alone,
        which may be an edge's stray value.

        Args:
            heights: ``(N,)`` of the points along the approach, metres; NaN = not known. None = the
                approach is the optical axis.

        Returns:
            The median of that layer, metres; None where no points agree on one, or where what has
            depth is but what lies beside the object.
        """
        ordered = self._ordered if heights is None else np.sort(heights)
        enough = max(_LEAST, math.ceil(_SHARE * len(ordered)))
        if len(ordered) < enough:
            return None
        thick = self._thick
        agree = ordered[enough - 1 :] - ordered[: len(ordered) - enough + 1] <= thick
        begin = int(agree.argmax())
        if not agree[begin]:
            return None
        end = int(ordered.searchsorted(ordered[begin] + thick, side="right"))
        layer = _middle(ordered[begin:end])
        if self.middle < _HARDLY_ANY:
            # The object gives no depth (it is black, or of glass), or it is a cup whose inside the
            # sensor does not see: of that the rims stand out from what lies beside it.
            known = self.metres if heights is None else heights
            beside = known[(np.abs(self.along) >= _ENDS) & np.isfinite(known)]
            if not len(beside) or layer > np.median(beside) - 2 * thick:
                return None
        return layer

    def normal(self, rays: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Direction into the surface between the jaws.

        Args:
            rays: ``(N, 2)`` of the points' pixels (`Intrinsics.rays`), NaN = there are none.

        Returns:
            ``(3,)`` of length 1 in the camera's optical frame, away from the camera; None where
            there is no surface large and level enough to have one.
        """
        layer = self.nearest()
        if layer is None:
            return None
        columns = np.column_stack([rays, np.ones(len(rays))])
        thick = self._thick
        held = (np.abs(self.metres - layer) <= thick) & np.isfinite(rays).all(axis=1)
        # From the nearest layer the plane grows over all that lies in it.
        for _ in range(_ROUNDS):
            # In rays, a plane's inverse depth is linear: a x + b y + c = 1 / z.
            plane, _, rank, _ = np.linalg.lstsq(columns[held], 1.0 / self.metres[held], rcond=1e-3)
            if rank < 3:
                return None
            length = float(np.linalg.norm(plane))
            held = np.abs(columns @ plane * self.metres - 1.0) <= length * thick / 2
        if np.count_nonzero(held) < _OF_PLANE * len(rays):
            return None
        normal: NDArray[np.float64] = plane / length
        return normal if normal[2] >= np.cos(_STEEPEST) else None


def _count(length: float, most: int) -> int:
    """How many points lie along a side: one a pixel, within limits."""
    return min(max(math.ceil(length), _LEAST_POINTS), most) if length < most else most


@lru_cache(_MOST_ALONG)
def _spread(count: int) -> NDArray[np.float64]:
    """Where so many points lie along a side, from -1 to 1."""
    return np.linspace(-1.0, 1.0, count)


@lru_cache(_MOST_ALONG)
def _inner(count: int) -> slice:
    """Which of so many points along the opening lie in its middle."""
    inner = np.flatnonzero(np.abs(_spread(count)) <= _MIDDLE)
    return slice(int(inner[0]), int(inner[-1]) + 1)


def _thickness(ordered: NDArray[np.float64]) -> float:
    """How far measurements of one surface lie apart at such distances, in order, metres."""
    return _THICK + _THICKER * _middle(ordered) ** 2


def _middle(ordered: NDArray[np.float64]) -> float:
    """The median of what is in order: `np.median` takes longer than the rest of a pose."""
    count = len(ordered)
    return float(ordered[count // 2] + ordered[(count - 1) // 2]) / 2
