"""Samples as tensors, the same from the same seed whatever loads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from grasp_detector.data import Sample
from grasp_detector.geometry import transform_grasps
from grasp_detector.rgbd import central_crop, depth_to_blue, fuse, to_network
from grasp_detector.training.augment import (
    plausible_depth,
    random_matrix,
    vary_light,
    vary_sharpness,
)
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.targets import dense_target, sparse_target

Key = tuple[int, int]
"""Epoch and index: what an augmented sample depends on, beside the seed."""


class TrainingSet(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Augmented samples: picture ``(3, 224, 224)``, target ``(7, N, N)``, weight ``(N, N)``."""

    def __init__(self, samples: Sequence[Sample], config: TrainingConfig) -> None:
        self.samples = samples
        self.config = config

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, key: Key) -> tuple[Tensor, Tensor, Tensor]:
        epoch, index = key
        rng = np.random.default_rng((self.config.seed, epoch, index))
        fused, grasps = augmented(self.samples[index], self.config, rng)
        cells = self.config.model.cells
        if self.config.model.head == "multigrasp":
            target, weight = sparse_target(grasps, cells, rng)
        else:
            target, weight = dense_target(grasps, cells)
        return (
            torch.from_numpy(to_network(fused)),
            torch.from_numpy(target),
            torch.from_numpy(weight),
        )


def augmented(
    sample: Sample, config: TrainingConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One variation of a sample: fused ``(224, 224, 3)`` uint8, and its grasps ``(M, 5)``."""
    how = config.augmentation
    rgb, depth = sample.rgb(), sample.depth()
    matrix = random_matrix(central_crop(*rgb.shape[:2]), how, rng)
    fused = fuse(rgb, depth, matrix)
    blue = fused[..., 2].copy()
    if depth is None and rng.random() < how.depth:
        blue = depth_to_blue(plausible_depth(fused, rng))
    # Light and lens change what the colour camera sees, not what the depth camera measures.
    fused = vary_sharpness(vary_light(fused, how.light, rng), how.sharpness, rng)
    fused[..., 2] = blue
    return fused, transform_grasps(sample.grasps, matrix)


class EpochSampler(Sampler[Key]):
    """Each epoch's keys in an order of its own, so that a resumed epoch is the one interrupted."""

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.seed, self.epoch = size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Key]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.size)
        return iter([(self.epoch, int(index)) for index in order])
