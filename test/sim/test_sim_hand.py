"""Physics decides: what holds, what does not, and always the same."""

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.sim.gripper import STANDARD, Gripper, Outcome, Reach
from grasp_detector.sim.hand import Hand
from grasp_detector.sim.objects import Model
from grasp_detector.sim.world import World

SIZE = (0.14, 0.04, 0.05)  # metres: too long for a gripper that opens 0.1
BOX = Model("box", "own", shape="box", size=SIZE)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def put_box(world: World) -> int:
    """The box, at rest in the middle of the table, its length along x."""
    body = world.add(BOX, 1.0)
    world.hang(body, 0.0, 0.0, 0.002, (0.0, 0.0, 0.0))
    world.settle(body)
    return body


def from_above(
    x: float = 0.0, y: float = 0.0, yaw: float = np.pi / 2, opening: float = 0.07, z: float = 0.02
) -> Reach:
    """A gripper whose opening is at an angle ``yaw`` to the box's length."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    rotation = np.array([[cos, sin, 0.0], [sin, -cos, 0.0], [0.0, 0.0, -1.0]])
    return Reach(rotation, np.array([x, y, z]), opening)


CASES = [
    (from_above(), Outcome.HELD),  # across the narrow side
    (from_above(yaw=np.pi / 2 + 0.3), Outcome.HELD),
    (from_above(x=0.04), Outcome.HELD),
    (from_above(yaw=0.0, opening=0.1), Outcome.BLOCKED),  # across the wide one
    (from_above(y=0.035), Outcome.BLOCKED),  # a finger on top
    (from_above(opening=0.03), Outcome.BLOCKED),  # too narrow
    (from_above(y=0.12), Outcome.EMPTY),  # beside it
    (from_above(z=0.06), Outcome.EMPTY),  # above it
    (from_above(z=-0.02), Outcome.BLOCKED),  # into the table
]


@pytest.mark.parametrize(("reach", "outcome"), CASES)
def test_a_box_is_held_across_its_narrow_side_alone(
    world: World, reach: Reach, outcome: Outcome
) -> None:
    body = put_box(world)
    assert Hand(world, STANDARD).attempt(reach, [body]) is outcome


def test_what_is_gripped_too_weakly_is_not_lifted(world: World) -> None:
    body = put_box(world)
    assert Hand(world, Gripper(force=0.3)).attempt(from_above(), [body]) is Outcome.SLIPPED


def test_attempts_do_not_depend_on_those_before(world: World) -> None:
    body = put_box(world)
    hand = Hand(world, STANDARD)
    state = world.save()
    ends = []
    for reach, outcome in (*CASES, *reversed(CASES)):
        world.restore(state)
        assert hand.attempt(reach, [body]) is outcome
        ends.append(world.pose(body))
    for end, again in zip(ends, reversed(ends), strict=True):
        assert end == pytest.approx(again, abs=1e-9)


@pytest.mark.parametrize("tilt", [45.0, 60.0])
def test_a_hand_that_comes_aslant_lifts_aslant(world: World, tilt: float) -> None:
    # At 60 degrees half of the way back is half as high.
    post = Model("post", "own", shape="box", size=(0.05, 0.05, 0.12))
    body = world.add(post, 1.0)
    world.hang(body, 0.0, 0.0, 0.002, (0.0, 0.0, 0.0))
    world.settle(body)
    lean = np.deg2rad(tilt)
    approach = np.array([0.0, np.sin(lean), -np.cos(lean)])
    opening = np.array([1.0, 0.0, 0.0])
    rotation = np.column_stack([opening, np.cross(approach, opening), approach])
    reach = Reach(rotation, np.array([0.0, 0.0, 0.08]), 0.08)
    assert Hand(world, STANDARD).attempt(reach, [body]) is Outcome.HELD


def test_a_held_object_went_up_and_stays_between_the_fingers(world: World) -> None:
    body = put_box(world)
    Hand(world, STANDARD).attempt(from_above(), [body])
    x, y, z = world.pose(body)[:3, 3]
    assert z - SIZE[2] / 2 > 0.08
    assert (abs(x), abs(y)) < (0.02, 0.02)
