"""`grasp-detector transfer` and `depth` on scenes of which some, or something, cannot be used."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector.cli import depth
from grasp_detector.errors import InputError

# Of 80x60 pixels, the squares that are looked at reach from column 12 to 67: the middle one from 20
# to 59, and those beside it 8 further.
WIDTH, HEIGHT = 80, 60
MIDDLE, BESIDE, NOWHERE = 40, 13, 3
CAMERA = '{"fx": 65.0, "fy": 65.0, "cx": 39.5, "cy": 29.5}'


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """No simulated tables but what was asked of them, and no results in the checkout."""
    asked: list[object] = []
    monkeypatch.setattr(depth, "_work", lambda *arguments: asked.append(arguments))
    monkeypatch.chdir(tmp_path)
    return asked


def write(folder: Path, **columns: int) -> Path:
    """Scenes by name, each with an object at a column."""
    folder.mkdir(exist_ok=True)
    for name, column in columns.items():
        labels = np.zeros((HEIGHT, WIDTH), np.uint8)
        labels[25:35, column - 2 : column + 3] = 20
        rgb = np.where(labels[..., None] > 0, 40, 200).repeat(3, axis=2).astype(np.uint8)
        cv2.imwrite(str(folder / f"{name}_rgb.png"), rgb)
        cv2.imwrite(str(folder / f"{name}_labels.png"), labels)
        millimetres = np.where(labels > 0, 700, 760).astype(np.uint16)
        cv2.imwrite(str(folder / f"{name}_depth.png"), millimetres)
    (folder / "camera.json").write_text(CAMERA)
    return folder


def test_a_scene_without_an_object_in_view_is_named_and_not_counted(
    run: Callable[..., str], tmp_path: Path
) -> None:
    scenes = write(tmp_path / "scenes", a=MIDDLE, b=NOWHERE, c=BESIDE)
    results = tmp_path / "depth"
    printed = run("depth", "--scenes", scenes, "--results", results)
    assert "left out, no object is in view: b\n" in printed
    assert "kinect: 2 made now, 0 were stored" in printed
    first = json.loads((results / "kinect.json").read_text())
    assert {group for _, group, *_ in first["tries"]} == {0, 1}
    page = (tmp_path / "depth.md").read_text()
    assert "2 scenes, " in page and "not finished" not in page

    assert "kinect: 0 made now, 2 were stored" in run(
        "depth", "--scenes", scenes, "--results", results
    )
    assert json.loads((results / "kinect.json").read_text()) == first


def test_a_scene_with_nothing_in_the_middle_has_no_picture(
    run: Callable[..., str], tmp_path: Path
) -> None:
    scenes = write(tmp_path / "scenes", a=MIDDLE, b=NOWHERE, c=BESIDE)
    pictures = tmp_path / "pictures"
    out = tmp_path / "figures.json"
    printed = run("transfer", "--scenes", scenes, "--pictures", pictures, "--json", out)
    assert "left out, no object is in view: b\n" in printed and ", 2 scenes" in printed
    assert [path.name for path in pictures.iterdir()] == ["a.jpg"]
    figures = json.loads(out.read_text())
    assert figures["scenes"] == 2
    assert figures["ways"]["mask"]["on an object"]["of"] == 1
    assert {answer["scene"] for answer in figures["answers"]} == {"a", "c"}


def test_scenes_that_are_too_few_or_show_nothing_are_refused(
    run: Callable[..., str], tmp_path: Path
) -> None:
    scenes = write(tmp_path / "scenes", b=NOWHERE)
    for command in ("depth", "transfer"):
        with pytest.raises(InputError, match="no object is in view in any"):
            run(command, "--scenes", scenes)
    write(scenes, a=MIDDLE)
    with pytest.raises(InputError, match="at least two scenes"):
        run("transfer", "--scenes", scenes)
    with pytest.raises(InputError, match="in the middle of any"):
        run("transfer", "--scenes", write(tmp_path / "others", a=BESIDE, b=BESIDE))


def test_without_a_camera_nothing_is_asked_for_room(
    run: Callable[..., str], tmp_path: Path
) -> None:
    scenes = write(tmp_path / "scenes", a=MIDDLE, b=BESIDE)
    (scenes / "camera.json").unlink()
    results, out = tmp_path / "depth", tmp_path / "figures.json"

    printed = run("depth", "--scenes", scenes, "--results", results)
    assert "not asked for room" in printed and "camera.json" in printed
    rows = {row for row, *_ in json.loads((results / "kinect.json").read_text())["tries"]}
    assert rows == {"rgb", "rgbd", "depth", "mask"}

    printed = run(
        *("transfer", "--scenes", scenes, "--json", out, "--pictures", tmp_path / "pictures")
    )
    assert "not asked for room" in printed
    assert "which is asked for room" not in printed
    assert "rgbd_room" not in json.loads(out.read_text())["ways"]

    (scenes / "camera.json").write_text(CAMERA)
    (results / "kinect.json").unlink()
    printed = run("depth", "--scenes", scenes, "--results", results)
    assert "not asked for room" not in printed
    assert "kinect: 2 made now, 0 were stored" in printed
    rows = {row for row, *_ in json.loads((results / "kinect.json").read_text())["tries"]}
    assert rows == {"rgb", "rgbd", "depth", "rgbd_room", "depth_room", "mask"}


def test_results_of_other_scenes_of_the_same_names_are_not_replaced(
    run: Callable[..., str], tmp_path: Path, tables: list[object]
) -> None:
    scenes, results = write(tmp_path / "scenes", a=BESIDE), tmp_path / "depth"
    run("depth", "--scenes", scenes, "--results", results)
    write(scenes, a=BESIDE + 1)
    kept, done = (results / "kinect.json").read_bytes(), len(tables)
    with pytest.raises(InputError, match="holds results of other scenes or settings: remove it"):
        run("depth", "--scenes", scenes, "--results", results)
    assert (results / "kinect.json").read_bytes() == kept
    assert len(tables) == done, "told before any work"
    (results / "kinect.json").unlink()
    again = run("depth", "--scenes", scenes, "--results", results)
    assert "kinect: 1 made now, 0 were stored" in again


def test_scenes_are_read_before_any_work_begins(
    run: Callable[..., str], tmp_path: Path, tables: list[object]
) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        run("depth", "--scenes", tmp_path / "none")
    assert not tables
    run("depth", "--scenes", write(tmp_path / "scenes", a=BESIDE))
    assert len(tables) == 2
