"""Labels lie where the object is, and what is labelled held is held."""

import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.errors import InputError
from grasp_detector.geometry import angle_difference
from grasp_detector.sim.gripper import STANDARD
from grasp_detector.sim.labels import Recipe, Scene, make_scene
from grasp_detector.sim.objects import Model

LONG = Model("long", "own", shape="box", size=(0.16, 0.03, 0.04))
FLAT = Model("flat", "own", shape="cylinder", size=(0.06, 0.05))


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(Recipe((LONG,), attempts=120), 0)


@pytest.fixture(scope="module")
def clutter() -> Scene:
    return make_scene(Recipe((LONG, FLAT), clutter=3, attempts=30), 5)


def test_a_slanted_look_is_labelled_too() -> None:
    seen = [make_scene(Recipe((LONG,), attempts=40, tilt=60.0), number) for number in range(3)]
    axes = [scene.view.camera.pose[:3, 2] for scene in seen]
    tilts = np.rad2deg([np.arccos(-axis[2]) for axis in axes])
    assert 15 < tilts.max() <= 60
    # From its side, too, a box is held across.
    (steepest,) = (scene for scene, tilt in zip(seen, tilts, strict=True) if tilt == tilts.max())
    assert sum(label.held for label in steepest.labels) >= 5


@pytest.mark.parametrize("tilt", (-1.0, 61.0, np.nan))
def test_a_tilt_has_its_limits(tilt: float) -> None:
    with pytest.raises(InputError, match="0 to 60 are expected"):
        Recipe((LONG,), tilt=tilt)


def along(grasp: np.ndarray, share: float) -> tuple[int, int]:
    """Row and column of a point on the opening axis, ``share`` openings from the centre."""
    x, y, theta, _, w = grasp
    return round(y + share * w * np.sin(theta)), round(x + share * w * np.cos(theta))


def test_positives_lie_on_the_object_and_reach_over_it(scene: Scene) -> None:
    mask = scene.view.mask
    held = [label for label in scene.labels if label.held]
    assert 30 < len(held) < 120
    near = [mask[along(label.grasp, share)] > 0 for label in held for share in (-0.1, 0.0, 0.1)]
    # Not all: what lies partly between the plates is pulled to their middle, and held.
    assert np.mean(near) > 0.9
    # Beyond the plates is table: they are on both sides of the object.
    outside = [mask[along(label.grasp, share)] == 0 for label in held for share in (-0.5, 0.5)]
    assert np.mean(outside) > 0.95


def test_a_long_box_is_held_across_its_narrow_side(scene: Scene) -> None:
    rows, columns = np.nonzero(scene.view.mask)
    _, axes = np.linalg.eigh(np.cov(columns, rows))
    narrow = np.arctan2(axes[1, 0], axes[0, 0])
    off = np.array([angle_difference(label.grasp[2], narrow) for label in scene.labels])
    held = np.array([label.held for label in scene.labels])
    assert held[off < np.deg2rad(10)].mean() > 0.6
    assert not held[off > np.deg2rad(60)].any()
    assert (off > np.deg2rad(60)).sum() >= 3


def test_rectangles_are_the_gripper_s(scene: Scene) -> None:
    focal, depth = scene.view.camera.intrinsics.fx, np.median(scene.view.depth[scene.view.mask > 0])
    for label in scene.labels:
        _, _, theta, h, w = label.grasp
        assert -np.pi / 2 <= theta < np.pi / 2
        assert h == pytest.approx(STANDARD.plate * focal / depth, rel=0.15)
        assert w < STANDARD.opening * focal / depth * 1.15


def test_every_object_of_a_cluttered_table_is_tried(clutter: Scene) -> None:
    tried = [label.number for label in clutter.labels]
    assert sorted(set(tried)) == sorted(clutter.objects) == [1, 2, 3]
    assert min(tried.count(number) for number in clutter.objects) >= 8


def test_the_same_number_is_the_same_scene(clutter: Scene) -> None:
    recipe = Recipe((LONG, FLAT), clutter=3, attempts=30)
    again = make_scene(recipe, 5)
    assert (again.rgb == clutter.rgb).all()
    assert (again.depth == clutter.depth).all()
    assert [label.outcome for label in again.labels] == [x.outcome for x in clutter.labels]
    assert all(
        (a.grasp == b.grasp).all() for a, b in zip(again.labels, clutter.labels, strict=True)
    )
    assert (make_scene(recipe, 6).rgb != clutter.rgb).any()
