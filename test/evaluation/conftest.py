"""A small data set as stored results know it, and results with known figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grasp_detector.data import Sample, category_of
from grasp_detector.evaluation import PictureTime, Verdict
from grasp_detector.evaluation.deal import Deal, deal
from grasp_detector.evaluation.results import Result, Run

GRASP = np.array([330.25, 250.5, 0.4, 20.0, 50.0])


@pytest.fixture
def folds() -> Deal:
    """40 pictures of 20 objects: mugs and boxes by turns."""
    samples = [
        Sample(f"{i:04}", str(i // 2), ("Mug", "Box")[i // 2 % 2], Path(), None, np.empty((0, 5)))
        for i in range(40)
    ]
    return deal(samples, "toys")


@pytest.fixture
def make_result(folds: Deal) -> Callable[..., Result]:
    """Makes a result of a run in which the first ``misses`` pictures by name are missed.

    The class is always "cup_or_bowl"; a miss is 0.35 sure and a hit 0.85.
    """

    def make(
        run: Run, misses: int = 0, experiment: object = "first", seconds: float = 0.01
    ) -> Result:
        verdicts = [
            Verdict(
                name,
                folds.pictures[name].object_id,
                folds.pictures[name].truth,
                GRASP,
                0.35 if rank < misses else 0.85,
                0.25 if rank < misses else 0.42,
                category_of("Mug"),
            )
            for rank, name in enumerate(sorted(folds.held_out(run.split, run.fold)))
        ]
        return Result(
            run,
            {"training": experiment},
            folds.data,
            folds.fingerprint,
            0,
            tuple(verdicts),
            PictureTime(seconds / 2, seconds, "onnx", 1.5),
            90.0,
            "an abacus, 10 beads",
            {"python": "3"},
        )

    return make
