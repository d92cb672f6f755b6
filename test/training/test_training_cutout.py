"""Objects cut out and put elsewhere."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grasp_detector.data import Sample
from grasp_detector.rgbd import NETWORK_SIZE
from grasp_detector.training.config import TrainingConfig, config_from_dict
from grasp_detector.training.cutout import foreground, labelled_object, paste, random_table
from grasp_detector.training.dataset import augmented

LABEL = np.array([[112.0, 112, np.pi / 2, 20, 40]])


def scene(rows: slice = slice(100, 125), columns: slice = slice(80, 145)) -> np.ndarray:
    rgb = np.full((NETWORK_SIZE, NETWORK_SIZE, 3), (215, 212, 208), np.uint8)
    rgb[rows, columns] = (60, 90, 30)
    return rgb


def test_the_labelled_object_is_found_and_nothing_else() -> None:
    rgb = scene()
    rgb[20:40, 20:40] = (200, 20, 20)
    truth = np.zeros(rgb.shape[:2], bool)
    truth[100:125, 80:145] = True
    mask = labelled_object(rgb, LABEL)
    assert mask is not None
    assert (mask & truth).sum() / (mask | truth).sum() > 0.9
    assert foreground(rgb)[30, 30]
    assert not mask[30, 30]


@pytest.mark.parametrize(
    ("rgb", "grasps"),
    [
        (scene(columns=slice(0, 145)), LABEL),  # runs out of the picture
        (scene(slice(110, 113), slice(110, 113)), LABEL),  # too small
        (scene(slice(30, 200), slice(30, 200)), LABEL),  # too large
        (scene(), LABEL + [0, 60, 0, 0, 0]),  # the label is on the table
        (scene(), LABEL + [500, 0, 0, 0, 0]),  # or outside
        (scene(), np.empty((0, 5))),
    ],
)
def test_what_cannot_be_told_from_the_table_is_left_alone(
    rgb: np.ndarray, grasps: np.ndarray
) -> None:
    assert labelled_object(rgb, grasps) is None


def test_pasting_keeps_the_inside_of_both() -> None:
    mask = np.zeros((60, 60), bool)
    mask[20:40, 20:40] = True
    pasted = paste(np.full((60, 60, 3), 10, np.uint8), np.full((60, 60, 3), 200, np.uint8), mask)
    assert (pasted[25:35, 25:35] == 200).all()
    assert (pasted[:15] == 10).all()


@given(st.integers(0, 2**32 - 1))
def test_tables_are_pictures(seed: int) -> None:
    table = random_table(64, np.random.default_rng(seed))
    assert table.shape == (64, 64, 3)
    assert table.dtype == np.uint8
    assert 0 < table.mean() < 255


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    made = []
    for index, x in enumerate((250, 320, 390)):
        rgb = np.full((480, 640, 3), 210, np.uint8)
        rgb[225:255, x - 50 : x + 50] = (40, 30 + 60 * index, 120)
        path = tmp_path_factory.mktemp("pictures") / "a.png"
        cv2.imwrite(str(path), rgb)
        grasp = np.array([[x, 240, np.pi / 2, 30, 50.0]])
        name = ("Mug", "Shoe", "Unheard_of")[index]
        made.append(Sample(str(index), str(index), name, path, None, grasp))
    return made


def settings_with(**shares: float) -> TrainingConfig:
    return config_from_dict({"augmentation": {"depth": 0.0, **shares}}, "test")


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_clutter_brings_its_labels_along(samples: list[Sample], seed: int) -> None:
    rng = np.random.default_rng(seed)
    alone, grasps, _ = augmented(samples, 0, settings_with(table=0.0, clutter=0.0), rng)
    assert len(grasps) == 1
    assert not alone[..., 2].any(), "no depth is a blue channel of zeros"
    rng = np.random.default_rng(seed)
    _, more, kinds = augmented(samples, 0, settings_with(table=0.0, clutter=1.0), rng)
    names = [samples[0].category, samples[1].category, samples[2].category]
    assert len(kinds) == len(more)
    assert set(kinds.tolist()) <= set(names)
    assert 1 <= len(more) <= 4
    again, _, _ = augmented(
        samples, 0, settings_with(table=0.0, clutter=0.0), np.random.default_rng(seed)
    )
    assert (again == alone).all(), "the same seed is the same picture"


def test_depth_that_was_measured_is_kept(samples: list[Sample], tmp_path: Path) -> None:
    depth = np.full((480, 640), 0.9, np.float32)
    depth[225:255, 200:300] = 0.8
    path = tmp_path / "d.tiff"
    cv2.imwrite(str(path), depth)
    first = samples[0]
    measured = Sample("d", "d", "", first.rgb_path, path, first.grasps)
    hidden = settings_with(table=0.0, clutter=0.0)
    fused, _, _ = augmented([measured], 0, hidden, np.random.default_rng(0))
    assert not fused[..., 2].any(), "depth is left out at times"
    config = settings_with(table=0.0, clutter=1.0, depth=1.0)
    for seed in range(5):
        fused, grasps, _ = augmented([measured, *samples], 0, config, np.random.default_rng(seed))
        assert len(grasps) == 1, "an object without depth is not put into a picture with it"
        assert set(np.unique(fused[..., 2])) <= {0, 128, 255}, "0 is beyond the picture"
