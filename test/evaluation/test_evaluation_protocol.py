"""The protocol: top-1, the fixed crop, the exact metric."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector.data import Sample, categories, category_of
from grasp_detector.errors import InputError
from grasp_detector.evaluation import (
    THRESHOLDS,
    Verdict,
    judge,
    object_interval,
    summarise,
)
from grasp_detector.evaluation.protocol import see
from grasp_detector.model.grid import encode
from grasp_detector.rgbd import central_crop
from grasp_detector.rgbd.shown import Shown

TRUTH = np.array([330.0, 250.0, 0.4, 20.0, 50.0])


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((480, 640, 3), np.uint8))
    return Sample("a", "1", "Mug", path, None, TRUTH[None])


def oracle(*answers: tuple[np.ndarray, float]):  # type: ignore[no-untyped-def]
    """A network that gives these grasps (pixels of the picture) with these logits."""

    def network(pictures: np.ndarray) -> np.ndarray:
        assert pictures.shape[1:] == (3, 224, 224)
        raw = np.full((len(pictures), 7 + len(categories()), 7, 7), -9.0)
        for index, (grasp, logit) in enumerate(answers):
            inside = central_crop(480, 640).grasps_to_network(grasp)
            raw[:, 0, 0, index] = logit
            raw[:, 1:7, 0, index] = encode(inside, 0, index, 7)[None]
            # The first answer says what the sample shows, the others something else.
            raw[:, 7 + (category_of("Mug") if index == 0 else 0), 0, index] = 3
        return raw

    return network


def test_only_the_most_confident_grasp_counts(sample: Sample) -> None:
    wrong = TRUTH + [100, 0, 0, 0, 0]
    right = list(judge(oracle((TRUTH, 2.0), (wrong, 1.0)), [sample]))
    assert right[0].correct
    assert right[0].category == category_of("Mug") != 0
    assert right[0].jaccard == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(right[0].grasp, TRUTH, atol=1e-6)
    assert right[0].confidence == pytest.approx(1 / (1 + np.exp(-2)))
    (verdict,) = judge(oracle((TRUTH, 1.0), (wrong, 2.0)), [sample])
    assert not verdict.correct
    assert summarise([*right, verdict]).classification == 0.5


def test_the_sweep_counts_strictly_greater_indices(sample: Sample) -> None:
    # A shift by s along the opening w has the index (w - s) / (w + s): here 0.35.
    shift = 50 * (1 - 0.355) / (1 + 0.355)
    moved = TRUTH + [shift * np.cos(0.4), shift * np.sin(0.4), 0, 0, 0]
    exact = list(judge(oracle((TRUTH, 1.0)), [sample, sample, sample], batch=2))
    near = list(judge(oracle((moved, 1.0)), [sample]))
    report = summarise(exact + near)
    assert report.pictures == 4
    shares = [report.accuracy[threshold] for threshold in THRESHOLDS]
    assert shares == [1, 1, 1, 0.75, 0.75, 0.75]


def test_the_interval_is_of_objects_not_of_pictures(sample: Sample) -> None:
    def verdicts(objects: int, pictures: int) -> list[Verdict]:
        """Half of the objects always right, the other half always wrong."""
        return [
            Verdict(sample.name, str(i), -1, TRUTH, 0.5, float(i % 2), -1)
            for i in range(objects)
            for _ in range(pictures)
        ]

    low, high = object_interval(verdicts(100, 1))
    # A binomial share of 1/2 of 100 is known to +-10 %.
    assert low == pytest.approx(0.4, abs=0.02)
    assert high == pytest.approx(0.6, abs=0.02)
    again = object_interval(verdicts(100, 7))
    assert again == pytest.approx((low, high), abs=0.01), "more of the same"
    low, high = object_interval(verdicts(2, 9))
    assert low < 0.1
    assert high > 0.9


def test_the_interval_of_all_right_has_a_width(sample: Sample) -> None:
    """Nine of nine pictures, of three objects: what was resampled held nothing but successes."""
    right = [
        Verdict(sample.name, str(i % 3), -1, TRUTH, 0.5, float(jaccard), -1)
        for jaccard in (1, 0)
        for i in range(9)
    ]
    low, high = object_interval(right[:9])
    assert low < 0.7
    assert high == 1
    low, high = object_interval(right[9:])
    assert low == 0
    assert high > 0.3


def test_nothing_judged_is_no_report() -> None:
    with pytest.raises(ValueError, match="no picture"):
        summarise([])


def test_the_picture_that_cannot_be_judged_is_named(sample: Sample, tmp_path: Path) -> None:
    depth = tmp_path / "d.tiff"
    height, width = sample.rgb().shape[:2]
    cv2.imwrite(str(depth), np.full((height, width), 800, np.float32))
    with pytest.raises(InputError, match=f"^'{sample.rgb_path}': depth is 800"):
        see(replace(sample, depth_path=depth))
    with pytest.raises(InputError, match=f"^'{sample.rgb_path}': only depth is to be shown"):
        see(sample, Shown.depth)
