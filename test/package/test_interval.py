"""The interval of a share, and that of a mean difference of shares."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import pytest

from grasp_detector.interval import gain_interval, share_interval


def of_equal_groups(hits: list[int], size: int) -> tuple[float, float]:
    """The interval where every group was tried so often, and so many of its trials succeeded."""
    held = [trial < held for held in hits for trial in range(size)]
    return share_interval(held, np.repeat(np.arange(len(hits)), size).tolist())


@pytest.mark.parametrize(("hits", "count"), [(0, 15), (7, 15), (39, 40), (100, 100), (1, 1)])
def test_where_each_group_has_one_trial_it_is_wilson_s(hits: int, count: int) -> None:
    z2, share = NormalDist().inv_cdf(0.975) ** 2, hits / count
    ends = [
        (
            share
            + z2 / 2 / count
            + side * np.sqrt(z2 * (share * (1 - share) + z2 / 4 / count) / count)
        )
        / (1 + z2 / count)
        for side in (-1, 1)
    ]
    given = share_interval([number < hits for number in range(count)], list(range(count)))
    assert given == pytest.approx(ends, abs=1e-4)


def test_a_group_never_tells_more_than_two_trials() -> None:
    often, more = of_equal_groups([10] * 15, 10), of_equal_groups([1000] * 15, 1000)
    assert share_interval([True] * 15, list(range(15)))[0] < often[0]
    assert often[0] < share_interval([True] * 30, list(range(30)))[0]
    assert more == pytest.approx(often, abs=0.02)
    assert often[1] == more[1] == 1.0


def test_one_group_tells_next_to_nothing() -> None:
    low, high = of_equal_groups([9], 9)
    assert low < 0.25 and high == 1.0


def placed(failures: int, groups: int, size: int) -> Iterator[tuple[int, ...]]:
    """All ways to place failures in equal groups, as their hits; most failures first."""
    if groups == 0:
        if failures == 0:
            yield ()
        return
    for here in range(min(failures, size), -1, -1):
        for others in placed(failures - here, groups - 1, size):
            if not others or others[0] >= size - here:
                yield (size - here, *others)


@pytest.mark.parametrize(("groups", "size"), [(15, 9), (40, 9), (5, 9), (15, 3), (5, 3), (15, 1)])
def test_one_more_failure_never_makes_a_bound_stronger(groups: int, size: int) -> None:
    for failures in range(4):
        for hits in placed(failures, groups, size):
            low, high = of_equal_groups(list(hits), size)
            mirrored = of_equal_groups([size - held for held in hits], size)
            assert mirrored == pytest.approx((1 - high, 1 - low))
            for group in range(groups):
                if hits[group] > 0:
                    fewer = [held - (number == group) for number, held in enumerate(hits)]
                    after = of_equal_groups(fewer, size)
                    assert after[0] < low and after[1] <= high


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
@pytest.mark.parametrize(("alike", "groups"), [(0.3, 15), (0.5, 15), (0.7, 15), (0.5, 40)])
def test_it_covers_the_truth_where_groups_succeed_and_fail_together(
    share: float, alike: float, groups: int
) -> None:
    rng = np.random.default_rng(0)
    both = 1 / alike - 1  # of a beta distribution whose trials correlate by `alike`
    chances = rng.beta(both * share, both * (1 - share), (1000, groups))
    covered = [
        low <= share <= high
        for hits in rng.binomial(9, chances)
        for low, high in [of_equal_groups(hits.tolist(), 9)]
    ]
    assert np.mean(covered) >= 0.94


def test_the_interval_of_a_gain_covers_the_truth_where_there_are_few_groups() -> None:
    rng = np.random.default_rng(0)
    covered = [
        low <= 0.1 <= high
        for gains in np.clip(rng.normal(0.1, 0.25, (300, 15)), -1, 1)
        for low, high in [gain_interval(gains, 9)]
    ]
    assert np.mean(covered) >= 0.93


@pytest.mark.parametrize(("won", "lost"), [(0.01, 0.0), (0.005, 0.005), (0.03, 0.01), (0.1, 0.1)])
@pytest.mark.parametrize("groups", [40, 200])
def test_the_interval_of_a_gain_covers_the_truth_where_hardly_a_try_differs(
    won: float, lost: float, groups: int
) -> None:
    rng = np.random.default_rng(0)
    covered = [
        low <= won - lost <= high
        for gains in rng.choice([1.0, 0.0, -1.0], (100, groups), p=[won, 1 - won - lost, lost])
        for low, high in [gain_interval(gains, 1)]
    ]
    assert np.mean(covered) >= 0.94


def test_the_interval_of_a_gain_lies_about_the_gain_where_there_are_few_groups() -> None:
    low, high = gain_interval(np.array([0.3, 0.5] * 7), 9)
    assert (low + high) / 2 == pytest.approx(0.4, abs=0.005)


def test_the_interval_of_a_gain_stays_within_what_is_possible() -> None:
    assert gain_interval(np.array([1.0, 1.0, 1.0, -1.0]), 1)[1] == 1.0
    assert gain_interval(np.array([0.5]), 9) == (-1.0, 1.0)  # one group tells nothing
    low, high = gain_interval(np.zeros(200), 1)  # three of 200 may have been missed by chance
    assert -0.02 < low < -0.01 < 0.01 < high < 0.02
