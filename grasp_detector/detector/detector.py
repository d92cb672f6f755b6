"""The detector: fusion, network, decoding, choice."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.engines import make_engine
from grasp_detector.detector.grasp import Grasp
from grasp_detector.detector.pose import Intrinsics, gripper_pose
from grasp_detector.errors import InputError
from grasp_detector.geometry import suppress
from grasp_detector.model.grid import cell_classes, decode
from grasp_detector.model.weights import read_info
from grasp_detector.rgbd import central_crop, check_pair, fuse, to_network
from grasp_detector.weights_path import default_weights

# A grid answers in every cell; beyond so many the rest are repetitions of better ones, unless more
# grasps than that are wanted.
_CANDIDATES = 64


class GraspDetector:
    """Finds grasps in RGB-D pairs.

    Args:
        weights: a weight file; None = the default one.
        device: "auto", "cpu" or "cuda".
        engine: "auto", "onnx" or "torch".

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
    ) -> list[Grasp]:
        """Grasps in the middle of a picture, best first.

        Args:
            rgb: ``(H, W, 3)`` uint8, red first.
            depth: ``(H, W)`` registered to it, uint16 millimetres or float32 metres, 0 or
                non-finite = none; None = no depth at all.
            max_grasps: at most so many.
            min_confidence: only grasps at least this sure, 0 to 1.
            intrinsics: of the picture; with them and depth, grasps have a pose.

        Raises:
            InputError: shapes or types that cannot be used.
        """
        if max_grasps < 1:
            raise InputError(f"max_grasps is {max_grasps}: at least 1 is needed")
        check_pair(rgb, depth)
        start = perf_counter()
        crop = central_crop(*rgb.shape[:2])
        fused = to_network(fuse(rgb, depth, crop.to_network))
        fusing = perf_counter()
        raw = self._engine(fused[None])[0]
        inferring = perf_counter()
        grasps, confidence = decode(raw)
        candidates = np.argsort(-confidence)[: max(_CANDIDATES, max_grasps)]
        candidates = candidates[confidence[candidates] >= min_confidence]
        grasps, confidence = crop.grasps_to_picture(grasps[candidates]), confidence[candidates]
        classes = cell_classes(raw)[candidates].tolist()
        found = []
        for index in suppress(grasps, confidence, max_grasps):
            x, y, theta, h, w = grasps[index].tolist()
            pose = None
            if depth is not None and intrinsics is not None:
                pose = gripper_pose(grasps[index], depth, intrinsics)
            sure, kind = float(confidence[index]), classes[index]
            name = self.class_names[kind] if kind >= 0 else ""
            found.append(Grasp(x, y, theta, h, w, sure, kind, name, pose))
        end = perf_counter()
        self.timings = {
            "fuse": fusing - start,
            "infer": inferring - fusing,
            "decode": end - inferring,
        }
        return found
