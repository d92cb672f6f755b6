"""Folders of pictures as people have them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector.data.pictures import PictureFiles, depth_beside, list_pictures, list_unread
from grasp_detector.errors import InputError


def write(path: Path, dtype: type = np.uint8, shape: tuple[int, ...] = (48, 64)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full(shape, 7, dtype))
    return path


@pytest.mark.parametrize(
    ("color", "depth"),
    [
        ("cup.png", "cup_depth.png"),
        ("cup.jpg", "cup_depth.tiff"),
        ("cup_rgb.png", "cup_depth.png"),
        ("cup_color.jpeg", "cup_depth.tif"),
        ("rgb.png", "depth.png"),
        ("pcd0100r.png", "pcd0100d.tiff"),
        ("0_1a2b_RGB.png", "0_1a2b_perfect_depth.tiff"),
        ("0_1a2b_RGB.png", "0_1a2b_stereo_depth.tiff"),
    ],
)
def test_depth_belongs_to_a_picture_by_its_name(tmp_path: Path, color: str, depth: str) -> None:
    picture = write(tmp_path / color)
    assert depth_beside(picture) is None
    write(tmp_path / "other_depth.png", np.uint16)
    assert depth_beside(picture) is None
    beside = write(tmp_path / depth, np.float32 if "tif" in depth else np.uint16)
    assert list_pictures(tmp_path) == [PictureFiles(picture, beside)]
    rgb, metres = PictureFiles(picture, beside).read()
    assert rgb.shape == (48, 64, 3) and metres is not None and metres.shape == (48, 64)


def test_only_pictures_are_listed_and_by_name(tmp_path: Path) -> None:
    for name in ("b.png", "01/a.JPG", "01/pcd0100r.png", "c_rgb.bmp"):
        write(tmp_path / name)
    for name in ("b_grasps.png", "c_labels.png", "01/pcd0100d.tiff", "1/2/deep.png", "c_mask.png"):
        write(tmp_path / name, np.float32 if "tiff" in name else np.uint8)
    (tmp_path / "notes.txt").write_text("none")
    (tmp_path / "folder.png").mkdir()
    for name in ("._b.png", ".trash/a.png", "01/.a.webp", "d.webp", "01/a_depth.NPY"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("none")
    names = [str(each.color.relative_to(tmp_path)) for each in list_pictures(tmp_path)]
    assert names == ["01/a.JPG", "01/pcd0100r.png", "b.png", "c_rgb.bmp"]
    unread = [str(path.relative_to(tmp_path)) for path in list_unread(tmp_path)]
    assert unread == ["01/a_depth.NPY", "d.webp"]


def test_a_picture_without_depth_has_none(tmp_path: Path) -> None:
    assert PictureFiles(write(tmp_path / "a.png"), None).read()[1] is None


def test_depth_of_another_size_is_refused(tmp_path: Path) -> None:
    files = PictureFiles(write(tmp_path / "a.png"), write(tmp_path / "d.png", np.uint16, (30, 40)))
    with pytest.raises(InputError, match=r"40x30 pixels, its colour picture 64x48"):
        files.read()


def test_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(InputError, match="no pictures"):
        list_pictures(tmp_path)
    write(tmp_path / "01" / "face_mask.png")
    write(tmp_path / "depth.png")
    with pytest.raises(
        InputError, match=r"called depth, labels.*: 01/face_mask\.png, depth\.png: re"
    ):
        list_pictures(tmp_path)
    for place in (tmp_path / "a.txt", tmp_path / "nowhere"):
        with pytest.raises(InputError, match="is not a folder"):
            list_pictures(place)


def test_depth_under_another_name_is_no_colour_picture(tmp_path: Path) -> None:
    (tmp_path / "depth").mkdir()
    write(tmp_path / "depth" / "0.png", np.uint16)
    (files,) = list_pictures(tmp_path)
    with pytest.raises(InputError, match=r"16 bits in one channel, as depth has: call colour"):
        files.read()
