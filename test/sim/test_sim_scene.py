"""The simulated table: repeatable, and its colours, depth and mask show the same thing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.detector.pose import gripper_pose
from grasp_detector.errors import InputError
from grasp_detector.sim.camera import HEIGHT, WIDTH
from grasp_detector.sim.candidates import candidates
from grasp_detector.sim.gripper import STANDARD, Outcome
from grasp_detector.sim.objects import HOUSEHOLD, PLAIN, Model, find_models
from grasp_detector.sim.scene import TableTop, View


@pytest.fixture(scope="module")
def scene() -> Iterator[tuple[TableTop, View]]:
    with TableTop(3) as table:
        for name in ("mug", "soap", None):
            table.drop(name)
        yield table, table.render()


def test_picture_has_the_shapes_of_the_contract(scene: tuple[TableTop, View]) -> None:
    _, view = scene
    assert view.rgb.shape == (HEIGHT, WIDTH, 3) and view.rgb.dtype == np.uint8
    assert view.depth.shape == (HEIGHT, WIDTH) and view.depth.dtype == np.float32
    assert view.mask.shape == (HEIGHT, WIDTH) and view.mask.dtype == np.int32


def test_mask_names_the_objects(scene: tuple[TableTop, View]) -> None:
    table, view = scene
    assert set(np.unique(view.mask)) == {0, 1, 2, 3}
    assert list(table.objects) == [1, 2, 3]
    assert (table.objects[1], table.objects[2]) == ("mug", "soap")


def test_objects_are_nearer_than_the_table(scene: tuple[TableTop, View]) -> None:
    _, view = scene
    height = view.camera.points(view.depth)[..., 2]
    assert np.abs(height[view.mask == 0]).max() < 0.001
    for number in (1, 2, 3):
        on_it = height[view.mask == number]
        assert on_it.min() > -0.002
        assert np.median(on_it) > 0.005
        assert on_it.max() < 0.25


def test_objects_lie_in_the_middle(scene: tuple[TableTop, View]) -> None:
    _, view = scene
    for number in (1, 2, 3):
        rows, columns = np.nonzero(view.mask == number)
        assert abs(columns.mean() - WIDTH / 2) < 160
        assert abs(rows.mean() - HEIGHT / 2) < 160
        assert 100 < rows.size < 40_000


def test_objects_stand_out(scene: tuple[TableTop, View]) -> None:
    _, view = scene
    grey = view.rgb.mean(-1)
    assert 90 < grey[view.mask == 0].mean() < 245
    # Shadows: the table is darker near objects than anywhere else.
    assert np.percentile(grey[view.mask == 0], 0.5) < 0.85 * np.median(grey[view.mask == 0])


def test_same_seed_same_picture() -> None:
    def picture(seed: int) -> View:
        with TableTop([seed, 1]) as table:
            table.drop()
            return table.render()

    first, again, other = picture(5), picture(5), picture(6)
    assert (first.rgb == again.rgb).all()
    assert (first.depth == again.depth).all()
    assert (first.mask == again.mask).all()
    assert (first.rgb != other.rgb).mean() > 0.5


@pytest.mark.parametrize(
    "model", (*HOUSEHOLD, PLAIN[0], PLAIN[100], PLAIN[160]), ids=lambda model: model.name
)
def test_objects_of_every_shape_can_be_dropped(model: Model) -> None:
    with TableTop(8, [model]) as table:
        assert table.drop() == 1
        assert table.objects == {1: model.name}


def test_a_large_object_is_painted_whole() -> None:
    # More pixels than OpenCV takes in a row.
    with TableTop(8, [Model("slab", "own", shape="box", size=(0.28, 0.28, 0.05))]) as table:
        table.drop()
        assert (table.render().mask == 1).sum() > 10_000


def test_what_is_no_urdf_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.urdf"
    path.write_text("no robot")
    model = Model("broken", "own", str(path))
    with TableTop(0, [model]) as table, pytest.raises(InputError, match=r"broken\.urdf' cannot be"):
        table.drop()


def test_unknown_object_is_refused() -> None:
    with TableTop() as table, pytest.raises(InputError, match="no object is named 'unicorn'"):
        table.drop("unicorn")


def test_missing_pybullet_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pybullet", None)
    with pytest.raises(InputError, match="needs PyBullet") as caught:
        TableTop()
    assert "\n" not in str(caught.value)


def test_a_model_in_millimetres_is_told(tmp_path: Path) -> None:
    path = tmp_path / "box.urdf"
    shape = '<geometry><box size="50 30 20"/></geometry>'
    path.write_text(
        '<robot name="box"><link name="box"><inertial><mass value="0.1"/>'
        '<inertia ixx="1e-4" ixy="0" ixz="0" iyy="1e-4" iyz="0" izz="1e-4"/></inertial>'
        f"<visual>{shape}</visual><collision>{shape}</collision></link></robot>"
    )
    with (
        TableTop(0, [Model("box", "own", str(path))]) as table,
        pytest.raises(InputError, match=r"box\.urdf' is 50\S* m long.*in metres\?"),
    ):
        table.drop()


def test_what_was_tried_before_changes_nothing() -> None:
    # A cup of many pieces, on a table where Bullet's memory of earlier touches once told.
    with TableTop([3, 3], find_models("train")) as table:
        for _ in range(3):
            table.drop()
        view, rng = table.render(), np.random.default_rng(0)
        poses = [
            gripper_pose(grasp, view.depth, view.camera.intrinsics)
            for number in table.objects
            for grasp in candidates(view, number, 10, STANDARD, rng)
        ]
        found: dict[int, Outcome] = {}
        for index in (15, 21, 16, 7, 1, 3, 28, 15, 28, 3, 1, 7, 16, 21):
            pose = poses[index]
            assert pose is not None
            outcome = table.attempt(pose)
            assert found.setdefault(index, outcome) is outcome
