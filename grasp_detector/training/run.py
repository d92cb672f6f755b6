"""One training from data to a weight file, resumable at every epoch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import (
    Callback,
    EMAWeightAveraging,
    ModelCheckpoint,
    RichProgressBar,
)
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, TensorDataset

from grasp_detector.data import Sample, categories, fingerprint
from grasp_detector.errors import InputError
from grasp_detector.evaluation import judge, summarise
from grasp_detector.model.network import GraspNetwork, load_imagenet
from grasp_detector.model.weights import WeightsInfo, save_weights
from grasp_detector.training.checkpoints import WholeCheckpoints
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.dataset import EpochSampler, Item, TrainingSet, collate
from grasp_detector.training.divergence import StopDiverged
from grasp_detector.training.experiment import carried_figures, claim
from grasp_detector.training.head_first import learn_head
from grasp_detector.training.heap import keep_freed_memory
from grasp_detector.training.kinds_last import fit_kinds
from grasp_detector.training.machines import FULL, Machines
from grasp_detector.training.module import GraspModule
from grasp_detector.training.pictures import AnswerPictures
from grasp_detector.training.protocol import Addition, Protocol
from grasp_detector.training.start import about_start, go_on_from, is_of_other_data
from grasp_detector.weights_sums import sha256

# Lightning tells of hardware that is not there and of services it would like to have used.
logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
warnings.filterwarnings("ignore", module="lightning")

_log = logging.getLogger(__name__)

_CHECKPOINT = "last.ckpt"
WEIGHTS = "weights.safetensors"
_NONE = "none"
# How many times the average's memory a training lasts: where it is less than the first, what is
# kept is much of the beginning; the second is what the shipped configurations come to. Weights
# that a training goes on from are worth keeping in part.
_SHORT, _SHORT_AFTER_START, _LONG = 2, 1, 4


def train(
    samples: Sequence[Sample],
    config: TrainingConfig,
    protocol: Protocol,
    output: Path,
    imagenet: Path | None = None,
    measured: Sequence[Path] = (),
    also: Sequence[Addition] = (),
    machines: Machines | None = None,
    start: Path | None = None,
) -> Path:
    """Train, or go on where an earlier call was stopped, and write the weights.

    Args:
        samples: the whole data set.
        config: the experiment.
        protocol: what is held out.
        output: folder of this run: checkpoint, TensorBoard log, weights.
        imagenet: AlexNet's state dict; EfficientNet-Lite0 brings its own.
        measured: where nothing is held out, weights of the same experiment with a fold held out,
            whose figures the new file carries.
        also: data sets that are trained on as well, whole.
        machines: what to train on; None = one device.
        start: weights to go on from; None = ImageNet's.

    Returns:
        The weight file, which the first process writes where several train together.

    Raises:
        InputError: the folder holds another experiment, there is too little data, it is partly
            held out, the figures to carry are of something else, the weights to go on from have
            seen what is held out, the checkpoint cannot be read, or the training diverges.
    """
    machines = machines or Machines()
    kept, held = protocol.parts(samples)
    own = len(kept)
    for addition in also:
        addition.check_against(held, protocol.split)
        kept.extend(addition.samples)
    sampler = EpochSampler(own, config.seed, len(kept) - own, round(config.added * own))
    if sampler.size < config.batch:
        raise InputError(
            f"{sampler.size} pictures do not fill one batch of {config.batch}: lower batch in the "
            "configuration"
        )
    classes = _classes(config)
    about = _about(samples, kept, config, protocol, also, machines, imagenet, start)
    accuracy = carried_figures(measured, about)
    pictures = TrainingSet(kept, config)
    loader = DataLoader(
        pictures,
        batch_size=machines.share(config.batch),
        sampler=sampler,
        num_workers=machines.workers,
        drop_last=True,
        collate_fn=collate,
    )
    trainer = machines.trainer(
        max_epochs=config.epochs,
        callbacks=_callbacks(config, output, held),
        plugins=[WholeCheckpoints()],
        logger=TensorBoardLogger(str(output), name="", version="log"),
        log_every_n_steps=10,
        check_val_every_n_epoch=max(1, config.epochs // 10),
        limit_val_batches=1 if held else 0,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
    # A state dict that cannot be read leaves no folder that refuses another one.
    network = _begin(config, output / _CHECKPOINT, imagenet, start)
    if trainer.is_global_zero:
        claim(output, about, [*kept, *held])
        if about.get("imagenet") == _NONE:
            _log.warning(
                "AlexNet begins from random weights: --imagenet takes torchvision's state dict"
            )
        if held and start is not None and is_of_other_data(about["start"], samples):
            _log.warning(
                "%s learnt from other data: if pictures or objects that are held out now were "
                "among them, the figures are too good",
                start,
            )
        steps = config.epochs * (sampler.size // config.batch)
        if advice := average_advice(config, steps, start is not None):
            _log.warning(advice)
    module = _fit(trainer, network, pictures, loader, held, output / _CHECKPOINT)
    path = output / WEIGHTS
    if not trainer.is_global_zero:
        return path
    if config.model.convolutional and config.model.classes:
        fit_kinds(module.network, pictures, module.device)
    if held:
        verdicts = list(judge(module.predict, held, side=config.model.side))
        accuracy = {protocol.held_out: summarise(verdicts).to_dict()}
    info = WeightsInfo(config.model, classes=classes, training=about, accuracy=accuracy)
    save_weights(path, module.network, info)
    return path


def _about(
    samples: Sequence[Sample],
    kept: Sequence[Sample],
    config: TrainingConfig,
    protocol: Protocol,
    also: Sequence[Addition],
    machines: Machines,
    imagenet: Path | None,
    start: Path | None,
) -> dict[str, Any]:
    """What makes this experiment this one, and what its weights tell of themselves."""
    # What is as ever is not named: experiments begun before it could be otherwise go on.
    unusual: dict[str, Any] = {}
    if also:
        unusual["also"] = [addition.to_dict() for addition in also]
    if machines.precision != FULL:
        unusual["precision"] = machines.precision
    if config.model.backbone == "alexnet" and start is None:
        unusual["imagenet"] = _NONE if imagenet is None else sha256(imagenet)
    if start is not None:
        unusual["start"] = about_start(start, protocol, samples)
    return {
        "protocol": protocol.to_dict(),
        "data_sha256": fingerprint(samples),
        "pictures": len(kept),
        **unusual,
        **config.to_dict(),
    }


def average_advice(config: TrainingConfig, steps: int, started: bool = False) -> str:
    """What to change where the average keeps mostly the weights of the beginning; "" = nothing.

    A head that learnt first has weights worth keeping from the beginning.

    Args:
        config: the experiment.
        steps: of all its epochs, at least one.
        started: it goes on from other weights.
    """
    least = _SHORT_AFTER_START if started else _SHORT
    if not config.average or config.head_first or steps * (1 - config.average) >= least:
        return ""
    better = min(0.999, round(max(0.0, 1 - _LONG / steps), 3))
    return (
        f"the average of the weights remembers {1 / (1 - config.average):.0f} steps, this training "
        f"has {steps}: more epochs, or average: {better:g}, in the configuration"
    )


def _begin(
    config: TrainingConfig, checkpoint: Path, imagenet: Path | None, start: Path | None
) -> GraspNetwork:
    """The network as its training begins; where there is a checkpoint, that will say what it is."""
    lightning.seed_everything(config.seed, verbose=False)
    network = GraspNetwork(config.model)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if not checkpoint.exists() and (config.model.backbone != "alexnet" or imagenet is not None):
        load_imagenet(network, imagenet)
    if start is not None and not checkpoint.exists():
        anew = [name for name in go_on_from(network, start) if name.startswith("head.")]
        if anew:
            _log.warning("of the head %d tensors are not in %s: they begin anew", len(anew), start)
    return network


def _fit(
    trainer: lightning.Trainer,
    network: GraspNetwork,
    pictures: TrainingSet,
    loader: DataLoader[Item],
    held: Sequence[Sample],
    checkpoint: Path,
) -> GraspModule:
    """The module after the last epoch, with the averaged weights."""
    config = pictures.config
    if config.head_first and not checkpoint.exists():
        learn_head(network, pictures, trainer.strategy.root_device)
    module = GraspModule(config, network, held)
    keep_freed_memory()  # not before: what the head learns from is kept, and would lie between
    try:
        trainer.fit(
            module,
            loader,
            DataLoader(TensorDataset(torch.zeros(1))) if held else None,
            ckpt_path=checkpoint if checkpoint.exists() else None,
            weights_only=True,
        )
    except InputError as error:
        # One that a loading process met comes with that process's traceback before it.
        last = str(error).strip().splitlines()[-1]
        raise InputError(last.split("InputError: ")[-1]) from error
    except SystemExit:  # Lightning's own end after Ctrl-C, with status 1
        if not trainer.interrupted:
            raise
    if trainer.interrupted:
        raise KeyboardInterrupt
    # What is kept is the average. fit leaves it in the module only where there was a step to do.
    state = torch.load(checkpoint, map_location=module.device, weights_only=True)["state_dict"]
    module.load_state_dict(state)
    module.eval()
    return module


def _classes(config: TrainingConfig) -> tuple[str, ...]:
    """Names of the classes that a network of this configuration learns."""
    if config.model.classes == 0:
        return ()
    if config.model.classes != len(categories()):
        raise InputError(
            f"classes is {config.model.classes}: 0 or the {len(categories())} of the data set"
        )
    return categories()


class _Progress(RichProgressBar):
    """Lightning counts from 0, and the last of six epochs would be 5/5."""

    def _get_train_description(self, current_epoch: int) -> str:
        return f"Epoch {current_epoch + 1} of {self.trainer.max_epochs}"


def _callbacks(config: TrainingConfig, output: Path, held: Sequence[Sample]) -> list[Callback]:
    return [
        _Progress(),
        *([AnswerPictures(held)] if held else []),
        StopDiverged(),
        EMAWeightAveraging(decay=config.average),
        ModelCheckpoint(
            dirpath=output,
            filename="last",
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        ),
    ]
