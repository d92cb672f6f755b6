"""Depth in a picture must not tell a network that it is in the simulation.

The weights that ship learnt from real pictures without depth and from simulated ones with it. One
that took "there is depth" for "this is simulated" would answer otherwise, and worse, as soon as a
real picture came with depth. So held-out real pictures get depth, by the simulated sensor and not
by what made depth up in training, and the answers are to stay as good.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from grasp_detector.data import FOLDS, Sample, assign_folds, read_dataset
from grasp_detector.detector.engines import make_engine
from grasp_detector.geometry import best_jaccard
from grasp_detector.model.grid import best_grasp
from grasp_detector.rgbd import central_crop, fuse, to_network
from grasp_detector.sim.camera import KINECT
from grasp_detector.sim.kinect import kinect_depth
from grasp_detector.training.cutout import foreground

FOLD = 1  # that was held out from the weights that vouch
TABLE, HEIGHT = 0.8, 0.05  # metres


def standing_out(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint16]:
    """Depth of a level table on which all that differs from it in colour stands."""
    relief = cv2.GaussianBlur(foreground(rgb).astype(np.float32), (0, 0), 1.5)
    return kinect_depth((TABLE - HEIGHT * relief).astype(np.float32), KINECT.fx, rng)


def jaccards(samples: list[Sample], weights: Path, depth: bool) -> NDArray[np.float64]:
    """Best Jaccard index of each picture's surest grasp."""
    network = make_engine(weights, "onnx", "cpu")
    rng = np.random.default_rng(0)
    found = []
    for sample in samples:
        rgb = sample.rgb()
        crop = central_crop(*rgb.shape[:2])
        fused = fuse(rgb, standing_out(rgb, rng) if depth else None, crop.to_network)
        grasps, _, _ = best_grasp(network(to_network(fused[None])))
        found.append(best_jaccard(crop.grasps_to_picture(grasps)[0], sample.grasps))
    return np.array(found)


def test_real_pictures_are_answered_with_depth_as_without(top: Path, cornell: Path) -> None:
    samples = read_dataset(cornell)
    folds = assign_folds(samples, "object", 0)
    held = [sample for sample, fold in zip(samples, folds, strict=True) if fold == FOLD]
    assert len(held) > len(samples) / FOLDS / 2
    weights = top / "weights" / "multigrasp_fold1.safetensors"
    without, with_depth = (jaccards(held, weights, depth) for depth in (False, True))
    assert (with_depth != without).mean() > 0.5, "depth was not shown"
    correct, still = (without > 0.25).mean(), (with_depth > 0.25).mean()
    assert correct > 0.85
    assert still > correct - 0.05
    assert with_depth.mean() == pytest.approx(without.mean(), abs=0.05)
