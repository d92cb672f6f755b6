"""What a training runs on: devices, machines and precision, in Lightning's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightning
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.utilities import rank_zero_only

from grasp_detector.errors import InputError, first_line

FULL = "32-true"
"""The precision of all that does not say another."""
# Lightning knows more, in which the weights themselves are of another type: what judges them is of
# 32 bits, and so is what is written. The short names are Lightning's own.
PRECISIONS = (FULL, "bf16-mixed", "16-mixed", "32", "bf16", "16")


def is_first_process() -> bool:
    """Whether this process is the one that writes and speaks, once a trainer has been made."""
    return getattr(rank_zero_only, "rank", None) in (0, None)


@dataclass(frozen=True)
class Machines:
    """Devices and precision.

    Attributes:
        devices: GPUs of each machine, or processes where there is none.
        nodes: machines.
        strategy: how they work together, one of Lightning's; "auto" = alone, or "ddp".
        precision: one of `PRECISIONS`.
        workers: processes that load pictures, for each device.
    """

    devices: int = 1
    nodes: int = 1
    strategy: str = "auto"
    precision: str = FULL
    workers: int = 0

    def share(self, batch: int) -> int:
        """Each device's part of a batch; InputError if it cannot be shared out evenly."""
        processes = self.devices * self.nodes
        if batch % processes:
            raise InputError(
                f"a batch of {batch} cannot be shared out among {processes} devices: choose "
                "numbers where it can"
            )
        return batch // processes

    def trainer(self, **arguments: Any) -> lightning.Trainer:
        """A trainer for them.

        Raises:
            InputError: there are not so many devices, or a strategy or precision that is unknown or
                cannot be trained in.
        """
        if self.precision not in PRECISIONS:
            raise InputError(
                f"--precision {self.precision} cannot be trained in: choose one of "
                f"{', '.join(PRECISIONS)}"
            )
        several = self.devices * self.nodes > 1
        try:
            return lightning.Trainer(
                accelerator="auto",
                devices=self.devices,
                num_nodes=self.nodes,
                strategy=self.strategy,
                precision=self.precision,  # type: ignore[arg-type]
                # The whole batch's statistics, as on one device. CPUs have no such operation.
                sync_batchnorm=several and torch.cuda.is_available(),
                # `EpochSampler` shares out by itself, without filling up with doubles.
                use_distributed_sampler=False,
                **arguments,
            )
        except (ValueError, MisconfigurationException) as error:
            raise InputError(f"these devices cannot train so: {first_line(error)}") from error
