"""Which data set a folder holds, and what is said where it holds none."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector.data import read_dataset, scan_dataset
from grasp_detector.errors import InputError

RECTANGLE = "1 2\n3 2\n3 4\n1 4\n"


def add_cornell(folder: Path, name: str = "0100", labels: str | None = RECTANGLE) -> Path:
    place = folder / name[:2]
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"pcd{name}r.png"
    cv2.imwrite(str(path), np.zeros((48, 64, 3), np.uint8))
    if labels is not None:
        path.with_name(f"pcd{name}cpos.txt").write_text(labels)
    return path


def add_jacquard(folder: Path, number: int, identity: str, labels: str = "9;8;7;6;5\n") -> Path:
    place = folder / identity
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{number}_{identity}_RGB.png"
    cv2.imwrite(str(path), np.zeros((32, 32, 3), np.uint8))
    path.with_name(f"{number}_{identity}_grasps.txt").write_text(labels)
    return path


def test_layouts_are_told_apart(tmp_path: Path) -> None:
    add_cornell(tmp_path / "c")
    add_jacquard(tmp_path / "j", 0, "1a2b")
    assert scan_dataset(tmp_path / "c").layout == "Cornell"
    assert scan_dataset(tmp_path / "j").layout == "Jacquard"


@pytest.mark.parametrize("part", ["", "Jacquard_Dataset_0"])
def test_jacquard_is_read_as_its_authors_mean_it(tmp_path: Path, part: str) -> None:
    text = "512.5;300;30;80;25\n512.5;300;30;80;12\n100;900;-100;40;20\nnan;1;1;1;1\n"
    path = add_jacquard(tmp_path / part, 3, "1a2a5a06", text)
    add_jacquard(tmp_path / part, 4, "1a2a5a06")
    reading = scan_dataset(tmp_path)
    first, second = reading.samples
    assert (first.name, first.object_id, first.object_name) == ("3_1a2a5a06", "1a2a5a06", "")
    assert second.object_id == first.object_id
    assert first.depth() is None
    # x, y, angle, plate (jaws), opening.
    np.testing.assert_allclose(first.grasps[0], [512.5, 300, np.pi / 6, 25, 80])
    np.testing.assert_allclose(first.grasps[1], [512.5, 300, np.pi / 6, 12, 80])
    np.testing.assert_allclose(first.grasps[2], [100, 900, np.deg2rad(80), 20, 40])
    assert reading.dropped == {"3_1a2a5a06_grasps.txt": [4]}

    def add_depth(kind: str, metres: float) -> None:
        name = path.name.replace("RGB.png", f"{kind}_depth.tiff")
        cv2.imwrite(str(path.with_name(name)), np.full((32, 32), metres, np.float32))

    for kind, metres in (("stereo", 1.25), ("perfect", 1.5)):
        add_depth(kind, metres)
        depth = read_dataset(tmp_path)[0].depth()
        assert depth is not None
        assert depth[0, 0] == metres


@pytest.mark.parametrize("text", ["1;2;3;4\n", "1;2;3;4;x\n", "\0\0", "1 2 3 4 5\n"])
def test_broken_jacquard_labels_are_named(tmp_path: Path, text: str) -> None:
    add_jacquard(tmp_path, 0, "1a", text)
    with pytest.raises(InputError, match="0_1a_grasps"):
        read_dataset(tmp_path)


def test_a_wrong_folder_is_described(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not exist.*Cornell layout.*Jacquard"):
        read_dataset(tmp_path / "none")
    with pytest.raises(InputError, match="holds no data set but nothing"):
        read_dataset(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InputError, match="is not a folder"):
        read_dataset(tmp_path / "notes.txt")
    (tmp_path / "holiday\nphotos").mkdir()
    with pytest.raises(InputError, match=r"1 folders .*holiday\\nphotos.* 1 files \('notes.txt'\)"):
        read_dataset(tmp_path)


def test_the_folder_that_was_meant_is_named(tmp_path: Path) -> None:
    path = add_cornell(tmp_path / "cornell")
    for wrong in (tmp_path, path.parent):
        with pytest.raises(InputError) as caught:
            read_dataset(wrong)
        assert f"is {str(tmp_path / 'cornell')!r} meant?" in str(caught.value)


def test_pictures_without_labels_are_no_data_set(tmp_path: Path) -> None:
    add_cornell(tmp_path, "0100", None)
    add_cornell(tmp_path, "0101", "")
    with pytest.raises(InputError, match="2 pictures in the Cornell layout, and none"):
        read_dataset(tmp_path)


def test_links_in_circles_and_strange_names_do_no_harm(tmp_path: Path) -> None:
    """Loops of links, names with blanks and line ends, links into nowhere, pipes, devices."""
    folder = tmp_path / "my data\nset"
    path = add_cornell(folder)
    add_jacquard(folder / "j", 0, "1a")
    for place in (folder, path.parent):
        (place / "loop").symlink_to(place)
        (place / "round").symlink_to("round")
        (place / "nowhere").symlink_to("/nonexistent")
    (folder / "01" / "pcd0102r.png").symlink_to("pcd0102r.png")
    (folder / "11").symlink_to("01")
    (folder / "01" / "pcd0103r.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "01" / "pcd0104r.png")
    (folder / "01" / "pcd0105r.png").mkdir()
    os.mkfifo(folder / "01" / "pcd0100.txt")
    os.mkfifo(folder / "01" / "pcd0100cneg.txt")
    (folder / "01" / "pcd\u0660\u0661\u0660\u0666r.png").write_text("Arabic digits")
    (folder / os.fsdecode(b"\xff\xfe")).mkdir()
    (sample,) = read_dataset(folder)
    assert sample.name == "0100"
    assert sample.depth() is None
    assert sample.rgb().shape == (48, 64, 3)
    for place in (folder / "j", folder / "j" / "1a"):
        (place / "loop").symlink_to(folder / "j")
    assert [s.name for s in read_dataset(folder / "j")] == ["0_1a"]


def test_a_list_of_objects_that_is_no_text_is_named(tmp_path: Path) -> None:
    add_cornell(tmp_path)
    (tmp_path / "z.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"z\.txt.*not a text file"):
        read_dataset(tmp_path)
    (tmp_path / "z.txt").unlink()
    os.mkfifo(tmp_path / "z.txt")
    with pytest.raises(InputError, match=r"z\.txt.*not a file"):
        read_dataset(tmp_path)


def test_object_names_cannot_speak_to_the_terminal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_cornell(tmp_path)
    (tmp_path / "z.txt").write_text("0100 1 \x1b]0;title\x07 bg.png\n")
    read_dataset(tmp_path)
    assert "\x1b" not in caplog.text
    assert "title" in caplog.text
