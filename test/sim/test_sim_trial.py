"""The closed loop and its figures."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.detector import Grasp, GraspDetector
from grasp_detector.rgbd.shown import Shown
from grasp_detector.sim.gripper import Outcome
from grasp_detector.sim.objects import Model
from grasp_detector.sim.scene import TableTop
from grasp_detector.sim.trial import (
    Look,
    Trial,
    by_confidence,
    by_detector,
    by_mask,
    success,
    trials,
)

BAR = Model("bar", "own", shape="box", size=(0.12, 0.03, 0.03))
CAN = Model("can", "own", shape="cylinder", size=(0.05, 0.06))


def made(held: list[bool], clusters: list[int], confidence: float = 0.5) -> list[Trial]:
    grasp = Grasp(0, 0, 0, 1, 1, confidence)
    picture = np.zeros((1, 1, 3), np.uint8)
    outcomes = {True: Outcome.HELD, False: Outcome.EMPTY}
    return [
        Trial((str(cluster),), grasp, outcomes[each], picture)
        for each, cluster in zip(held, clusters, strict=True)
    ]


def test_simple_objects_are_held_across_their_masks() -> None:
    done = list(trials(by_mask(), [BAR, CAN], tables=2, repeats=2))
    assert [trial.objects for trial in done[::2]] == [trial.objects for trial in done[1::2]]
    assert {trial.objects for trial in done} == {("bar",), ("can",)}
    assert sum(trial.held for trial in done) >= 3
    assert (done[0].rgb != done[1].rgb).any()


def test_the_same_seed_tries_the_same() -> None:
    first, again = (list(trials(by_mask(), [BAR, CAN], 1, clutter=2)) for _ in range(2))
    assert first[0].grasp == again[0].grasp
    assert first[0].outcome == again[0].outcome
    assert (first[0].rgb == again[0].rgb).all()


def test_a_detector_sees_what_the_kinect_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = GraspDetector()
    seen: list[object] = []
    detect = detector.detect

    def spy(rgb: np.ndarray, depth: np.ndarray | None = None, **options: float) -> list[Grasp]:
        seen.append(depth)
        return detect(rgb, depth, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(detector, "detect", spy)
    looks: list[Look] = []
    for shown in (Shown.rgbd, Shown.rgb):
        choose = by_detector(detector, shown)

        def keep(look: Look, choose=choose) -> Grasp | None:  # type: ignore[no-untyped-def]
            looks.append(look)
            return choose(look)

        (trial,) = trials(keep, [BAR], 1)
        assert trial.grasp is not None and trial.grasp.pose is not None
        assert trial.outcome is not None
    assert seen[0] is looks[0].depth and seen[1] is None
    assert looks[0].depth.dtype == np.uint16


def test_no_grasp_is_a_failure() -> None:
    for grasp in (None, Grasp(0, 0, 0, 1, 1, 1.0)):  # the second has no pose
        (trial,) = trials(lambda look, grasp=grasp: grasp, [BAR], 1)  # type: ignore[misc]
        assert trial.verdict == "no grasp found"
        assert not trial.held


def test_wilson_s_interval() -> None:
    half = success(made([True, False] * 10, list(range(20))))
    assert (half.hits, half.of, half.share) == (10, 20, 0.5)
    assert (half.low, half.high) == pytest.approx((0.2993, 0.7007), abs=5e-4)
    whole = success(made([True] * 20, list(range(20))))
    assert (whole.low, whole.high) == pytest.approx((0.8389, 1.0), abs=5e-4)


def test_trials_of_the_same_objects_tell_less() -> None:
    alike = [True] * 4 + [False] * 4
    apart = success(made(alike * 5, list(range(40))))
    together = success(made(alike * 5, [i // 4 for i in range(40)]))
    assert together.share == apart.share
    # Four equal trials of an object are one: the interval is that of ten, and a little wider, since
    # that they are equal was seen in ten objects only.
    ten = success(made([True, False] * 5, list(range(10))))
    assert ten.high < together.high < ten.high + 0.03
    assert ten.low > together.low > ten.low - 0.03
    assert together.high - together.low > 1.7 * (apart.high - apart.low)


def test_objects_that_are_dealt_again_are_the_same() -> None:
    (held, failed) = made([True, False], [0, 1])
    names = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]
    again = [replace(each, objects=of) for each in (held, failed) for of in names]
    numbered = made([True] * 4 + [False] * 4, [0, 0, 1, 1] * 2)
    assert success(again) == success(numbered)


def test_no_table_of_a_trial_is_one_of_a_data_set() -> None:
    # A seed of [0, 7] is one of [0, 7, 0], too: the objects were others, table and camera were not.
    seen: list[Look] = []
    list(trials(seen.append, [BAR], 3))
    for number, look in enumerate(seen):
        with TableTop([0, number], [BAR]) as table:
            assert not np.allclose(table.camera.pose, look.view.camera.pose)


def test_bins_of_confidence() -> None:
    sure, unsure = made([True, True], [0, 1], 1.0), made([False], [2], 0.05)
    nothing = [replace(unsure[0], grasp=None, outcome=None)]
    table = by_confidence([*sure, *unsure, *nothing])
    assert [(low, high, part.hits, part.of) for low, high, part in table] == [
        (0.0, 0.2, 0, 1),
        (0.8, 1.0, 2, 2),
    ]
