"""Windows, and the two baselines that search through them."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from grasp_detector.baselines import BASELINES, Baseline, Chance, LinearRanker, SlidingWindow
from grasp_detector.baselines.ranker import channels, features
from grasp_detector.baselines.views import views_of
from grasp_detector.baselines.windows import (
    all_windows,
    as_planes,
    best_windows,
    look,
    typical_sizes,
)
from grasp_detector.data import Sample
from grasp_detector.evaluation import Verdict, judge_finder, summarise
from grasp_detector.geometry import best_jaccard

Bars = tuple[Path, list[Sample]]
# Where each pixel of a plane is: what is seen there tells where one has looked.
PLACES = torch.stack(
    [torch.arange(224.0).expand(224, 224), torch.arange(224.0)[:, None].expand(224, 224)]
)


@pytest.mark.parametrize("theta", [0.0, 0.5, -1.3, np.pi / 2])
def test_a_patch_is_the_rectangle_in_its_own_frame(theta: float) -> None:
    grasp = np.array([100.25, 80.5, theta, 12.0, 40.0])
    (seen,) = look(PLACES, grasp[None], (6, 10), reach=1.5)
    assert seen.shape == (2, 6, 10)
    along = 1.5 * 40 * ((np.arange(10) + 0.5) / 10 - 0.5)[None, :]
    across = 1.5 * 12 * ((np.arange(6) + 0.5) / 6 - 0.5)[:, None]
    x = 100.25 + along * np.cos(theta) - across * np.sin(theta)
    y = 80.5 + along * np.sin(theta) + across * np.cos(theta)
    np.testing.assert_allclose(seen, [x, y], atol=1e-3)


def test_each_rectangle_has_its_own_patch_and_the_edge_is_repeated() -> None:
    grasps = np.array([[50.0, 60, 0, 2, 2], [150, 20, 0, 2, 2], [-400, 500, 0, 2, 2]])
    seen = look(PLACES, grasps, (2, 2)).mean(dim=(2, 3))
    np.testing.assert_allclose(seen, [[50, 60], [150, 20], [0, 223]], atol=1e-3)


def test_planes_are_channels_first() -> None:
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[1, 2] = (7, 8, 9)
    assert as_planes(picture)[:, 1, 2].tolist() == [7, 8, 9]


def test_typical_sizes_stand_for_the_known_ones() -> None:
    rng = np.random.default_rng(0)
    kinds = np.array([[10.0, 20], [12, 60], [40, 45]])
    sizes = kinds[rng.integers(3, size=300)] * rng.uniform(0.97, 1.03, (300, 2))
    known = np.column_stack([np.zeros((300, 3)), sizes])
    found = typical_sizes(known, 3, seed=0)
    np.testing.assert_allclose(found[np.argsort(found[:, 0])], kinds, rtol=0.02)
    np.testing.assert_array_equal(found, typical_sizes(known, 3, seed=0))
    assert len(typical_sizes(known[:1], 5, seed=0)) == 1


def test_some_window_would_be_correct_for_any_grasp() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([[15.0, 20], [20, 30], [20, 45], [15, 60], [35, 35]])
    windows = all_windows(sizes, 8, 10.0)
    assert len(windows) == 22 * 22 * 8 * 5
    grasps = np.column_stack(
        [
            *rng.uniform(30, 190, (2, 50)),
            rng.uniform(-1.57, 1.57, 50),
            sizes[rng.integers(5, size=50)],
        ]
    )
    for grasp in grasps:
        assert best_jaccard(windows, grasp).max() > 0.25


def test_the_best_window_wins_with_its_scores_logistic() -> None:
    windows = np.arange(15.0).reshape(3, 5)
    best, sure, kinds = best_windows(windows, [np.array([0, 2.0, 1]), np.array([0.0, -1, -1])])
    np.testing.assert_array_equal(best, windows[[1, 0]])
    np.testing.assert_allclose(sure, [1 / (1 + np.exp(-2)), 0.5])
    assert kinds.tolist() == [-1, -1]


def test_features_tell_what_is_between_the_jaws() -> None:
    picture = np.full((224, 224, 3), 200, np.uint8)
    picture[:, 95:105] = 20  # an upright bar
    planes = channels(picture)
    unlike = planes[3]
    assert float(unlike[100, 100]) > 0.5 > 0.01 > float(unlike[100, 20])
    across, beside, along = features(
        planes,
        np.array([[100.0, 100, 0, 20, 36], [160, 100, 0, 20, 36], [100, 100, np.pi / 2, 8, 36]]),
    )
    plain = len(across) // 2
    np.testing.assert_allclose(across[plain:], across[:plain] ** 2)
    # The means come first: channel by channel, left, middle, right.
    left, middle, right = across[9:12]
    assert middle > left + 0.3
    assert middle > right + 0.3
    assert np.ptp(beside[9:12]) < 0.01
    assert np.ptp(along[9:12]) < 0.01


def verdicts(baseline: Baseline, bars: Bars) -> list[Verdict]:
    """Of six bars, learnt from the others; a bar may be gripped anywhere along it."""
    data = [replace(sample, grasps=along_the_bar(sample.grasps[0])) for sample in bars[1]]
    return list(judge_finder(baseline.fit(data[:18]), data[18:]))


def along_the_bar(grasp: NDArray[np.float64]) -> NDArray[np.float64]:
    shift = np.linspace(-45, 45, 7)
    plate = np.column_stack([-np.sin(grasp[2]) * shift, np.cos(grasp[2]) * shift])
    return np.column_stack([grasp[:2] + plate, np.tile(grasp[2:], (7, 1))])


SMALL_WINDOW = SlidingWindow(sizes=1, stride=12.0, epochs=4, negatives=8, mined=6)
SMALL_RANKER = LinearRanker(sizes=1, stride=12.0, rivals=20, mined=6)


@pytest.mark.parametrize("baseline", [SMALL_WINDOW, SMALL_RANKER], ids=["window", "ranker"])
def test_searches_learn_to_grip_bars_they_have_not_seen(baseline: Baseline, bars: Bars) -> None:
    found = verdicts(baseline, bars)
    assert summarise(found).accuracy[0.25] >= 0.8
    assert summarise(verdicts(Chance(), bars)).accuracy[0.25] <= 0.4
    assert all(0 < verdict.confidence < 1 for verdict in found)
    again = verdicts(baseline, bars)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.grasp, other.grasp, "the same settings, the same finder")


def test_fitting_leaves_the_callers_chance_alone(bars: Bars) -> None:
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    SlidingWindow(sizes=1, stride=40.0, epochs=1, mined=1).fit(bars[1][:2])
    assert torch.equal(torch.rand(3), expected)


def test_views_have_no_blue_where_there_is_no_depth(bars: Bars) -> None:
    assert not views_of(bars[1][:1])[0].picture[..., 2].any()


def test_settings_of_baselines_can_be_stored() -> None:
    stored = {name: json.dumps(asdict(each)) for name, each in BASELINES.items()}
    assert set(stored) == {"chance", "mean_rectangle", "linear_ranker", "sliding_window"}
