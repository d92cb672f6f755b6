"""The numbers that a data set is summed up in."""

from pathlib import Path

import cv2
import numpy as np

from grasp_detector.data import scan_dataset
from grasp_detector.data.summary import Look, look_at, summarise_data
from grasp_detector.geometry import grasp_to_corners


def add(folder: Path, name: str, *grasps: tuple[float, ...], depth: bool = False) -> Path:
    place = folder / name[:2]
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"pcd{name}r.png"
    cv2.imwrite(str(path), np.zeros((480, 640, 3), np.uint8))
    lines = [f"{x} {y}" for grasp in grasps for x, y in grasp_to_corners(grasp)]
    path.with_name(f"pcd{name}cpos.txt").write_text("\n".join(lines))
    if depth:
        tiff = path.with_name(f"pcd{name}d.tiff")
        cv2.imwrite(str(tiff), np.full((480, 640), 0.7, np.float32))
    return path


def make(folder: Path) -> None:
    add(folder, "0100", (320, 240, 0.1, 20, 50), (300, 240, 0.1, 30, 60), depth=True)
    path = add(folder, "0101", (320, 240, 0.1, 20, 70), (10, 10, 0, 20, 70))
    path.with_name("pcd0101cneg.txt").write_text("1 1\n2 1\n2 2\n1 2\n")
    add(folder, "0102", (320, 240, 0.1, 20, 70))
    (folder / "z.txt").write_text("0100 7 Mug b\n0101 7 Mug b\n0102 8 Saucer b\n")


def test_a_summary_counts_what_there_is(tmp_path: Path) -> None:
    make(tmp_path)
    summary = summarise_data(scan_dataset(tmp_path), [])
    assert summary["layout"] == "Cornell"
    assert (summary["pictures"], summary["objects"]) == (3, 2)
    assert summary["sizes"] == {"640x480": 3}
    assert summary["depth"] == {"none": 2, "picture": 1}
    assert (summary["rectangles"], summary["negatives"]) == (5, 1)
    assert summary["rectangles a picture"] == [1, 2, 2]
    assert summary["opening, pixels"][1] == 70
    assert summary["plate, pixels"][1] == 20
    assert summary["centre in the crop"] == 0.8, "one of five lies in the corner"
    assert summary["categories"] == {"cup_or_bowl": 2}
    assert summary["in no category"] == ["Saucer"]
    assert [sum(folds) for folds in summary["folds"].values()] == [3, 3]
    assert sorted(summary["folds"]["object"]) == [0, 0, 0, 1, 2]


def test_folds_that_cannot_be_dealt_are_none(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "z.txt").unlink()
    summary = summarise_data(scan_dataset(tmp_path), [])
    assert summary["folds"]["object"] is None
    assert sum(summary["folds"]["image"]) == 3
    assert summary["object not told"] == ["0100", "0101", "0102"]


def test_what_of_a_partial_set_is_not_used_is_listed(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "01" / "pcd0102r.png").unlink()
    (tmp_path / "z.txt").write_text("0100 7 coffee mug b\n0101 7 Mug b\n")
    summary = summarise_data(scan_dataset(tmp_path), [])
    assert summary["labels without a picture"] == ["0102"]
    assert summary["name with blanks"] == ["0100"]


def test_broken_files_are_found_by_their_headers_or_whole(tmp_path: Path) -> None:
    make(tmp_path)
    rng = np.random.default_rng(0)
    cut = tmp_path / "01" / "pcd0101r.png"
    cv2.imwrite(str(cut), rng.integers(0, 255, (480, 640, 3), dtype=np.uint8))
    (tmp_path / "01" / "pcd0102r.png").write_bytes(b"no picture")
    small = tmp_path / "01" / "pcd0100d.tiff"
    cv2.imwrite(str(small), np.full((240, 320), 0.7, np.float32))
    reading = scan_dataset(tmp_path)

    def broken(looks: list[Look]) -> dict[str, str]:
        return {look.sample.name: look.wrong for look in looks if look.wrong is not None}

    assert set(broken(list(look_at(reading.samples, whole=False)))) == {"0102"}
    looks = list(look_at(reading.samples, whole=True))
    assert set(broken(looks)) == {"0100", "0102"}
    assert "depth is 320x240 and the picture is 640x480" in broken(looks)["0100"]
    summary = summarise_data(reading, looks)
    assert summary["sizes"] == {"640x480": 1}
    assert summary["pictures"] == 3


def test_what_depth_tells_is_told(tmp_path: Path) -> None:
    make(tmp_path)
    for name, millimetres in (("0101", 0), ("0102", 65000)):
        add(tmp_path, name, (320, 240, 0.1, 20, 50))
        picture = np.full((480, 640), millimetres / 1000, np.float32)
        cv2.imwrite(str(tmp_path / "01" / f"pcd{name}d.tiff"), picture)
    reading = scan_dataset(tmp_path)
    summary = summarise_data(reading, list(look_at(reading.samples, whole=True)))
    assert summary["distance, metres"][0] > 0.7
    assert summary["depth that is empty"] == ["0101"]
    assert summary["depth of another unit"] == ["0102"]
    unseen = summarise_data(reading, list(look_at(reading.samples, whole=False)))
    assert unseen["distance, metres"] is None
    assert unseen["depth that is empty"] == unseen["depth of another unit"] == []


def test_doubles_and_what_z_txt_does_not_tell_are_listed(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "02").mkdir()
    for path in (tmp_path / "01").glob("pcd0101*"):
        (tmp_path / "02" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "z.txt").write_text("0100 7 Mug b\n0101 007 Mug b\n0101 8 Cap b\n0102\n")
    reading = scan_dataset(tmp_path)
    assert (reading.doubled, reading.repeated, reading.wordless) == (["0101"], ["0101"], ["0102"])
    assert reading.samples[1].rgb_path.parent.name == "01"
    assert reading.samples[1].object_id == "8"
    assert sum("0101" in line for line in reading.remarks()) == 2


def test_an_objects_number_is_the_same_with_zeros_before_it(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "z.txt").write_text("0100 7 Mug b\n0101 007 Mug b\n0102 000 Mug b\n")
    reading = scan_dataset(tmp_path)
    assert [sample.object_id for sample in reading.samples] == ["7", "7", "0"]
    assert not reading.repeated
