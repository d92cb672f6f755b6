"""Which grasps are given, and what is said of the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.detector import Intrinsics
from grasp_detector.detector.selection import (
    ELSEWHERE,
    LIKE_ANOTHER,
    NO_POSE,
    OUTSIDE,
    TOO_MANY,
    UNSURE,
    WIDTH,
    Candidates,
    Chosen,
    Wanted,
    Workspace,
    choose,
)
from grasp_detector.errors import InputError
from grasp_detector.geometry import Rigid, alike
from grasp_detector.rgbd import Region

CAMERA = Intrinsics(500.0, 500.0, 319.5, 239.5)
DEPTH = np.full((480, 640), 1.0)  # a table at 1 m: 500 pixels are a metre
# Across one bar, the second hardly another one than the first; one elsewhere, and an unsure one.
ROWS = [
    (100, 100, 0.0, 20, 60, 0.9),
    (102, 101, 0.1, 20, 30, 0.8),
    (400, 300, 1.0, 20, 40, 0.7),
    (500, 400, 1.0, 20, 20, 0.05),
]
CANDIDATES = Candidates(
    np.array([row[:5] for row in ROWS], float),
    np.array([row[5] for row in ROWS]),
    np.array([0, 1, -1, 0]),
)


def chosen(wanted: Wanted, depth: np.ndarray | None = DEPTH) -> Chosen:
    return choose(CANDIDATES, wanted, depth, CAMERA, ("cup", "pen"))


def test_of_like_grasps_the_surest_is_given() -> None:
    found = chosen(Wanted())
    assert [(each.x, each.class_name, each.class_id) for each in found.grasps] == [
        (100, "cup", 0),
        (400, "", -1),
    ]
    assert found.removed == {UNSURE: 1, LIKE_ANOTHER: 1}
    assert found.surest == 0.9
    pose = found.grasps[0].pose
    assert pose is not None
    assert pose.opening == pytest.approx(0.12)


@given(st.integers(0, 40), st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_the_surest_of_each_place_is_given(count: int, limit: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    stack = rng.uniform([0, 0, -2, 5, 5], [60, 60, 2, 60, 60], (count, 5))
    candidates = Candidates(stack, rng.permutation(count) / 100, np.full(count, -1))

    def given_indices(limit: int) -> list[int]:
        wanted = Wanted(min_confidence=0.0, max_grasps=limit)
        found = choose(candidates, wanted, None, None, ()).grasps
        return [int(np.flatnonzero(candidates.confidence == each.confidence)[0]) for each in found]

    every = given_indices(max(count, 1))
    assert given_indices(limit) == every[:limit]
    assert (np.diff(candidates.confidence[every]) < 0).all()
    for k in every:
        assert alike(stack[every], stack[k]).sum() == 1, "only itself"
    # Whatever was dropped has a surer grasp beside it.
    for index in set(range(count)) - set(every):
        surer = [k for k in every if candidates.confidence[k] > candidates.confidence[index]]
        assert alike(stack[surer], stack[index]).any()


@pytest.mark.parametrize(
    ("wanted", "given", "removed"),
    [
        (Wanted(max_grasps=1), [100], {UNSURE: 1, LIKE_ANOTHER: 1, TOO_MANY: 1}),
        (Wanted(min_confidence=0.85), [100], {UNSURE: 3}),
        (Wanted(min_confidence=0.0), [100, 400, 500], {LIKE_ANOTHER: 1}),
        (Wanted(overlap=1.0), [100, 102, 400], {UNSURE: 1}),
        (
            Wanted(region=Region(390, 290, 20, 20)),
            [400],
            {UNSURE: 1, ELSEWHERE: 2},
        ),
        # What is too wide does not take the place of what is not.
        (Wanted(max_opening=0.1), [102, 400], {UNSURE: 1, WIDTH: 1}),
        (Wanted(min_opening=0.07), [100, 400], {UNSURE: 1, LIKE_ANOTHER: 1}),
        (Wanted(max_opening=0.01), [], {UNSURE: 1, WIDTH: 3}),
        (
            Wanted(workspace=Workspace((0.0, 0.0, 0.0), (1.0, 1.0, 2.0))),
            [400],
            {UNSURE: 1, OUTSIDE: 2},
        ),
    ],
)
def test_filters(wanted: Wanted, given: list[float], removed: dict[str, int]) -> None:
    found = chosen(wanted)
    assert [each.x for each in found.grasps] == given
    assert found.removed == removed


def test_the_workspace_is_in_its_own_frame() -> None:
    """The camera hangs 1.2 m above the table's frame and looks down."""
    camera = Rigid.from_quaternion([0.0, 0.0, 1.2], [1.0, 0.0, 0.0, 0.0])
    # Of the table: x as in the picture, y up in it; the table lies at z = 0.2.
    box = Workspace((-1.0, 0.0, 0.1), (0.0, 1.0, 0.3), camera)
    assert [each.x for each in chosen(Wanted(workspace=box)).grasps] == [100]
    above = Workspace((-1.0, -1.0, 0.25), (1.0, 1.0, 0.5), camera)
    assert chosen(Wanted(workspace=above)).grasps == []


@pytest.mark.parametrize("depth", [None, np.zeros((480, 640))])
def test_without_a_pose_only_what_needs_one_is_refused(depth: np.ndarray | None) -> None:
    found = chosen(Wanted(), depth)
    assert [each.pose for each in found.grasps] == [None, None]
    assert chosen(Wanted(max_opening=0.1), depth).removed == {UNSURE: 1, NO_POSE: 3}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(min_confidence=0.95), "the surest has a confidence of 0.9"),
        (Wanted(max_opening=0.01), "3 opening outside min_opening to max_opening"),
        (
            Wanted(region=Region(390, 290, 20, 20), max_opening=0.01),
            "2 outside the region, 1 opening outside min_opening to max_opening",
        ),
        (
            Wanted(region=Region(490, 390, 20, 20)),
            "3 outside the region, the surest in it has a confidence of 0.05",
        ),
    ],
)
def test_why_there_are_none(wanted: Wanted, words: str) -> None:
    found = chosen(wanted)
    assert found.grasps == []
    assert found.why_none() == words


def test_of_nothing_nothing() -> None:
    nothing = Candidates(np.empty((0, 5)), np.empty(0), np.empty(0, np.int64))
    assert choose(nothing, Wanted(), DEPTH, CAMERA, ()) == Chosen([])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"max_grasps": 0}, "max_grasps is 0: at least 1 is needed"),
        ({"min_confidence": float("nan")}, "min_confidence is nan: 0 to 1 is possible"),
        ({"overlap": -1.0}, "overlap is -1: 0 to 1 is possible"),
        ({"crop_size": 0.0}, "crop_size is 0: above 0 to 1 is possible"),
        ({"crop_size": float("nan")}, "crop_size is nan: above 0 to 1 is possible"),
        ({"approach": "above"}, "unknown approach 'above': choose axis or normal"),
        ({"min_opening": 0.1, "max_opening": 0.05}, "min_opening is 0.1 m, more than max_opening"),
    ],
)
def test_what_cannot_be_wanted(values: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Wanted(**values)
