"""One training from data to a weight file, resumable at every epoch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
import yaml
from lightning.pytorch.callbacks import (
    Callback,
    EMAWeightAveraging,
    ModelCheckpoint,
    RichProgressBar,
)
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, TensorDataset

from grasp_detector.data import FOLDS, Sample, assign_folds, categories, fingerprint
from grasp_detector.data.folds import Split
from grasp_detector.errors import InputError
from grasp_detector.evaluation import judge, summarise
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.weights import WeightsInfo, read_info, save_weights
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.dataset import EpochSampler, TrainingSet, collate
from grasp_detector.training.module import GraspModule

# Lightning tells of hardware that is not there and of services it would like to have used.
logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
warnings.filterwarnings("ignore", module="lightning")

_CHECKPOINT = "last.ckpt"
_EXPERIMENT = "experiment.yaml"
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Protocol:
    """Which samples are held out.

    Attributes:
        data: the data set's name, as figures are to be labelled with.
        split: "image" or "object".
        fold: the fold held out; None = train on everything, nothing is measured.
        folds_seed: of the dealing of the folds.
    """

    data: str
    split: Split = "object"
    fold: int | None = 0
    folds_seed: int = 0

    def parts(self, samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
        """Samples to train on, and samples held out."""
        if self.fold is None:
            return list(samples), []
        if self.fold not in range(FOLDS):
            raise InputError(f"fold is {self.fold!r}: a number from 0 to {FOLDS - 1} is needed")
        folds = assign_folds(samples, self.split, self.folds_seed)
        kept = [s for s, fold in zip(samples, folds, strict=True) if fold != self.fold]
        held = [s for s, fold in zip(samples, folds, strict=True) if fold == self.fold]
        if not kept or not held:
            raise InputError(f"{len(samples)} pictures are too few to hold out fold {self.fold}")
        return kept, held

    @property
    def held_out(self) -> str:
        """What is held out, in words."""
        return f"held out: fold {self.fold}, {self.split}-wise"

    def to_dict(self) -> dict[str, Any]:
        """For the weight file and the experiment's file."""
        return {
            "data": self.data,
            "split": None if self.fold is None else self.split,
            "fold": self.fold,
            "folds_seed": self.folds_seed,
        }


def train(
    samples: Sequence[Sample],
    config: TrainingConfig,
    protocol: Protocol,
    output: Path,
    imagenet: Path | None = None,
    workers: int = 0,
    measured: Sequence[Path] = (),
) -> Path:
    """Train, or go on where an earlier call was stopped, and write the weights.

    Args:
        samples: the whole data set.
        config: the experiment.
        protocol: what is held out.
        output: folder of this run: checkpoint, TensorBoard log, weights.
        imagenet: AlexNet's state dict; EfficientNet-Lite0 brings its own.
        workers: processes that load pictures.
        measured: where nothing is held out, weights of the same experiment with a fold held out,
            whose figures the new file carries.

    Returns:
        The weight file.

    Raises:
        InputError: the folder holds another experiment, there is too little data, or the figures
            to carry are of something else.
    """
    kept, held = protocol.parts(samples)
    if len(kept) < config.batch:
        raise InputError(f"{len(kept)} pictures do not fill one batch of {config.batch}")
    classes = _classes(config)
    about = {
        "protocol": protocol.to_dict(),
        "data_sha256": fingerprint(samples),
        "pictures": len(kept),
        **config.to_dict(),
    }
    accuracy = _carried(measured, about)
    _claim(output, about)
    lightning.seed_everything(config.seed, verbose=False)
    network = GraspNetwork(config.model).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    checkpoint = output / _CHECKPOINT
    if not checkpoint.exists() and (config.model.backbone != "alexnet" or imagenet is not None):
        load_imagenet(network, imagenet)
    module = GraspModule(config, network, held)
    loader = DataLoader(
        TrainingSet(kept, config),
        batch_size=config.batch,
        sampler=EpochSampler(len(kept), config.seed),
        num_workers=workers,
        drop_last=True,
        collate_fn=collate,
    )
    trainer = lightning.Trainer(
        accelerator="auto",
        devices=1,
        max_epochs=config.epochs,
        callbacks=_callbacks(config, output),
        logger=TensorBoardLogger(str(output), name="", version="log"),
        log_every_n_steps=10,
        check_val_every_n_epoch=max(1, config.epochs // 10),
        limit_val_batches=1 if held else 0,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
    trainer.fit(
        module,
        loader,
        DataLoader(TensorDataset(torch.zeros(1))) if held else None,
        ckpt_path=checkpoint if checkpoint.exists() else None,
        weights_only=True,
    )
    if trainer.interrupted:
        raise KeyboardInterrupt
    # What is kept is the average. fit leaves it in the module only where there was a step to do.
    state = torch.load(checkpoint, map_location=module.device, weights_only=True)["state_dict"]
    module.load_state_dict(state)
    module.eval()
    if held:
        accuracy = {protocol.held_out: summarise(list(judge(module.predict, held))).to_dict()}
    info = WeightsInfo(config.model, classes=classes, training=about, accuracy=accuracy)
    path = output / WEIGHTS
    save_weights(path, network, info)
    return path


def _classes(config: TrainingConfig) -> tuple[str, ...]:
    """Names of the classes that a network of this configuration learns."""
    if config.model.classes == 0:
        return ()
    if config.model.classes != len(categories()):
        raise InputError(
            f"classes is {config.model.classes}: 0 or the {len(categories())} of the data set"
        )
    return categories()


def _carried(measured: Sequence[Path], about: dict[str, Any]) -> dict[str, Any]:
    """Figures of weights that differ from these in nothing but what was held out."""
    figures: dict[str, Any] = {}
    for path in measured:
        info = read_info(path)
        for name, value in about.items():
            if name not in ("protocol", "pictures") and _plain(value) != info.training.get(name):
                raise InputError(f"{str(path)!r} is of another experiment: its {name} differs")
        figures |= {f"same experiment, {what}": report for what, report in info.accuracy.items()}
    return figures


def _claim(output: Path, about: dict[str, Any]) -> None:
    """Make the run's folder, or see that it is this very experiment's."""
    path = output / _EXPERIMENT
    if path.exists():
        if yaml.safe_load(path.read_text(encoding="utf-8")) != _plain(about):
            raise InputError(
                f"{str(output)!r} holds another experiment (see {_EXPERIMENT} there): "
                "choose another folder"
            )
        return
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{str(output)!r} is not an empty folder and holds no training")
    output.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(yaml.safe_dump(_plain(about), sort_keys=False), encoding="utf-8")
    aside.replace(path)


def _plain(value: Any) -> Any:
    """The value as it comes back from a file: lists for tuples."""
    return json.loads(json.dumps(value))


def _callbacks(config: TrainingConfig, output: Path) -> list[Callback]:
    return [
        RichProgressBar(),
        EMAWeightAveraging(decay=config.average),
        ModelCheckpoint(
            dirpath=output,
            filename="last",
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        ),
    ]
