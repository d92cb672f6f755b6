"""Chance and the mean rectangle, and the rectangles that are no grasps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grasp_detector.baselines import Chance, MeanRectangle
from grasp_detector.baselines.views import (
    View,
    like_a_label,
    mistakes,
    negatives_of,
    random_grasps,
    views_of,
)
from grasp_detector.data import Sample
from grasp_detector.evaluation import judge_finder
from grasp_detector.geometry import angle_difference, rectangle_metric

Bars = tuple[Path, list[Sample]]
PICTURES = np.random.default_rng(1).integers(0, 255, (6, 224, 224, 3)).astype(np.uint8)


def test_chance_draws_from_the_training_rectangles(bars: Bars) -> None:
    known = np.concatenate([view.grasps for view in views_of(bars[1])])
    drawn = random_grasps(known, 500, np.random.default_rng(0))
    for column in range(3):
        assert set(drawn[:, column]) <= set(known[:, column])
        assert len(set(drawn[:, column])) > 15
    assert set(map(tuple, drawn[:, 3:])) <= set(map(tuple, known[:, 3:])), "a size is one thing"


def test_chance_is_the_same_for_a_picture_whenever_it_is_asked(bars: Bars) -> None:
    find = Chance().fit(bars[1])
    together, confidence, kinds = find(PICTURES)
    alone = np.concatenate([find(picture[None])[0] for picture in PICTURES[::-1]])[::-1]
    np.testing.assert_array_equal(together, alone)
    assert len({tuple(grasp) for grasp in together}) == 6, "other pictures, other rectangles"
    assert (Chance(seed=1).fit(bars[1])(PICTURES)[0] != together).any(axis=1).all()
    assert set(confidence) == {0.0}
    assert set(kinds) == {-1}


def test_the_mean_angle_knows_that_half_a_turn_changes_nothing(bars: Bars) -> None:
    sample = bars[1][0]
    angles = np.deg2rad([80.0, -80.0, 90.0])
    grasps = np.array([[320.0 + i, 240.0, angle, 20.0, 40.0] for i, angle in enumerate(angles)])
    find = MeanRectangle().fit([replace(sample, grasps=grasps)])
    (verdict,) = judge_finder(find, [replace(sample, grasps=grasps[2:])])
    assert angle_difference(verdict.grasp[2], np.pi / 2) == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(verdict.grasp[[0, 1, 3, 4]], [321, 240, 20, 40], atol=1e-6)


def test_negatives_are_no_grasps_and_labelled_ones_are_taken_first(bars: Bars) -> None:
    rng = np.random.default_rng(0)
    view = views_of(bars[1][:1])[0]
    known = np.concatenate([view.grasps for view in views_of(bars[1])])
    drawn = negatives_of(view, known, 50, rng)
    assert len(drawn) == 50
    assert not rectangle_metric(drawn, view.grasps, 0.1).any()
    distance = np.hypot(*(drawn[:, :2] - view.grasps[0, :2]).T)
    assert (distance < 15).any(), "some are on the object"
    bad = np.array([[10.0, 10.0, 0.0, 5.0, 5.0], [20.0, 20.0, 0.0, 5.0, 5.0]])
    labelled = negatives_of(View(view.picture, view.grasps, bad), known, 50, rng)
    assert sorted(labelled.tolist()) == bad.tolist()


def test_labelled_negatives_are_carried_into_the_view(bars: Bars) -> None:
    negative = np.array([[320.0, 240.0, 0.0, 32.0, 64.0]])
    (view,) = views_of([replace(bars[1][0], negatives=negative)])
    np.testing.assert_allclose(view.bad, [[111.65, 111.85, 0.0, 22.4, 44.8]], atol=0.2)


def test_mistakes_are_the_best_windows_that_no_label_is_near() -> None:
    label = np.array([[100.0, 100.0, 0.0, 20.0, 40.0]])
    view = View(PICTURES[0], label, np.empty((0, 5)))
    x = np.arange(8.0, 220.0, 4.0)
    windows = np.array([[each, 100.0, 0.0, 20.0, 40.0] for each in x])
    score = -np.abs(x - 100)
    found = mistakes(view, windows, score)
    assert len(found) == 5
    assert not like_a_label(found, label).any()
    assert np.abs(found[:, 0] - 100).max() < 45, "the nearest that are not too near"
    crossing = np.array([[100.0, 100.0, np.pi / 2, 20.0, 40.0]])
    assert not like_a_label(crossing, label).any()
