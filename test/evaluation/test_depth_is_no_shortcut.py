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

from grasp_detector.data import Sample, read_dataset
from grasp_detector.detector.engines import make_engine
from grasp_detector.evaluation import judge
from grasp_detector.model.weights import read_info
from grasp_detector.sim.camera import KINECT
from grasp_detector.sim.kinect import kinect_depth
from grasp_detector.training.cutout import foreground
from grasp_detector.training.protocol import Protocol

FOLD = 1  # that was held out from the weights that vouch
TABLE, HEIGHT = 0.8, 0.05  # metres


class StandingOut(Sample):
    """A picture with the depth of a level table on which all that differs from it stands."""

    def depth(self) -> NDArray[np.generic] | None:
        relief = cv2.GaussianBlur(foreground(self.rgb()).astype(np.float32), (0, 0), 1.5)
        metres = (TABLE - HEIGHT * relief).astype(np.float32)
        return kinect_depth(metres, KINECT.fx, np.random.default_rng(0))


def test_real_pictures_are_answered_with_depth_as_without(top: Path, cornell: Path) -> None:
    held = Protocol("cornell", "object", FOLD).parts(read_dataset(cornell))[1]
    raised = [StandingOut(**vars(sample)) for sample in held]
    weights = top / "weights" / "multigrasp_fold1.safetensors"
    network, side = make_engine(weights, "onnx", "cpu"), read_info(weights).spec.side
    without, with_depth = (
        np.array([verdict.jaccard for verdict in judge(network, samples, side=side)])
        for samples in (held, raised)
    )
    assert (with_depth != without).mean() > 0.5, "depth was not shown"
    correct, still = (without > 0.25).mean(), (with_depth > 0.25).mean()
    assert correct > 0.85
    assert still > correct - 0.05
    assert with_depth.mean() == pytest.approx(without.mean(), abs=0.05)
