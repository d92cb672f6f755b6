"""The quality that a confidence is to predict is the rectangle metric's own."""

import numpy as np
import torch

from grasp_detector.data import UNKNOWN
from grasp_detector.geometry import best_jaccard
from grasp_detector.model.grid import CHANNELS, decode
from grasp_detector.training.dataset import collate
from grasp_detector.training.loss import grid_loss
from grasp_detector.training.quality import grasp_quality
from grasp_detector.training.targets import dense_target

LABELS = np.array([[80, 90, 0.4, 20, 50.0], [150, 100, -1.2, 25, 40.0]])


def answer() -> tuple[np.ndarray, np.ndarray]:
    """A network that answers with the labels, and the labels' heat."""
    values = dense_target(LABELS, np.zeros(2, np.int64), 28).values
    raw = values.copy()
    raw[0] = -20.0
    return raw, values[0]


def test_right_grasps_are_worth_one_and_wrong_ones_nothing() -> None:
    raw, heat = answer()
    right = grasp_quality(raw[None], heat[None], LABELS[None])[0]
    warm = heat > 0.3
    np.testing.assert_allclose(right[warm], 1.0)
    assert (right[heat <= 0.05] == 0).all(), "cells that nobody asks are spared"
    turned = raw.copy()
    turned[3:5] *= -1  # a quarter turn
    assert not grasp_quality(turned[None], heat[None], LABELS[None])[0][warm].any()


def test_between_right_and_wrong_it_is_the_jaccard_index() -> None:
    raw, heat = answer()
    raw[5:7] -= 0.5  # jaws too small
    found = grasp_quality(raw[None], heat[None], LABELS[None])[0]
    grasps, _ = decode(raw)
    expected = best_jaccard(grasps, LABELS).reshape(28, 28)
    warm = heat > 0.3
    assert (expected[warm] < 0.45).all()
    np.testing.assert_allclose(found[warm], expected[warm] / 0.5, rtol=1e-5)


def test_a_cell_that_claims_a_grasp_is_looked_at_wherever_it_is() -> None:
    raw, heat = answer()
    raw[0, 2, 3] = 5.0
    raw[1:, 2, 3] = raw[1:, 11, 9]
    raw[1:3, 2, 3] += [9 - 3, 11 - 2]  # its offset leads to the first label
    found = grasp_quality(raw[None], heat[None], LABELS[None])[0]
    assert heat[2, 3] < 0.05
    assert found[2, 3] > 0.9


def test_rows_of_zeros_are_no_labels() -> None:
    raw, heat = answer()
    items = [
        (torch.zeros(1), torch.zeros(1), torch.zeros(1), torch.zeros(1), torch.from_numpy(labels))
        for labels in (LABELS[:0], LABELS)
    ]
    labels = collate(items)[-1].numpy()
    assert labels.shape == (2, 2, 5)
    found = grasp_quality(np.stack([raw, raw]), np.stack([heat, heat]), labels)
    assert not found[0].any()
    assert found[1].any()


def test_the_loss_wants_heat_only_where_the_answer_is_good() -> None:
    raw, _ = answer()
    target = dense_target(LABELS, np.full(2, UNKNOWN), 28)
    values, weight, kinds = (torch.from_numpy(part)[None] for part in target)
    logits = torch.from_numpy(raw)[None].requires_grad_()
    quality = torch.zeros(1, 28, 28)
    row, column = 11, 9
    assert target.values[0, row, column] > 0.3
    quality[0, row, column] = 1.0
    grid_loss(logits, values, weight, kinds, quality).heat.backward()
    assert logits.grad is not None
    slope = logits.grad[0, 0]
    assert slope[row, column] < 0, "should be surer"
    slope[row, column] = 0
    assert (slope >= 0).all(), "should be no surer anywhere else"
    assert not logits.grad[0, 1:CHANNELS].any()
