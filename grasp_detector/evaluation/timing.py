"""How long one picture takes, and on what."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from grasp_detector import __version__, hardware
from grasp_detector.data import Sample
from grasp_detector.evaluation.protocol import Finder, Network
from grasp_detector.model.grid import best_grasp
from grasp_detector.rgbd import central_crop, fuse, to_network

_WARM_UP = 2


@dataclass(frozen=True)
class PictureTime:
    """Seconds, the median over pictures that were looked at one by one.

    Attributes:
        network: of the network alone, None where there is none.
        whole: from the picture as it came from a camera to the grasp in its pixels.
        engine: what computed it.
        load: the machine's load while it did (processes that wanted to run, this one included).
    """

    network: float | None
    whole: float
    engine: str
    load: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        inner = "" if self.network is None else f"network {1e3 * self.network:.1f} ms, "
        return f"{inner}whole {1e3 * self.whole:.1f} ms a picture ({self.engine})"


def time_network(
    network: Network, samples: Sequence[Sample], engine: str, side: int, count: int = 20
) -> PictureTime:
    """Time of a network, which takes pictures of that side; the first are looked at once more."""
    inside: list[float] = []

    def find(pictures: Any) -> Any:
        inputs = to_network(pictures, side)
        start = time.perf_counter()
        raw = network(inputs)
        inside.append(time.perf_counter() - start)
        return best_grasp(raw)

    whole = _median_of(find, samples, count)
    return PictureTime(float(np.median(inside[_WARM_UP:])), whole, engine, _load())


def time_finder(
    find: Finder, samples: Sequence[Sample], engine: str, count: int = 20
) -> PictureTime:
    """Time of anything else that finds grasps."""
    return PictureTime(None, _median_of(find, samples, count), engine, _load())


def _median_of(find: Finder, samples: Sequence[Sample], count: int) -> float:
    used = list(samples[:count])
    pairs = [(sample.rgb(), sample.depth()) for sample in used[:1] * _WARM_UP + used]
    taken = []
    for rgb, depth in pairs:
        start = time.perf_counter()
        crop = central_crop(*rgb.shape[:2])
        grasps, _, _ = find(fuse(rgb, depth, crop.to_network)[None])
        crop.grasps_to_picture(grasps)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken[_WARM_UP:]))


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def machine() -> str:
    """The machine in words: its processor, its cores, its GPU."""
    words = [f"{hardware.processor()}, {hardware.cores()} cores"]
    import torch

    if torch.cuda.is_available():
        words.append(torch.cuda.get_device_name(0))
    return "; ".join(words)


def versions() -> dict[str, str]:
    """Of what the figures depend on."""
    ours = {"grasp_detector": __version__, "python": platform.python_version()}
    packages = hardware.versions(("numpy", "torch", "onnxruntime"))
    return {**ours, **packages, "opencv": cv2.__version__}
