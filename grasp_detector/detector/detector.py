"""The detector: fusion, network, decoding, choice."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.clearance import Fingers
from grasp_detector.detector.engines import make_engine
from grasp_detector.detector.grasp import Grasp
from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.selection import Candidates, Chosen, Wanted, choose
from grasp_detector.errors import InputError
from grasp_detector.model.grid import decode_likely
from grasp_detector.model.weights import read_info
from grasp_detector.rgbd import Crop, Region, check_pair, crops, fuse, to_network
from grasp_detector.weights_path import default_weights


class GraspDetector:
    """Finds grasps in RGB-D pairs.

    Args:
        weights: a weight file; None = the default one.
        device: "auto", "cpu" or "cuda".
        engine: "auto" or another of `engines.ENGINES`.

    Raises:
        InputError: weights, device or engine that cannot be used.
    """

    def __init__(
        self, weights: str | Path | None = None, device: str = "auto", engine: str = "auto"
    ) -> None:
        self.weights_path = default_weights() if weights is None else Path(weights)
        self.info = read_info(self.weights_path)
        self._engine = make_engine(self.weights_path, engine, device)
        self.timings: dict[str, float] = {}

    @property
    def engine(self) -> str:
        """The engine in use."""
        return self._engine.name

    @property
    def device(self) -> str:
        """The device in use."""
        return self._engine.device

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; empty = grasps are not classified."""
        return self.info.classes

    def detect(
        self,
        rgb: NDArray[np.uint8],
        depth: NDArray[np.generic] | None = None,
        max_grasps: int = 10,
        min_confidence: float = 0.1,
        intrinsics: Intrinsics | None = None,
        region: tuple[int, int, int, int] | None = None,
        approach: str = "axis",
        fingers: Fingers | None = None,
    ) -> list[Grasp]:
        """Grasps in a picture, best first.

        Args:
            rgb: ``(H, W, 3)`` uint8, red first.
            depth: ``(H, W)`` registered to it, uint16 millimetres or float32 metres, 0 or
                non-finite = none; None = no depth at all.
            max_grasps: at most so many.
            min_confidence: only grasps at least this sure, 0 to 1.
            intrinsics: of the picture; with them and depth, grasps have a pose.
            region: x, y, width and height of the part to look at, pixels; None = the square in the
                middle.
            approach: of the pose: along the optical "axis" or the surface's "normal".
            fingers: the gripper's; with them, depth and intrinsics, grasps are moved and opened so
                that these have room, and those without room come last (`clearance`).

        Raises:
            InputError: shapes, types or values that cannot be used.
        """
        where = None if region is None else _region(region)
        wanted = Wanted(
            max_grasps, min_confidence, region=where, approach=approach, fingers=fingers
        )
        return self.find(rgb, depth, wanted, intrinsics).grasps

    def find(
        self,
        rgb: NDArray[np.uint8],
        depth: NDArray[np.generic] | None,
        wanted: Wanted,
        intrinsics: Intrinsics | None = None,
    ) -> Chosen:
        """The grasps that are wanted of a picture, and why others are not given; see `detect`.

        Raises:
            InputError: shapes or types that cannot be used, or a region outside the picture.
        """
        check_pair(rgb, depth)
        if depth is not None:
            depth = np.ascontiguousarray(depth)  # else OpenCV copied it for every pose
        start = perf_counter()
        height, width = rgb.shape[:2]
        squares = crops(height, width, wanted.region, wanted.crop_size)
        views = [
            to_network(fuse(rgb, depth, crop.to_network), self.info.spec.side) for crop in squares
        ]
        fusing = perf_counter()
        raws = [self._engine(view[None])[0] for view in views]
        inferring = perf_counter()
        candidates = _candidates(raws, squares, wanted)
        chosen = choose(candidates, wanted, depth, intrinsics, self.class_names)
        end = perf_counter()
        self.timings = {
            "fuse": fusing - start,
            "infer": inferring - fusing,
            "decode": end - inferring,
        }
        return chosen


def _region(given: Sequence[int]) -> Region:
    try:
        return Region(*map(operator.index, given))
    except TypeError as error:
        raise InputError(
            f"region is {given!r}: x, y, width and height, whole numbers of pixels, are needed"
        ) from error


def _candidates(
    raws: Sequence[NDArray[np.float32]], squares: Sequence[Crop], wanted: Wanted
) -> Candidates:
    """What was found in each square, in pixels of the picture.

    Cells that are not sure enough are told of only where the sure ones may lie outside the region,
    or where there are none: then the surest is what users want to know.
    """
    least = wanted.min_confidence if wanted.region is None else 0.0
    candidates = _found(raws, squares, least)
    return candidates if len(candidates.grasps) else _found(raws, squares, 0.0)


def _found(
    raws: Sequence[NDArray[np.float32]], squares: Sequence[Crop], least: float
) -> Candidates:
    parts = []
    for raw, crop in zip(raws, squares, strict=True):
        grasps, confidence, classes = decode_likely(raw, least)
        parts.append((crop.grasps_to_picture(grasps), confidence, classes))
    grasps, confidence, classes = (np.concatenate(each) for each in zip(*parts, strict=True))
    cells = sum(raw.shape[-1] ** 2 for raw in raws)
    return Candidates(grasps, confidence, classes, cells - len(grasps))
