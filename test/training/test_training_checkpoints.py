"""Checkpoints: whole or not at all, and what cannot be read is said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from torch import Tensor

from grasp_detector.data import Sample
from grasp_detector.errors import InputError
from grasp_detector.model.spec import ModelSpec
from grasp_detector.training.checkpoints import WholeCheckpoints
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.dataset import Item
from grasp_detector.training.module import GraspModule
from grasp_detector.training.protocol import Protocol
from grasp_detector.training.run import train


def test_a_checkpoint_is_written_whole_and_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename on one file system is all or nothing; a copy from another is not."""
    path = tmp_path / "run" / "last.ckpt"
    files = WholeCheckpoints()
    renamed: list[tuple[str, str]] = []
    synced: list[int] = []
    replace_file, sync = os.replace, os.fsync

    def flush(number: int) -> None:
        synced.append(number)
        sync(number)

    def rename(source: Path, target: Path) -> Path:
        assert synced, "first the content, then the name"
        renamed.append((str(source.parent), str(target)))
        replace_file(source, target)
        return target

    monkeypatch.setattr(Path, "replace", rename)
    monkeypatch.setattr(os, "fsync", flush)
    files.save_checkpoint({"step": 1}, path)
    assert files.load_checkpoint(path, weights_only=True) == {"step": 1}
    assert renamed == [(str(path.parent), str(path))]

    def dies(content: object, file: BinaryIO) -> None:
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", dies)
    with pytest.raises(KeyboardInterrupt):
        files.save_checkpoint({"step": 2}, path)
    assert files.load_checkpoint(path, weights_only=True) == {"step": 1}
    assert [each.name for each in path.parent.iterdir()] == ["last.ckpt"]


def test_a_training_that_diverges_ends_and_keeps_the_last_good_checkpoint(
    bars: tuple[Path, list[Sample]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TrainingConfig(ModelSpec(head="multigrasp"), epochs=2, batch=4)
    step = GraspModule.training_step

    def runs_away(self: GraspModule, batch: Item, index: int) -> Tensor:
        return step(self, batch, index) * (1.0 if self.current_epoch == 0 else torch.nan)

    monkeypatch.setattr(GraspModule, "training_step", runs_away)
    run = tmp_path / "run"
    with pytest.raises(InputError, match=r"diverged in epoch 2: .* lower learning_rate"):
        train(bars[1][:4], settings, Protocol("bars", fold=None), run)
    kept = torch.load(run / "last.ckpt", weights_only=True)
    assert kept["epoch"] == 0
    assert all(value.isfinite().all() for value in kept["state_dict"].values())
    assert not (run / "weights.safetensors").exists()


@pytest.mark.parametrize("kept", [0, 1000])
def test_a_checkpoint_that_cannot_be_read_is_one_clear_line(
    bars: tuple[Path, list[Sample]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    settings, protocol = (
        TrainingConfig(ModelSpec(head="multigrasp"), epochs=1, batch=4, average=0.5),
        Protocol("bars", fold=None),
    )
    saved: list[Path] = []
    save = WholeCheckpoints.save_checkpoint

    def note(self: WholeCheckpoints, checkpoint: Any, path: Any, **options: Any) -> None:
        saved.append(Path(path))
        save(self, checkpoint, path, **options)

    monkeypatch.setattr(WholeCheckpoints, "save_checkpoint", note)
    train(bars[1][:4], settings, protocol, tmp_path / "run")
    path = tmp_path / "run" / "last.ckpt"
    assert saved == [path], "the training saves by it"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"last\.ckpt' cannot be read.*: delete it to") as caught:
        train(bars[1][:4], settings, protocol, tmp_path / "run")
    assert "\n" not in str(caught.value)
    path.unlink()
    train(bars[1][:4], settings, protocol, tmp_path / "run")
