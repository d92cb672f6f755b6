"""Grasps are moved and opened where fingers have room, and those without room come last."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from grasp_detector.detector import Grasp, GripperPose, Intrinsics
from grasp_detector.detector.clearance import Fingers, fit_fingers, with_room
from grasp_detector.detector.pose import gripper_pose
from grasp_detector.detector.selection import (
    ELSEWHERE,
    LIKE_ANOTHER,
    NO_POSE,
    NO_ROOM,
    Candidates,
    Chosen,
    Wanted,
    choose,
)
from grasp_detector.errors import InputError
from grasp_detector.geometry import matrix_to_quaternion
from grasp_detector.rgbd import Region

CAMERA = Intrinsics(500.0, 500.0, 319.5, 239.5)
TABLE = 0.8
FINGERS = Fingers()
FIRM = pytest.approx(0.8**0.25)  # of a network that says 0.8, where all of the plates would hold


def table(*boxes: tuple[float, float, float, float, float]) -> NDArray[np.uint16]:
    """Depth of a level table with boxes: their middle, edges and height in metres."""
    depth = np.full((480, 640), TABLE)
    for x, y, wide, long, high in sorted(boxes, key=lambda box: box[4]):
        u, v = ((c + CAMERA.fx * p / (TABLE - high)) for c, p in ((CAMERA.cx, x), (CAMERA.cy, y)))
        half_u, half_v = (CAMERA.fx * edge / 2 / (TABLE - high) for edge in (wide, long))
        rows, columns = np.indices(depth.shape)
        depth[(np.abs(columns - u) <= half_u) & (np.abs(rows - v) <= half_v)] = TABLE - high
    return np.rint(1000 * depth).astype(np.uint16)


def grasp(
    depth: NDArray, x: float, y: float, w: float, theta: float = 0.0, class_id: int = -1
) -> Grasp:
    """A grasp at metres on the table, its opening ``w`` metres there."""
    pixels = CAMERA.fx / (TABLE - 0.04)
    five = np.array([CAMERA.cx + pixels * x, CAMERA.cy + pixels * y, theta, 16.0, pixels * w])
    pose = gripper_pose(five, depth, CAMERA)
    u, v, turn, h, wide = five.tolist()
    return Grasp(u, v, turn, h, wide, 0.8, class_id, pose=pose)


@pytest.mark.parametrize("theta", [0.0, -1.2, 0.7])
@pytest.mark.parametrize("place", [(0.0, 0.0), (0.15, -0.1)])
def test_jaws_that_would_land_on_the_object_are_opened_and_centred(
    theta: float, place: tuple[float, float]
) -> None:
    # A disc is as wide in every direction: 50 mm.
    depth = table()
    rows, columns = np.indices(depth.shape)
    x, y = (c + CAMERA.fx * p / 0.76 for c, p in zip((CAMERA.cx, CAMERA.cy), place, strict=True))
    depth[np.hypot(columns - x, rows - y) < CAMERA.fx * 0.025 / 0.76] = 760
    beside = 0.008 * np.array([np.cos(theta), np.sin(theta)])
    given = grasp(depth, place[0] + beside[0], place[1] + beside[1], 0.05, theta)
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    assert found.pose is not None
    assert 0.5 < found.confidence <= 0.8**0.25  # a disc is round
    assert 0.054 <= found.pose.opening <= 0.07
    assert found.pose.position == pytest.approx((*place, 0.76), abs=0.005)
    # The picture's rectangle is the pose's.
    assert (found.x, found.y) == pytest.approx((x, y), abs=3)
    assert found.theta == pytest.approx(theta, abs=0.02)
    assert found.w == pytest.approx(CAMERA.fx / 0.76 * found.pose.opening, rel=0.02)


def test_what_has_room_stays_where_it_is() -> None:
    depth = table((0.0, 0.0, 0.04, 0.1, 0.04))
    given = grasp(depth, 0.0, 0.0, 0.06)
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    assert found.pose is not None and given.pose is not None
    assert found.pose.opening == pytest.approx(given.pose.opening, abs=0.003)
    assert found.pose.position == pytest.approx(given.pose.position, abs=0.003)
    assert found.confidence == FIRM


def test_a_neighbour_in_the_way_makes_another_grasp_the_best() -> None:
    # Both sides of the first box are taken by others as high, 6 mm away.
    beside = [(side * 0.046, 0.0, 0.04, 0.1, 0.04) for side in (-1, 1)]
    boxes = [(0.0, 0.0, 0.04, 0.1, 0.04), *beside, (0.0, 0.15, 0.04, 0.06, 0.03)]
    depth = table(*boxes)
    shut, open_ = grasp(depth, 0.0, 0.0, 0.06, class_id=1), grasp(depth, 0.0, 0.15, 0.06)
    first, last = with_room([shut, open_], depth, CAMERA, FINGERS)
    assert (first.class_id, first.confidence) == (-1, FIRM)
    assert last.class_id == 1
    assert last.confidence < 0.2


def test_too_wide_for_the_gripper_is_no_grasp() -> None:
    depth = table((0.0, 0.0, 0.09, 0.09, 0.04))
    given = grasp(depth, 0.0, 0.0, 0.09)
    assert with_room([given], depth, CAMERA, Fingers(opening=0.08))[0].confidence == 0.0
    assert with_room([given], depth, CAMERA, Fingers(opening=0.12))[0].confidence == FIRM


@pytest.mark.parametrize("opening", [0.04, 0.06, 0.11, 0.15])
def test_a_grasp_that_is_closed_to_the_gripper_s_opening_is_not_too_wide(opening: float) -> None:
    depth = table((0.0, 0.0, opening - 0.02, 0.1, 0.04))
    pixels = CAMERA.fx / (TABLE - 0.04)
    for beside in np.arange(-8.0, 9.0):
        five = [CAMERA.cx + beside, CAMERA.cy, 0.0, 16.0, pixels * (opening + 0.02)]
        candidate = Candidates(np.array([five]), np.array([0.9]), np.array([-1]))
        wanted = Wanted(max_opening=opening, fingers=Fingers(opening))
        assert len(choose(candidate, wanted, depth, CAMERA, ()).grasps) == 1


def test_the_flatter_the_object_the_less_room() -> None:
    rooms = []
    for height in (0.004, 0.01, 0.015, 0.05):
        depth = table((0.0, 0.0, 0.04, 0.1, height))
        pose = grasp(depth, 0.0, 0.0, 0.06).pose
        assert pose is not None
        rooms.append(fit_fingers(pose, (depth / 1000).astype(np.float32), CAMERA, FINGERS).depth)
    assert rooms == pytest.approx([0.004, 0.01, 0.015, FINGERS.reach], abs=0.0015)


def test_slanted_sides_are_trusted_less_than_square_ones() -> None:
    depth = table()
    rows, columns = np.indices(depth.shape)
    bar = np.abs((columns - 320) * np.cos(0.6) + (rows - 240) * np.sin(0.6)) < 15
    depth[bar & (np.abs(rows - 240) < 60)] = 760
    square, slanted = (grasp(depth, 0.0, 0.0, 0.065, theta) for theta in (0.6, 0.0))
    first, last = with_room([slanted, square], depth, CAMERA, FINGERS)
    assert first.theta == pytest.approx(0.6, abs=0.02) and first.confidence > 0.9
    assert last.confidence < 0.6


def roof(slope: float) -> NDArray[np.uint16]:
    """Depth of a bar 60 mm wide and 60 mm high at its ridge, whose sides sink by ``slope``."""
    depth = table()
    rows, columns = np.indices(depth.shape)
    beside = np.abs(columns - CAMERA.cx) * 0.74 / CAMERA.fx
    bar = (beside < 0.03) & (np.abs(rows - CAMERA.cy) < 60)
    depth[bar] = 1000 * (TABLE - 0.06 + np.minimum(slope * beside, 0.058))[bar]
    return depth


@pytest.mark.parametrize("slope", [0.8, 1.0, 1.4])
def test_a_roof_is_no_grip(slope: float) -> None:
    # Deep enough, and touched all along: but plates push such sides down, out of the hand.
    depth = roof(slope)
    given = grasp(depth, 0.0, 0.0, 0.08)
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    (flat,) = with_room([given], roof(0.0), CAMERA, FINGERS)
    assert found.confidence < 0.3 < 0.9 < flat.confidence


def test_the_steeper_its_sides_the_better_something_is_held() -> None:
    held = []
    for slope in (0.0, 2.0, 3.0, 6.0, 12.0):
        depth = roof(slope)
        given = grasp(depth, 0.0, 0.0, 0.08)
        held.append(with_room([given], depth, CAMERA, FINGERS)[0].confidence)
    assert held[0] == FIRM
    assert held[1:] == sorted(held[1:]) and held[1] < held[-1] <= held[0]


def test_a_slope_seen_obliquely_is_not_taken_hold_of_at_its_edge() -> None:
    # The front and the top of a box much larger than the gripper, each at 45 degrees.
    depth = np.full((480, 640), 1.2)
    rows, columns = np.indices(depth.shape)
    v = np.abs(rows - CAMERA.cy) * 0.7 / CAMERA.fx
    box = (v < 0.15) & (np.abs(columns - CAMERA.cx) < 150)
    depth[box] = (0.7 + v)[box]
    small = (np.abs(columns - 100) < 16) & (np.abs(rows - CAMERA.cy) < 40)
    depth[small] = 0.7
    millimetres = np.rint(1000 * depth).astype(np.uint16)
    edge = grasp(millimetres, 0.0, 0.0, 0.07, np.pi / 2, class_id=1)
    aside = (100 - CAMERA.cx) / CAMERA.fx * (TABLE - 0.04)
    bar = replace(grasp(millimetres, aside, 0.0, 0.07), confidence=0.2)
    first, last = with_room([edge, bar], millimetres, CAMERA, FINGERS)
    assert (first.class_id, last.class_id) == (-1, 1)
    assert first.confidence > 0.5 > 0.2 > last.confidence


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.2, 0.1), (-0.2, 0.1), (-0.12, -0.14)])
@pytest.mark.parametrize("theta", [0.0, np.pi / 2])
def test_what_towers_above_the_table_is_held_at_the_picture_s_edge_as_in_its_middle(
    place: tuple[float, float], theta: float
) -> None:
    # The table beside it is seen far aside: but the way there is free where it is seen through.
    depth = table((*place, 0.05, 0.05, 0.25))
    pixels = CAMERA.fx / (TABLE - 0.25)
    x, y = CAMERA.cx + pixels * place[0], CAMERA.cy + pixels * place[1]
    given = Grasp(x, y, theta, 0.025 * pixels, 0.07 * pixels, 0.8)
    five = given.five
    given = replace(given, pose=gripper_pose(five, depth, CAMERA))
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    assert found.confidence == FIRM


def test_what_nothing_would_hold_stays_where_it_was_in_its_order() -> None:
    depth = table()
    given = [replace(grasp(depth, x, 0.0, 0.06), class_id=n) for n, x in enumerate((0.0, 0.1))]
    found = with_room(given, depth, CAMERA, FINGERS)
    assert found == [replace(each, confidence=0.0) for each in given]


def test_a_rim_between_the_plates_is_what_is_held() -> None:
    # A cup's wall, 6 mm thick and 50 mm high, on whose inside there is room, too.
    depth = table((0.0, 0.0, 0.006, 0.1, 0.05))
    given = grasp(depth, 0.0, 0.0, 0.04)
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    assert found.pose is not None
    assert found.pose.depth == pytest.approx(0.75, abs=0.002)
    assert found.confidence == FIRM


def test_shadows_and_stray_pixels_are_borne_and_darkness_is_not_trusted() -> None:
    box = (0.0, 0.0, 0.04, 0.1, 0.04)
    depth = table(box)
    given = grasp(depth, 0.0, 0.0, 0.06)
    depth[:, 334:340] = 0  # a shadow, 9 mm wide, along the right edge of the box
    depth[239, 345] = 500
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    assert found.confidence == FIRM
    depth[:, 334:] = 0
    (found,) = with_room([given], depth, CAMERA, FINGERS)
    assert found.confidence == 0.0


def test_a_plane_that_leans_behind_the_camera_is_borne() -> None:
    depth = table()
    half = float(np.sqrt(0.5))
    steep = GripperPose((0.0, 0.0, 0.1), (half, 0.0, 0.0, half), 0.06, 0.02, 0.1)
    given = replace(grasp(depth, 0.0, 0.0, 0.06), pose=steep)
    (found,) = with_room([given], depth, CAMERA, Fingers(opening=0.25, plate=0.19))
    assert 0.0 <= found.confidence <= 0.8 and np.isfinite([found.x, found.y, found.w]).all()


@pytest.mark.parametrize("lean", [0.0, 25.0, 47.0])
def test_fingers_that_come_along_a_leaning_normal_have_their_room(lean: float) -> None:
    # A bar across a slope; the pose stands square on its upper face. What is seen is computed ray
    # by ray: the nearer of slope and bar.
    tilt = np.deg2rad(lean)
    down = np.array([np.sin(tilt), 0.0, np.cos(tilt)])
    along = np.array([np.cos(tilt), 0.0, -np.sin(tilt)])
    turn = np.column_stack([along, np.cross(down, along), down])
    middle, high, wide = np.array([0.0, 0.0, 0.7]), 0.04, 0.04
    rows, columns = np.indices((480, 640))
    rays = np.stack(
        [(columns - CAMERA.cx) / CAMERA.fx, (rows - CAMERA.cy) / CAMERA.fy, np.ones(rows.shape)], -1
    )
    slope = ((middle + high * down) @ down) / (rays @ down)
    # The bar's box, in whose frame a ray goes from the eye.
    eye, ways = -middle @ turn, rays @ turn
    ends = np.array([[-wide / 2, -0.2, 0.0], [wide / 2, 0.2, high]])
    with np.errstate(divide="ignore"):
        meets = (ends[:, None, None] - eye) / ways
    enter, leave = meets.min(0).max(-1), meets.max(0).min(-1)
    metres = np.where(enter < leave, np.minimum(enter, slope), slope).astype(np.float32)
    orientation = matrix_to_quaternion(turn)
    pose = GripperPose((0.0, 0.0, 0.7), orientation, 0.06, 0.02, 0.7)
    given = Grasp(CAMERA.cx, CAMERA.cy, 0.0, 16.0, 40.0, 0.8, pose=pose)
    (found,) = with_room([given], metres, CAMERA, FINGERS)
    assert found.confidence > 0.8 * 0.8**0.25
    assert found.pose is not None
    # Where the bar hides the slope beside it, the gripper keeps to what is seen.
    assert found.pose.position == pytest.approx((0.0, 0.0, 0.7), abs=0.011)
    assert wide < found.pose.opening <= FINGERS.opening


def test_what_has_no_pose_stays_as_it_is() -> None:
    given = Grasp(300.0, 200.0, 0.0, 16.0, 40.0, 0.5)
    assert with_room([given], table(), CAMERA, FINGERS) == [given]


def test_what_has_no_pose_comes_after_what_has_room() -> None:
    # A cupboard behind the table, where the camera measures nothing, looks sure; a box has room,
    # and another is too wide.
    depth = table((0.0, 0.0, 0.04, 0.1, 0.04), (0.0, 0.18, 0.2, 0.1, 0.04))
    unknown = Grasp(100.0, 100.0, 0.0, 16.0, 40.0, 0.95)
    boxes = [grasp(depth, 0.0, y, 0.06) for y in (0.0, 0.18)]
    first, second, last = with_room([unknown, *boxes], depth, CAMERA, FINGERS)
    assert first.pose is not None and first.confidence > 0.5
    assert second == replace(unknown, confidence=first.confidence)
    assert last.pose is not None and last.confidence == 0.0


def test_fingers_that_no_gripper_has() -> None:
    with pytest.raises(InputError, match="thickness is 0 m"):
        Fingers(thickness=0.0)


def test_the_detector_s_choice_asks_for_room_where_fingers_are_named() -> None:
    beside = [(side * 0.046, 0.0, 0.04, 0.1, 0.04) for side in (-1, 1)]
    depth = table((0.0, 0.0, 0.04, 0.1, 0.04), *beside, (0.0, 0.15, 0.04, 0.06, 0.03))
    shut, open_ = grasp(depth, 0.0, 0.0, 0.06), grasp(depth, 0.0, 0.15, 0.06)
    rows = [each.five for each in (shut, open_)]
    candidates = Candidates(np.array(rows), np.array([0.9, 0.6]), np.array([-1, -1]))

    def choice(**wanted: Any) -> Chosen:
        return choose(candidates, Wanted(**wanted), depth, CAMERA, ())

    assert choice(max_grasps=1).grasps[0].confidence == 0.9
    (found,) = choice(max_grasps=1, fingers=FINGERS).grasps
    assert (found.x, found.y) == pytest.approx((open_.x, open_.y), abs=2)
    asked = choice(min_confidence=0.5, fingers=FINGERS)
    assert [each.confidence for each in asked.grasps] == [pytest.approx(0.6**0.25)]
    assert asked.removed == {NO_ROOM: 1}
    # What is opened wider than may be is not given, and what is opened wide enough is.
    narrow = choice(fingers=FINGERS, max_opening=0.045, min_confidence=0.5)
    assert narrow.grasps == []
    assert found.pose is not None
    proposed = replace(candidates, grasps=candidates.grasps * (1, 1, 1, 1, 0.5))
    wide = Wanted(fingers=FINGERS, min_opening=0.04, min_confidence=0.5)
    (opened,) = choose(proposed, wide, depth, CAMERA, ()).grasps
    assert opened.pose is not None
    assert opened.pose.opening >= 0.04


def test_what_was_not_looked_at_is_not_said_to_have_no_room() -> None:
    # A low box hardly gives hold; of what is surer no depth is known.
    depth = table((0.0, 0.0, 0.04, 0.1, 0.009))
    depth[:100, :100] = 0
    low = grasp(depth, 0.0, 0.0, 0.06)
    rows = [[50.0, 50.0, 0.0, 16.0, 40.0], low.five.tolist()]
    candidates = Candidates(np.array(rows), np.array([0.9, 0.8]), np.array([-1, -1]))
    given = choose(candidates, Wanted(min_confidence=0.5, fingers=FINGERS), depth, CAMERA, ())
    assert given.grasps == []
    assert given.removed == {NO_ROOM: 1, NO_POSE: 1}


def test_what_was_moved_is_in_the_region_and_says_something_new() -> None:
    # One block, and grasps beside its middle, which are not alike; both are moved to it.
    depth = table((0.0, 0.0, 0.04, 0.3, 0.04))
    beside = [grasp(depth, side * 0.016, 0.0, 0.03) for side in (-1, 1)]
    rows = np.array([each.five for each in beside])
    candidates = Candidates(rows, np.array([0.9, 0.8]), np.array([-1, -1]))
    assert len(choose(candidates, Wanted(), depth, CAMERA, ()).grasps) == 2
    given = choose(candidates, Wanted(fingers=FINGERS), depth, CAMERA, ())
    assert len(given.grasps) == 1
    assert given.removed == {LIKE_ANOTHER: 1}
    left = Region(0, 0, round(rows[0, 0]) + 3, 480)
    there = choose(candidates, Wanted(fingers=FINGERS, region=left), depth, CAMERA, ())
    assert there.grasps == []
    assert there.removed == {ELSEWHERE: 2}
