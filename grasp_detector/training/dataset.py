"""Samples as tensors, the same from the same seed whatever loads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, Sampler

from grasp_detector.data import Sample
from grasp_detector.errors import naming
from grasp_detector.geometry import transform_grasps
from grasp_detector.rgbd import (
    NETWORK_SIZE,
    blue_in_view,
    central_crop,
    check_pair,
    colours_in_view,
    depth_to_blue,
    to_network,
)
from grasp_detector.training.augment import (
    plausible_depth,
    random_matrix,
    vary_light,
    vary_sharpness,
)
from grasp_detector.training.config import Augmentation, TrainingConfig
from grasp_detector.training.cutout import foreground, labelled_object, paste, random_table
from grasp_detector.training.targets import dense_target, sparse_target

Key = tuple[int, int]
"""Epoch and index: what an augmented sample depends on, beside the seed."""

_MOST_ADDED = 3  # objects beside the picture's own


Item = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Picture ``(3, S, S)``; of its `Target`: values, weight and kinds; grasps ``(M, 5)``."""


def collate(items: Sequence[Item]) -> Item:
    """A batch: stacked, the grasps filled up with rows of zeros."""
    *stacked, grasps = zip(*items, strict=True)
    picture, values, weight, kinds = (torch.stack(part) for part in stacked)
    return picture, values, weight, kinds, pad_sequence(list(grasps), batch_first=True)


class TrainingSet(Dataset[Item]):
    """Augmented samples."""

    def __init__(self, samples: Sequence[Sample], config: TrainingConfig) -> None:
        self.samples = samples
        self.config = config

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, key: Key) -> Item:
        epoch, index = key
        rng = np.random.default_rng((self.config.seed, epoch, index))
        fused, grasps, kinds = augmented(self.samples, index, self.config, rng)
        spec = self.config.model
        if spec.convolutional:
            target = dense_target(grasps, kinds, spec.cells)
        else:
            target = sparse_target(grasps, kinds, spec.cells, rng)
        picture, values, weight, numbers, labels = (
            torch.from_numpy(array) for array in (to_network(fused, spec.side), *target, grasps)
        )
        return picture, values, weight, numbers, labels


@dataclass
class _View:
    """A sample as the network may see it: colours, depth, grasps, and where its object is.

    Attributes:
        rgb: ``(224, 224, 3)`` uint8.
        depth: ``(224, 224)`` uint8 as in the blue channel, None where there is none.
        grasps: ``(M, 5)`` network pixels.
        kinds: ``(M,)`` categories of their objects.
        mask: ``(224, 224)`` where the object is, None where that is not known.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.uint8] | None
    grasps: NDArray[np.float64]
    kinds: NDArray[np.int64]
    mask: NDArray[np.bool_] | None


def augmented(
    samples: Sequence[Sample], index: int, config: TrainingConfig, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.int64]]:
    """One variation of a sample: fused ``(224, 224, 3)``, grasps ``(M, 5)``, categories ``(M,)``.

    Args:
        samples: the others may lend their objects.
        index: of the sample.
        config: the experiment.
        rng: source of chance.
    """
    how = config.augmentation
    view = _view(samples[index], how, rng)
    if view.mask is not None and rng.random() < how.table:
        view.rgb = paste(random_table(NETWORK_SIZE, rng), view.rgb, view.mask)
    if view.depth is None and rng.random() < how.clutter:
        for other in rng.integers(len(samples), size=rng.integers(1, _MOST_ADDED + 1)):
            _add(view, _view(samples[other], how, rng))
    blue: NDArray[np.uint8] | int = 0
    if rng.random() < how.depth:
        blue = _made_up_depth(view, rng) if view.depth is None else view.depth
    # Light and lens change what the colour camera sees, not what the depth camera measures.
    fused = vary_sharpness(vary_light(view.rgb, how.light, rng), how.sharpness, rng)
    fused[..., 2] = blue
    return fused, view.grasps, view.kinds


def _made_up_depth(view: _View, rng: np.random.Generator) -> NDArray[np.uint8]:
    raised = foreground(view.rgb) if view.mask is None else view.mask
    return depth_to_blue(plausible_depth(raised, rng))


def _view(sample: Sample, how: Augmentation, rng: np.random.Generator) -> _View:
    rgb, depth = sample.rgb(), sample.depth()
    with naming(sample.rgb_path):
        check_pair(rgb, depth)
    matrix = random_matrix(central_crop(*rgb.shape[:2]), how, rng)
    grasps = transform_grasps(sample.grasps, matrix)
    kinds = np.full(len(grasps), sample.category, dtype=np.int64)
    colours = colours_in_view(rgb, matrix)
    if depth is not None:
        return _View(colours, blue_in_view(depth, matrix), grasps, kinds, None)
    return _View(colours, None, grasps, kinds, labelled_object(colours, grasps))


def _add(view: _View, other: _View) -> None:
    """Put another view's object on top; grasps that it covers are gone."""
    if view.mask is None or other.mask is None:
        return
    view.rgb = paste(view.rgb, other.rgb, other.mask)
    x, y = np.clip(np.rint(view.grasps[:, :2]).astype(np.intp), 0, NETWORK_SIZE - 1).T
    seen = ~other.mask[y, x]
    view.grasps = np.concatenate([view.grasps[seen], other.grasps])
    view.kinds = np.concatenate([view.kinds[seen], other.kinds])
    view.mask = view.mask | other.mask


class EpochSampler(Sampler[Key]):
    """Each epoch's keys in an order of its own, so that a resumed epoch is the one interrupted.

    Processes that train together deal the order out among them: no sample comes twice in an epoch,
    and the batches that they take at the same time are, together, those of one process alone.

    Args:
        size: samples that every epoch shows, numbers 0 to size - 1.
        seed: of the experiment.
        additional: samples that follow them, of which an epoch shows some.
        drawn: how many of those.
    """

    def __init__(self, size: int, seed: int, additional: int = 0, drawn: int = 0) -> None:
        self.own, self.additional, self.drawn = size, additional, min(drawn, additional)
        self.size, self.seed, self.epoch = size + self.drawn, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.size // _process()[1]

    def __iter__(self) -> Iterator[Key]:
        rng = np.random.default_rng((self.seed, self.epoch))
        order = rng.permutation(self.size)
        drawn = self.own + rng.permutation(self.additional)[: self.drawn]
        order = np.concatenate([np.arange(self.own), drawn])[order]
        rank, processes = _process()
        # The same number for each: where one had a batch more, it would wait for ever.
        dealt = order[: len(self) * processes][rank::processes]
        return iter([(self.epoch, int(index)) for index in dealt])


def _process() -> tuple[int, int]:
    """This process's number, and how many train together."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1
