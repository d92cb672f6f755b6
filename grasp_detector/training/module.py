"""The training step, for Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from grasp_detector.data import Sample
from grasp_detector.evaluation import judge, summarise
from grasp_detector.model.network import GraspNetwork
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.dataset import Item
from grasp_detector.training.loss import grid_loss
from grasp_detector.training.memory import Memory
from grasp_detector.training.quality import grasp_quality

# Four of it told classes no better and took hold worse on the two folds where it was tried.
_MEMORY = 1.0
# Epochs until a grasp's quality tells something: at first all are bad, wherever they are.
_BEGINNING = 3


class GraspModule(lightning.LightningModule):
    """A network in training.

    Args:
        config: the experiment.
        network: to train.
        held_out: samples of the fold under test: looked at for the log, never to choose anything.
    """

    def __init__(
        self, config: TrainingConfig, network: GraspNetwork, held_out: Sequence[Sample]
    ) -> None:
        super().__init__()
        self.config = config
        self.network = network
        self.held_out = held_out
        self.memory: Memory | None = None
        if config.model.convolutional and config.model.classes:
            self.memory = Memory()

    def on_train_epoch_start(self) -> None:
        """A head that learnt first knows features by ImageNet's statistics: so these stay."""
        if self.config.head_first:
            self.network.backbone.eval()

    def training_step(self, batch: Item, _: int) -> Tensor:
        """Loss of a batch of `TrainingSet`."""
        # Dropout's chance depends on step and process alone, so that a resumed training is the
        # same one.
        torch.manual_seed(
            self.config.seed * 1_000_003 + self.global_step + self.global_rank * 7_919_000_003
        )
        picture, values, weight, kinds, labels = batch
        picture = picture.contiguous(memory_format=torch.channels_last)
        features = self.network.features(picture)
        raw = self.network.head(features)
        quality = None
        if self.config.model.convolutional and self.current_epoch >= _BEGINNING:
            arrays = (part.detach().float().cpu().numpy() for part in (raw, values[:, 0], labels))
            quality = torch.from_numpy(grasp_quality(*arrays)).to(raw.device)
        loss = grid_loss(raw, values, weight, kinds, quality)
        parts = {f"loss/{name}": part for name, part in loss._asdict().items()}
        whole = loss.whole
        if self.memory is not None:
            parts["loss/forgotten"] = self.memory.forgotten(picture, features[-1])
            whole = whole + _MEMORY * parts["loss/forgotten"]
        self.log_dict(parts, prog_bar=True)
        return whole

    def validation_step(self, batch: Any, _: int) -> None:
        """The whole fold in one step: the protocol has its own batches."""
        report = summarise(list(judge(self.predict, self.held_out, side=self.config.model.side)))
        for threshold, share in report.accuracy.items():
            name = f"accuracy/jaccard_{threshold:.2f}"
            self.log(name, share, prog_bar=threshold == 0.25, batch_size=1)
        if report.classification is not None:
            self.log("accuracy/classification", report.classification, batch_size=1)

    def predict(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raw grids ``(B, 7 + K, N, N)``, K classes, of network inputs ``(B, 3, S, S)``."""
        with torch.inference_mode():
            raw = self.network(torch.from_numpy(pictures).to(self.device))
            grid: NDArray[np.float32] = raw.float().cpu().numpy()
        return grid

    def configure_optimizers(self) -> Any:
        """AdamW; the learning rate rises for an epoch and then stays, as in the paper."""
        # Batch normalisation's scales and all biases have no reason to be small.
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        free = [p for p in self.network.parameters() if p.ndim <= 1]
        optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": self.config.weight_decay},
                {"params": free, "weight_decay": 0.0},
            ],
            lr=self.config.learning_rate,
        )
        # It is not lowered at the end: what is kept is the average of the weights, which settles
        # by itself, and small steps fit some hundred pictures too well.
        steps = int(self.trainer.estimated_stepping_batches) // self.config.epochs
        schedule = torch.optim.lr_scheduler.LinearLR(
            optimizer, start_factor=0.01, total_iters=max(1, steps)
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }
