"""Targets, augmentation and the loss."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.geometry import jaccard_index, rectangle_metric, similarity, transform_grasps
from grasp_detector.model.grid import CHANNELS, best_grasp, decode
from grasp_detector.rgbd import central_crop, depth_to_blue
from grasp_detector.training.augment import (
    plausible_depth,
    random_matrix,
    vary_light,
    vary_sharpness,
)
from grasp_detector.training.config import Augmentation
from grasp_detector.training.loss import grid_loss
from grasp_detector.training.targets import MOST_GRASPS, dense_target, in_view, sparse_target

grasps = st.lists(
    st.tuples(
        st.floats(0, 223),
        st.floats(0, 223),
        st.floats(-1.5, 1.5),
        st.floats(5, 60),
        st.floats(8, 99),
    ),
    min_size=1,
    max_size=12,
).map(lambda found: np.array(found))


def as_raw(target: np.ndarray) -> np.ndarray:
    """A network that answers with the target itself."""
    raw = target.astype(np.float64)
    heat = np.clip(raw[0], 1e-6, 1 - 1e-6)
    raw[0] = np.log(heat / (1 - heat))
    return raw


@given(grasps)
def test_a_perfect_dense_network_is_right(labels: np.ndarray) -> None:
    kinds = np.arange(len(labels))
    target, weight, numbers = dense_target(labels, kinds, 28)
    found, _, _ = best_grasp(as_raw(target))
    assert jaccard_index(found, labels).max() > 0.99
    assert rectangle_metric(found, labels).all()
    assert ((weight > 0) == (target[0] > 0.3)).all()
    assert ((numbers >= 0) == (weight > 0)).all()
    top = np.unravel_index(target[0].argmax(), target[0].shape)
    assert jaccard_index(found, labels[numbers[top]])[0, 0] > 0.99, "the class is that grasp's"
    assert target[0].max() > 0.3, "every label warms some cell"


@given(grasps, st.integers(0, 2**32 - 1))
def test_multigrasp_is_shown_at_most_five_in_the_cells_of_their_centres(
    labels: np.ndarray, seed: int
) -> None:
    kinds = np.arange(len(labels))
    target, weight, numbers = sparse_target(labels, kinds, 7, np.random.default_rng(seed))
    places = {(int((y + 0.5) // 32), int((x + 0.5) // 32)) for x, y in labels[:, :2]}
    warm = {(int(r), int(c)) for r, c in zip(*np.nonzero(target[0]), strict=True)}
    assert 1 <= len(warm) <= MOST_GRASPS
    assert warm <= places
    assert (weight == target[0]).all()
    decoded, confidence = decode(as_raw(target))
    overlaps = jaccard_index(decoded[confidence > 0.5], labels)
    assert (overlaps.max(axis=1) > 0.99).all()
    assert (overlaps.argmax(axis=1) == numbers[weight > 0]).all() or len(labels) > 1


def test_direct_regression_is_shown_one_random_grasp() -> None:
    labels = np.array([[50, 60, 0.3, 20, 40], [150, 160, -0.3, 25, 45.0]])
    shown = set()
    for seed in range(20):
        target = sparse_target(labels, np.array([4, 5]), 1, np.random.default_rng(seed))
        found, _, _ = best_grasp(as_raw(target.values))
        (which,) = np.flatnonzero(jaccard_index(found, labels)[0] > 0.99)
        assert target.kinds.tolist() == [[[4, 5][which]]]
        shown.add(which)
    assert shown == {0, 1}


def test_grasps_out_of_view_are_not_shown() -> None:
    labels = np.array([[-5, 50, 0, 10, 20], [50, 224, 0, 10, 20], [50, 50, 0, 10, 20.0]])
    assert in_view(labels).tolist() == [False, False, True]
    kinds = np.zeros(2, np.int64)
    target, weight, numbers = sparse_target(labels[:2], kinds, 7, np.random.default_rng(0))
    assert not target.any()
    assert not weight.any()
    assert (numbers == -1).all()
    assert not dense_target(np.empty((0, 5)), kinds[:0], 28).values.any()


def test_the_loss_is_smallest_at_the_target_and_ignores_cold_cells() -> None:
    labels = np.array([[80, 90, 0.4, 20, 50.0]])
    arrays = dense_target(labels, np.array([1]), 28)
    target = [torch.from_numpy(array)[None] for array in arrays]
    raw = torch.zeros(1, CHANNELS + 2, 28, 28)
    raw[0, :CHANNELS] = torch.from_numpy(as_raw(arrays.values))
    raw[0, CHANNELS + 1] = 20
    best = grid_loss(raw, *target)
    assert best.coordinates < 1e-6
    assert best.classes < 1e-6
    colder = raw.clone()
    colder[:, 0] -= 1
    assert grid_loss(colder, *target).heat > best.heat
    elsewhere = raw.clone()
    elsewhere[:, 1:, torch.from_numpy(arrays.weight) == 0] += 5
    assert grid_loss(elsewhere, *target)[1:] == best[1:]
    turned = raw.clone()
    turned[:, 3] += 0.5
    assert grid_loss(turned, *target).coordinates > 0.1
    other = raw.clone()
    other[:, CHANNELS] = 25
    assert grid_loss(other, *target).classes > 1
    target[2][:] = -1
    assert grid_loss(other, *target).classes == 0, "what is not known is not learnt"


@pytest.mark.parametrize("cells", [7, 28])
def test_a_picture_without_labels_has_a_finite_loss(cells: int) -> None:
    raw = torch.randn(2, CHANNELS, cells, cells, requires_grad=True)
    empty = torch.zeros(2, CHANNELS, cells, cells)
    kinds = torch.full((2, cells, cells), -1)
    loss = grid_loss(raw, empty, empty[:, 0], kinds)
    (loss.heat + loss.coordinates + loss.classes).backward()
    assert loss.coordinates == loss.classes == 0
    assert raw.grad is not None
    assert raw.grad.isfinite().all()


@given(st.integers(0, 2**32 - 1))
def test_random_views_keep_their_bounds(seed: int) -> None:
    how = Augmentation(rotation=30, translation=50, scale=(0.9, 1.1), mirror=True)
    crop = central_crop(480, 640)
    matrix = random_matrix(crop, how, np.random.default_rng(seed))
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2]))) / 0.7
    assert 0.9 <= scale <= 1.1
    middle = np.linalg.solve(matrix[:, :2], [111.5, 111.5] - matrix[:, 2])
    assert (np.abs(middle - [319.5, 239.5]) <= 50 + 1e-9).all()
    moved = transform_grasps([320, 240, 0, 10, 20], matrix)
    assert abs(moved[2]) <= np.deg2rad(30) + 1e-9
    assert moved[4] / moved[3] == pytest.approx(2)


def test_no_augmentation_is_the_crop_itself() -> None:
    none = Augmentation(rotation=0, translation=0, scale=(1, 1), mirror=False)
    crop = central_crop(480, 640)
    matrix = random_matrix(crop, none, np.random.default_rng(0))
    np.testing.assert_allclose(matrix, crop.to_network, atol=1e-12)
    picture = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    assert (vary_light(picture, 0, np.random.default_rng(0)) == picture).all()
    assert (vary_sharpness(picture, 0, np.random.default_rng(0)) == picture).all()


@given(st.integers(0, 2**32 - 1))
def test_made_up_depth_shows_the_object_above_the_table(seed: int) -> None:
    raised = np.zeros((224, 224), bool)
    raised[90:130, 80:150] = True
    depth = plausible_depth(raised, np.random.default_rng(seed))
    rows, columns = np.mgrid[0:224, 0:224]
    apart = (np.abs(rows - 110) > 45) | (np.abs(columns - 115) > 60)
    table = np.column_stack([rows.ravel(), columns.ravel(), np.ones(rows.size)])
    valid = (depth > 0) & apart
    plane, *_ = np.linalg.lstsq(table[valid.ravel()], depth[valid], rcond=None)
    above = (table @ plane).reshape(depth.shape) - depth
    inside = depth[100:120, 95:135] > 0
    if inside.any():
        assert np.median(above[100:120, 95:135][inside]) > 0.005
    assert depth_to_blue(depth).max() == 255


def test_similarity_is_what_opencv_takes() -> None:
    matrix = similarity((1, 2), (3, 4), 2, np.pi / 2)
    np.testing.assert_allclose(matrix @ [1, 2, 1], [3, 4])
    np.testing.assert_allclose(matrix @ [2, 2, 1], [3, 6], atol=1e-12)
