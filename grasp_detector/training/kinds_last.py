"""What things are, learnt once more when everything else has been.

The layer that tells it sees features that a training moves about all the time, through a thousand
steps: it never comes to rest. When they have, what is left is logistic regression: some seconds,
one best answer, whatever the beginning.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from grasp_detector.data import UNKNOWN
from grasp_detector.model.heads import DenseHead
from grasp_detector.model.network import GraspNetwork
from grasp_detector.training.dataset import TrainingSet
from grasp_detector.training.variations import variations

# A few views of each picture: twice as many told folds 0 and 1 no better. Of a large data set some
# pictures do: what is kept of them has to fit into memory.
_VARIATIONS, _MOST = 5, 2000
# Of the weights' squares; from 0.003 to 0.03 there was no difference on folds 0 and 1.
_SMALL = 0.01
_SMOOTHING = 0.1
_ITERATIONS = 100
_LEAST_SPREAD = 0.05  # a feature that hardly ever speaks does not shout


def fit_kinds(network: GraspNetwork, pictures: TrainingSet, device: torch.device) -> None:
    """Fit the layer of a dense head that tells classes; all else stays as it is.

    Args:
        network: after its last epoch; changed in place.
        pictures: the training's own. Where nobody knows what they show, nothing is changed.
        device: where the network is.
    """
    head = network.head
    assert isinstance(head, DenseHead) and head.kinds is not None
    known = [i for i, sample in enumerate(pictures.samples) if sample.category != UNKNOWN]
    if not known:
        return
    known = known[:: -(-len(known) // _MOST)]
    network.eval()
    *near, layer = head.kinds
    assert isinstance(layer, nn.Conv2d)
    parts = []
    for picture, _, weight, kinds, _ in variations(pictures, known, _VARIATIONS, "classes"):
        with torch.no_grad():
            top = network.features(picture.to(device))[-1]
            for module in near:
                top = module(top)
        parts.append(coarse_cells(top.float().cpu(), weight, kinds))
    features, truth, weight = (torch.cat(part) for part in zip(*parts, strict=True))
    matrix, bias = logistic_regression(features, truth, weight, layer.out_channels)
    with torch.no_grad():
        layer.weight.copy_(matrix[..., None, None])
        assert layer.bias is not None
        layer.bias.copy_(bias)


def coarse_cells(top: Tensor, weight: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The coarse cells in which a class is learnt.

    Args:
        top: ``(B, C, n, n)`` features.
        weight: ``(B, N, N)`` of the fine cells, N a multiple of n.
        kinds: ``(B, N, N)`` their classes, -1 = not known.

    Returns:
        Of each of M cells: features ``(M, C)``, the class ``(M,)`` of its heaviest fine cell, and
        weight ``(M,)``: those of a picture have 1 together.
    """
    fine, coarse = weight.shape[-1], top.shape[-1]
    side = fine // coarse
    weight = torch.where(kinds == UNKNOWN, 0.0, weight)
    sums = functional.avg_pool2d(weight[:, None], side)[:, 0]
    heaviest = functional.max_pool2d(weight[:, None], side, return_indices=True)[1][:, 0]
    classes = kinds.flatten(1).gather(1, heaviest.flatten(1)).reshape(sums.shape)
    shares = sums / sums.sum(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    learnt = sums > 0
    return top.permute(0, 2, 3, 1)[learnt], classes[learnt], shares[learnt]


def logistic_regression(
    features: Tensor, truth: Tensor, weight: Tensor, classes: int
) -> tuple[Tensor, Tensor]:
    """The linear layer that tells classes best, its weights kept small.

    Args:
        features: ``(M, C)``.
        truth: ``(M,)`` classes.
        weight: ``(M,)`` how much each row counts.
        classes: how many there are.

    Returns:
        Weights ``(classes, C)`` and biases ``(classes,)``.
    """
    share = weight / weight.sum()
    mean = (features * share[:, None]).sum(dim=0)
    spread = ((features - mean).square() * share[:, None]).sum(dim=0).sqrt()
    spread = spread.clamp(min=_LEAST_SPREAD)
    even = (features - mean) / spread
    matrix = torch.zeros(classes, features.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [matrix, bias], max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def error() -> Tensor:
        optimizer.zero_grad()
        wrong = functional.cross_entropy(
            even @ matrix.T + bias, truth, reduction="none", label_smoothing=_SMOOTHING
        )
        whole: Tensor = (wrong * share).sum() + _SMALL / 2 * matrix.square().sum()
        whole.backward()
        return whole

    optimizer.step(error)
    with torch.no_grad():
        scaled = matrix / spread
        return scaled, bias - scaled @ mean
