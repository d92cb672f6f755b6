"""The Jaccard index that is learnt by is the exact one wherever the angle is right."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.geometry import jaccard_index
from grasp_detector.model.grid import encode
from grasp_detector.training.loss import grid_loss
from grasp_detector.training.overlap import aligned_jaccard

CELLS = 24
lengths = st.floats(8, 120)
shifts = st.floats(-40, 40)


def coordinates(grasp: np.ndarray) -> torch.Tensor:
    """A grid whose every cell answers with what the middle one says of a grasp."""
    encoded = encode(grasp, np.array(12), np.array(12), CELLS)
    return torch.from_numpy(encoded)[None, :, None, None].expand(1, 6, CELLS, CELLS).clone()


def grid(coordinates: torch.Tensor, heat: float) -> torch.Tensor:
    """Channels ``(1, 7, N, N)`` with so much heat everywhere."""
    return torch.cat([torch.full_like(coordinates[:, :1], heat), coordinates], dim=1)


@given(st.floats(-1.5, 1.5), lengths, lengths, lengths, lengths, shifts, shifts)
def test_at_one_angle_it_is_the_exact_index(theta, h, w, other_h, other_w, dx, dy):
    a = np.array([112.0 + dx, 112.0 + dy, theta, h, w])
    b = np.array([112.0, 112.0, theta, other_h, other_w])
    found = aligned_jaccard(coordinates(a), coordinates(b))
    assert found.shape == (1, CELLS, CELLS)
    np.testing.assert_allclose(found.numpy(), jaccard_index(a, b)[0, 0], atol=1e-6)


@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5), lengths, lengths)
def test_the_answers_own_angle_does_not_matter(theta, other, h, w):
    a = np.array([112.0, 112.0, theta, h, w])
    b = np.array([112.0, 112.0, other, h, w])
    np.testing.assert_allclose(aligned_jaccard(coordinates(a), coordinates(b)).numpy(), 1.0)


def test_a_lower_error_is_a_better_overlap():
    """Steps down the error bring a rectangle that misses the label onto it."""
    wanted = coordinates(np.array([112.0, 112.0, 0.6, 24.0, 60.0]))
    answer = coordinates(np.array([125.0, 100.0, 0.2, 40.0, 30.0])).requires_grad_()
    values, weight = grid(wanted, 1.0), torch.ones(1, CELLS, CELLS, dtype=torch.float64)
    kinds = torch.full((1, CELLS, CELLS), -1)
    optimizer = torch.optim.Adam([answer], lr=0.05)
    assert float(aligned_jaccard(answer, wanted).detach().mean()) < 0.4
    for _ in range(150):
        optimizer.zero_grad()
        grid_loss(grid(answer, 0.0), values, weight, kinds, overlap=2.0).coordinates.backward()
        optimizer.step()
    assert float(aligned_jaccard(answer, wanted).detach().mean()) > 0.9
    np.testing.assert_allclose(answer[:, 2:4].detach(), wanted[:, 2:4], atol=0.1)


def test_what_nothing_overlaps_is_drawn_nearer_and_numbers_stay_finite():
    wanted = coordinates(np.array([30.0, 30.0, 0.0, 20.0, 40.0]))
    answer = coordinates(np.array([200.0, 200.0, 0.0, 20.0, 40.0])).requires_grad_()
    weight = torch.ones(1, CELLS, CELLS, dtype=torch.float64)
    kinds = torch.full((1, CELLS, CELLS), -1)
    grid_loss(grid(answer, 0.0), grid(wanted, 1.0), weight, kinds, overlap=2.0).whole.backward()
    assert torch.isfinite(answer.grad).all()
    assert (answer.grad[:, :2] > 0).all()  # a step down is a step to the label


def test_without_it_the_error_is_of_distances_alone():
    """As the paper has it, and as rows of the table were trained."""
    wanted = coordinates(np.array([112.0, 112.0, 0.6, 24.0, 60.0]))
    answer = coordinates(np.array([116.0, 108.0, 0.4, 30.0, 50.0]))
    weight = torch.ones(1, CELLS, CELLS, dtype=torch.float64)
    kinds = torch.full((1, CELLS, CELLS), -1)
    loss = grid_loss(grid(answer, 0.0), grid(wanted, 1.0), weight, kinds)
    distance = torch.nn.functional.smooth_l1_loss(answer, wanted, reduction="none", beta=0.1)
    torch.testing.assert_close(loss.coordinates, distance.sum(dim=1).mean())
