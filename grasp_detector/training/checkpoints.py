"""Checkpoints that no kill and no power cut destroys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from grasp_detector.errors import InputError, first_line
from grasp_detector.files import written_aside


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning's files, written beside the last one and then put in its place.

    Lightning itself writes to the system's temporary folder. From there to another file system a
    move is a copy: onto the only checkpoint there is.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint whole or not at all; InputError if the folder cannot be written."""
        with written_aside(Path(path)) as aside, aside.open("wb") as file:
            torch.save(checkpoint, file)
            # After a power cut the name may be there before the content is.
            file.flush()
            os.fsync(file.fileno())

    def load_checkpoint(self, path: str | Path, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Read a checkpoint; InputError if it cannot be."""
        try:
            return super().load_checkpoint(path, *arguments, **options)
        except Exception as error:  # a broken file makes its reader say many things
            raise InputError(
                f"checkpoint {str(path)!r} cannot be read ({first_line(error)}): delete it to "
                "begin anew"
            ) from error
