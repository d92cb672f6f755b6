"""The interval of a share."""

import numpy as np
import pytest

from grasp_detector.interval import share_interval


def test_repeats_of_what_always_succeeds_do_not_make_it_surer() -> None:
    once = share_interval([True] * 15, list(range(15)))
    often = share_interval([True] * 150, [i // 10 for i in range(150)])
    assert once == often
    assert once[1] == 1.0 and 0.75 < once[0] < 0.85


def test_it_covers_the_truth_where_groups_succeed_and_fail_together() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(300):
        chance = rng.beta(2.1, 0.9, 40)  # of each group; the mean is 0.7
        hits = (rng.random((40, 9)) < chance[:, None]).ravel().tolist()
        low, high = share_interval(hits, np.repeat(np.arange(40), 9).tolist())
        covered += low <= 0.7 <= high
    assert covered / 300 == pytest.approx(0.95, abs=0.03)
