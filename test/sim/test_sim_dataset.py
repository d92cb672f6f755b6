"""Data sets that any reader of the layout reads, and that a kill does not spoil."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.data import read_dataset
from grasp_detector.errors import InputError
from grasp_detector.sim.dataset import list_objects, make_dataset, read_outcomes, rectangles
from grasp_detector.sim.labels import Recipe, make_scene
from grasp_detector.sim.objects import find_models

SCENES, ATTEMPTS = 4, 8


def recipe(seed: int = 0) -> Recipe:
    return Recipe(find_models("train"), 1, ATTEMPTS, seed)


def make(folder: Path, scenes: int = SCENES, seed: int = 0) -> list[int]:
    """Numbers of the scenes that were made just now."""
    return [m.number for m in make_dataset(recipe(seed), "train", scenes, folder) if m.trying]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    make(folder)
    return folder


def test_what_was_written_is_read(folder: Path) -> None:
    samples = {sample.name: sample for sample in read_dataset(folder)}
    assert len(samples) >= SCENES - 1  # one without a positive would be left out
    for number in (0, SCENES - 1):
        scene, sample = make_scene(recipe(), number), samples.get(f"{number:04}")
        if sample is None:
            continue
        assert (sample.rgb() == scene.rgb).all()
        depth = sample.depth()
        assert depth is not None and depth.dtype == np.float32
        assert depth == pytest.approx(scene.depth / 1000.0, abs=1e-6)
        for read, held in ((sample.grasps, True), (sample.negatives, False)):
            made = [label.grasp for label in scene.labels if label.held is held]
            assert read == pytest.approx(np.reshape(made, (-1, 5)), abs=0.01)
        (name,) = (name.replace(" ", "_") for name in scene.objects.values())
        assert sample.object_id == name
        assert sample.object_name and name.startswith(sample.object_name)
        assert not sample.object_name[-1].isdigit()


def test_what_a_set_was_made_with_is_told(folder: Path) -> None:
    about = yaml.safe_load((folder / "simulation.yaml").read_text())
    assert (about["objects"], about["seed"], about["attempts"]) == ("train", 0, ATTEMPTS)
    assert about["gripper"]["opening"] == 0.1
    scene = yaml.safe_load((folder / "00" / "pcd0001.yaml").read_text())
    assert len(scene["attempts"]) == len(make_scene(recipe(), 1).labels)
    assert np.shape(scene["camera"]) == (4, 4)


def test_a_killed_run_goes_on_to_the_same(
    folder: Path,
    tmp_path: Path,
    top: Path,
    soon: Callable[..., Any],
    group_ends: Callable[..., bool],
) -> None:
    program = "from grasp_detector.cli import main; main()"
    command = (
        f"simulate data --output {tmp_path} --scenes {SCENES} --attempts {ATTEMPTS} --workers 2"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, *command.split()], cwd=top, start_new_session=True
    )
    soon(lambda: list(tmp_path.glob("00/pcd*.yaml")))
    process.kill()
    process.wait()
    assert group_ends(process.pid, 60.0), "workers outlive a killed run"
    there = len(list(tmp_path.glob("00/pcd*.yaml")))
    assert 1 <= there < SCENES
    assert len(make(tmp_path)) == SCENES - there
    assert contents(tmp_path) == contents(folder)


def test_more_scenes_are_added_to_those_that_are_there(folder: Path, tmp_path: Path) -> None:
    assert make(tmp_path, 1) == [0]
    assert make(tmp_path, 2) == [1]
    assert make(tmp_path, 2) == []
    assert len((tmp_path / "z.txt").read_text().splitlines()) == 2
    scene = "00/pcd0001cpos.txt"
    assert contents(tmp_path)[scene] == contents(folder)[scene]


def test_fewer_scenes_take_nothing_away(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    assert make(tmp_path / "copy", scenes=1) == []
    assert contents(tmp_path / "copy") == contents(folder)


def test_a_damaged_scene_is_made_again(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for number, damage in ((1, b"attempts: ["), (2, b""), (3, b"\xff\xfe\xfd")):
        (copy / "00" / f"pcd{number:04}.yaml").write_bytes(damage)
    assert make(copy) == [1, 2, 3]
    assert contents(copy) == contents(folder)


@pytest.mark.parametrize(
    "damage",
    [
        "objects: [x]\nattempts: [{outcome: flew away}]",
        "objects: [x]\nattempts: 7",
        "objects: [x]\nattempts: [7]",
        "objects: [7]\nattempts: []",
        "objects: 7\nattempts: []",
        "objects: x\nattempts: []",
        "objects: [x]\nattempts: [{}]",
        "[]",
    ],
)
def test_what_a_scene_cannot_tell_is_damage(damage: str, tmp_path: Path) -> None:
    place = tmp_path / "00"
    place.mkdir()
    (place / "pcd0001.yaml").write_text(damage)
    assert read_outcomes(tmp_path, 1) is None
    list_objects(tmp_path)
    assert (tmp_path / "z.txt").read_text() == ""


def test_every_object_has_a_word(tmp_path: Path) -> None:
    place = tmp_path / "00"
    place.mkdir()
    for number, name in enumerate(("marker_03", "007", "_1")):
        (place / f"pcd{number:04}.yaml").write_text(f"objects: ['{name}']\nattempts: []")
    (place / "pcdX.yaml").write_text("somebody else's")
    list_objects(tmp_path)
    lines = (tmp_path / "z.txt").read_text().splitlines()
    assert [line.split()[1:3] for line in lines] == [
        ["marker_03", "marker"],
        ["007", "007"],
        ["_1", "_1"],
    ]


@pytest.mark.parametrize("about", ["version: [", "", "version: 1"])
def test_a_set_of_other_scenes_is_not_gone_on_with(
    folder: Path, tmp_path: Path, about: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "simulation.yaml").write_text(about, encoding="utf-8")
    with pytest.raises(InputError, match="another version: choose another folder"):
        make(copy)


def test_other_data_are_not_mixed_in(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="begun with another seed"):
        make(folder, seed=1)
    (tmp_path / "z.txt").touch()
    with pytest.raises(InputError, match="holds another data set"):
        make(tmp_path)
    with pytest.raises(InputError, match="at least 1"):
        make(folder, scenes=0)


def test_one_process_at_a_time_writes(folder: Path) -> None:
    first = make_dataset(recipe(), "train", SCENES, folder)
    next(first)
    with pytest.raises(InputError, match="another process is writing"):
        make(folder)
    first.close()


def test_rectangles_are_in_the_layout_s_order() -> None:
    # The first edge runs along the opening.
    text = rectangles([np.array([100.0, 50.0, 0.0, 10.0, 40.0])])
    assert text == "80.000 45.000\n120.000 45.000\n120.000 55.000\n80.000 55.000\n"
    assert rectangles([]) == ""
