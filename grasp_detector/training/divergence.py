"""A training whose numbers have run away is stopped before its checkpoint is spoilt."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from grasp_detector.errors import InputError


class StopDiverged(Callback):
    """Ends a training after the first step that leaves weights which are no numbers.

    It is the weights that tell, not the loss: all processes have the same and end together, and
    with 16-mixed a step of an infinite loss is passed over and does no harm.
    """

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any
    ) -> None:
        """Look at them.

        Raises:
            InputError: they are not finite.
        """
        finite = [each.detach().isfinite().all() for each in pl_module.parameters()]
        if not torch.stack(finite).all():
            raise InputError(
                f"the training has diverged in epoch {trainer.current_epoch + 1}: its weights are "
                "no longer finite; lower learning_rate in the configuration and train into another "
                "folder"
            )
