"""Prints: paint that has an outline and no height."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.sim import scene
from grasp_detector.sim.prints import Print, stamp
from grasp_detector.sim.scene import TableTop, View

GREY, RED, INK = (np.array(each, np.float32) for each in ((0.5,) * 3, (0.8, 0, 0), (0, 0, 0)))


def painted(each: Print, points: np.ndarray, facing: int = 2) -> np.ndarray:
    colour = np.tile(GREY, (len(points), 1))
    stamp([each], points.astype(np.float32), facing, colour)
    return colour


@given(
    x=st.floats(-0.1, 0.1),
    y=st.floats(-0.1, 0.1),
    turn=st.floats(0, np.pi),
    oval=st.booleans(),
)
def test_a_print_is_where_it_is_said_to_be(x: float, y: float, turn: float, oval: bool) -> None:
    """Also below and above it: a print has no height."""
    length, breadth = 0.08, 0.02
    each = Print(2, (x, y), turn, (length, breadth), oval, RED, INK, 0.0)
    along = np.array([np.cos(turn), np.sin(turn), 0])
    across = np.array([-np.sin(turn), np.cos(turn), 0])
    centre = np.array([x, y, 0.3])
    inside = [centre, centre + 0.49 * length * along, centre - 0.49 * breadth * across]
    outside = [centre + 0.51 * length * along, centre - 0.51 * breadth * across]
    corner = centre + 0.49 * (length * along + breadth * across)
    np.testing.assert_array_equal(painted(each, np.array(inside)), [RED] * 3)
    np.testing.assert_array_equal(painted(each, np.array(outside)), [GREY] * 2)
    np.testing.assert_array_equal(painted(each, corner[None]), [GREY if oval else RED])
    np.testing.assert_array_equal(painted(each, np.array(inside), facing=0), [GREY] * 3)


def test_words_are_lines_with_spaces() -> None:
    each = Print(2, (0.0, 0.0), 0.0, (0.2, 0.1), False, RED, INK, 0.01)
    y, x = np.mgrid[-0.049:0.05:0.001, -0.099:0.1:0.001]
    colour = painted(each, np.stack([x, y, 0 * x], -1).reshape(-1, 3))
    written = (colour == INK).all(1).reshape(x.shape)
    assert 0.3 < written.mean() < 0.45
    rows = written.mean(1)
    assert rows.min() == 0
    assert 0.6 < rows.max() < 0.9


def view_of(seed: int) -> View:
    with TableTop(seed) as table:
        table.drop("soap")
        table.drop("can")
        return table.render()


def test_prints_change_colours_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Things fall where they fell, and depth knows of no print."""
    seeds = (0, 7, 9, 21)
    printed = [view_of(seed) for seed in seeds]
    monkeypatch.setattr(scene, "table_prints", lambda _: ())
    monkeypatch.setattr(scene, "object_prints", lambda _: ())
    plain = [view_of(seed) for seed in seeds]
    changed = []
    for one, other in zip(printed, plain, strict=True):
        np.testing.assert_array_equal(one.depth, other.depth)
        np.testing.assert_array_equal(one.mask, other.mask)
        differs = (np.abs(one.rgb.astype(int) - other.rgb) > 20).any(-1)
        changed.append([differs[on].mean() > 0.01 for on in (other.mask == 0, other.mask > 0)])
    assert np.any(changed, axis=0).all(), "tables and objects have prints"
    assert not changed[-1][0] and not changed[-1][1], "and some have none"
