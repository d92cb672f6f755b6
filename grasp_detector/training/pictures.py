"""Pictures of what a network in training says, for TensorBoard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger

from grasp_detector.data import UNKNOWN, Sample, categories
from grasp_detector.detector.grasp import Grasp
from grasp_detector.evaluation.protocol import finder_of, see
from grasp_detector.sheet import make_sheet
from grasp_detector.training.module import GraspModule
from grasp_detector.training.tiles import answer_tile

TAG = "held out"
_SHOWN = 12
_COLUMNS = 4


class AnswerPictures(Callback):
    """At each validation, some held-out pictures with labels (green) and the best grasp.

    They are always the same ones, so that TensorBoard's slider shows the network learn.

    Args:
        held_out: the fold under test, of which twelve are shown, evenly spread.
    """

    def __init__(self, held_out: Sequence[Sample]) -> None:
        chosen = np.linspace(0, len(held_out) - 1, min(_SHOWN, len(held_out))).astype(int)
        self.samples = [held_out[index] for index in chosen.tolist()]

    def on_validation_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any
    ) -> None:
        """Draw while the module still holds the averaged weights, which are those that count."""
        logger = trainer.logger
        if not trainer.is_global_zero or not isinstance(logger, TensorBoardLogger):
            return
        assert isinstance(pl_module, GraspModule)
        fused, crops = zip(*map(see, self.samples), strict=True)
        pictures = np.stack(fused)
        tiles, captions = [], []
        found = finder_of(pl_module.predict, pl_module.config.model.side)(pictures)
        deep = bool(pictures[..., 2].any())
        for sample, crop, picture, grasp, sure, kind in zip(
            self.samples, crops, fused, *found, strict=True
        ):
            name = "" if kind == UNKNOWN else categories()[int(kind)]
            best = Grasp.of(grasp, float(sure), int(kind), name)
            tiles.append(answer_tile(picture, crop.grasps_to_network(sample.grasps), best, deep))
            captions.append(f"{sample.name} {sample.object_name}".strip())
        sheet = make_sheet(tiles, captions, _COLUMNS)
        logger.experiment.add_image(TAG, sheet, trainer.global_step, dataformats="HWC")
