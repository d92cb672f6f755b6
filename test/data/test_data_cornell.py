"""The Cornell layout, complete or damaged, and the folds."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from grasp_detector.data import (
    FOLDS,
    Sample,
    assign_folds,
    categories,
    category_of,
    fingerprint,
    read_dataset,
    scan_dataset,
)
from grasp_detector.data.cornell import read_rectangles
from grasp_detector.errors import InputError
from grasp_detector.geometry import grasp_to_corners

GRASP = np.array([320.0, 240.0, 0.3, 20.0, 50.0])


def rectangle_text(*grasps: np.ndarray) -> str:
    return "".join(f"{x:.6f} {y:.6f} \n" for g in grasps for x, y in grasp_to_corners(g))


def add_picture(folder: Path, name: str, labels: str | None, suffix: str = "png") -> Path:
    place = folder / name[:2]
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"pcd{name}r.{suffix}"
    cv2.imwrite(str(path), np.full((48, 64, 3), (30, 20, 10), np.uint8))
    if labels is not None:
        (place / f"pcd{name}cpos.txt").write_text(labels)
    return path


def test_reads_pictures_labels_depth_and_objects(tmp_path: Path) -> None:
    add_picture(tmp_path, "0100", rectangle_text(GRASP, GRASP + [5, 0, 0, 0, 0]))
    path = add_picture(tmp_path, "0101", rectangle_text(GRASP), "jpg")
    cv2.imwrite(str(path.with_name("pcd0101d.tiff")), np.full((48, 64), 0.7, np.float32))
    (tmp_path / "z.txt").write_text("0100 7 Red_Cup bg.png\n0101 8 Box bg.png\n")
    first, second = read_dataset(tmp_path)
    assert (first.name, first.object_id, first.object_name) == ("0100", "7", "Red_Cup")
    np.testing.assert_allclose(first.grasps[0], GRASP, atol=1e-4)
    assert first.grasps.shape == (2, 5)
    assert first.depth() is None
    assert first.rgb()[0, 0].tolist() == [10, 20, 30], "red comes first"
    depth = second.depth()
    assert depth is not None
    assert depth.dtype == np.float32
    assert depth[0, 0] == np.float32(0.7)


def test_rectangles_with_nan_are_dropped_whole_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = rectangle_text(GRASP, GRASP, GRASP).splitlines()
    lines[5] = "NaN NaN"
    path = add_picture(tmp_path, "0100", "\n".join(lines))
    flat = np.array([320.0, 240.0, 0.3, 0.0, 50.0])
    path.with_name("pcd0100cneg.txt").write_text("NaN NaN\n" * 4 + rectangle_text(flat, GRASP))
    add_picture(tmp_path, "0102", "NaN NaN\n" * 4)
    add_picture(tmp_path, "0103", None)
    (sample,) = read_dataset(tmp_path)
    assert len(sample.grasps) == 2
    assert sample.negatives.shape == (1, 5)
    assert "4 rectangles with NaN, no area" in caplog.text
    assert "pcd0100cpos.txt (2), pcd0100cneg.txt (1, 2), pcd0102cpos.txt (1)" in caplog.text
    assert "2 pictures have no positive rectangle and were left out: 0102, 0103" in caplog.text
    assert "1 pictures are not in z.txt" in caplog.text


def test_the_full_sets_own_nan_file(tmp_path: Path) -> None:
    """pcd0132cpos.txt as it is published: rectangles 3 and 4 have NaN in some of their lines."""
    text = (
        "283 286.999\n284 315\n313 314\n312 285.999\n270 288.92\n271 314\n296 313\n295 287.92\n"
        "NaN NaN\n256 313\n277 313\nNaN NaN\nNaN NaN\n236 314\n259 314\nNaN NaN\n"
        "233 289.772\n236 316\n262 313\n259 286.772\n"
    )
    path = tmp_path / "pcd0132cpos.txt"
    path.write_text(text)
    grasps, dropped = read_rectangles(path)
    assert dropped == [3, 4]
    np.testing.assert_allclose(grasps[0, :2], [298.0, 300.4995])


def test_names_in_no_category_are_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("0100", "0101"):
        add_picture(tmp_path, name, rectangle_text(GRASP))
    (tmp_path / "z.txt").write_text("0100 1 Mug bg.png\n0101 2 Flying_Saucer bg.png\n")
    known, strange = read_dataset(tmp_path)
    assert categories()[known.category] == "cup_or_bowl"
    assert strange.category == -1
    assert "in no category: Flying_Saucer" in caplog.text
    assert "Mug" not in caplog.text


def test_there_are_sixteen_categories_without_a_name_twice() -> None:
    assert len(categories()) == 16
    text = files("grasp_detector.data").joinpath("categories.yaml").read_text()
    names = [name for group in yaml.safe_load(text).values() for name in group]
    assert len(names) == len(set(names))


def test_categories_cover_the_full_data_set_evenly(cornell: Path) -> None:
    listed = cornell / "names.txt"
    if not listed.is_file():
        pytest.skip("the list of the full set's names is not beside this data")
    counts = np.zeros(16, int)
    for line in listed.read_text().splitlines()[1:]:
        count, name = line.split()
        assert category_of(name) >= 0, name
        counts[category_of(name)] += int(count)
    assert counts.sum() == 885
    assert counts.min() >= 20
    assert counts.max() == 156


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 2\n3 4\n5 6\n", "holds 3 lines: a rectangle is four lines of x and y"),
        ("a b\n" * 4, "line 1: 'a b' is not x and y with a blank between them"),
        ("253 319.7\n\n253,319.7,\n", "line 3: '253,319.7,' is not x and y with a blank"),
        ("1 2\n1 2 3\n4\n5 6\n", "line 2: '1 2 3' is not"),
        ("\x00\xff" * 8, "is not a text file"),
        ("1 2\n" * 3 + "1e200 2\n", "numbers that are no pixels"),
    ],
)
def test_broken_label_files_are_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "pcd0100cpos.txt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=f"pcd0100cpos.*{says}"):
        read_rectangles(path)


def test_broken_labels_cost_their_picture_alone_and_are_not_trained_past(tmp_path: Path) -> None:
    add_picture(tmp_path, "0100", rectangle_text(GRASP))
    add_picture(tmp_path, "0101", "253,319.7\n" * 4)
    add_picture(tmp_path, "0102", rectangle_text(GRASP)).with_name("pcd0102cneg.txt").write_text(
        "1 2\n"
    )
    reading = scan_dataset(tmp_path)
    assert [sample.name for sample in reading.samples] == ["0100"]
    assert list(reading.broken) == ["0101", "0102"]
    assert "pcd0101cpos.txt', line 1" in reading.broken["0101"]
    assert "pcd0102cneg.txt' holds 1 lines" in reading.broken["0102"]
    assert not reading.unlabelled
    with pytest.raises(InputError, match=r"labels of 2 pictures.*pcd0101cpos.txt', line 1"):
        read_dataset(tmp_path)
    (tmp_path / "01" / "pcd0100cpos.txt").write_text("x\n")
    with pytest.raises(InputError, match=r"none has a positive grasp.*pcd0100cpos.txt', line 1"):
        scan_dataset(tmp_path)


def test_broken_pictures_are_named_when_they_are_read(tmp_path: Path) -> None:
    path = add_picture(tmp_path, "0100", rectangle_text(GRASP))
    for content in (b"", b"no picture"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="pcd0100r"):
            read_dataset(tmp_path)[0].rgb()


def samples(count: int, per_object: int) -> list[Sample]:
    return [
        Sample(f"{i:04}", str(i // per_object), "", Path(), None, np.empty((0, 5)))
        for i in range(count)
    ]


@pytest.mark.parametrize("split", ["image", "object"])
def test_folds_are_even_stable_and_independent_of_order(split: str) -> None:
    data = samples(600, 3)
    folds = assign_folds(data, split)  # type: ignore[arg-type]
    assert (np.bincount(folds, minlength=FOLDS) == 120).all()
    back = assign_folds(data[::-1], split)[::-1]  # type: ignore[arg-type]
    assert (folds == back).all()
    assert (assign_folds(data, split, seed=1) != folds).any()  # type: ignore[arg-type]


def test_folds_by_object_need_objects() -> None:
    strangers = [Sample(str(i), "", "", Path(), None, np.empty((0, 5))) for i in range(10)]
    assert len(set(assign_folds(strangers, "image"))) == FOLDS
    with pytest.raises(InputError, match="image-wise only"):
        assign_folds(strangers, "object")
    one = [replace(sample, object_id=sample.name) for sample in strangers[1:]]
    with pytest.raises(InputError, match=r"1 of 10 pictures .* \(0\).* --split image"):
        assign_folds([strangers[0], *one], "object")
    with pytest.raises(InputError, match="unknown split 'banana'"):
        assign_folds(strangers, "banana")  # type: ignore[arg-type]


def test_a_fingerprint_is_of_names_objects_and_labels_not_of_order() -> None:
    data = samples(6, 2)
    assert fingerprint(data) == fingerprint(data[::-1])
    others = [
        data[:-1],
        [replace(data[0], name="x"), *data[1:]],
        [replace(data[0], object_id="9"), *data[1:]],
        [replace(data[0], grasps=GRASP[None]), *data[1:]],
    ]
    assert len({fingerprint(each) for each in [data, *others]}) == 5


@pytest.mark.parametrize("suffixes", [("jpg", "png"), ("jpg", "PNG"), ("JPG", "png")])
def test_of_a_picture_in_two_formats_one_is_read(tmp_path: Path, suffixes: tuple[str, str]) -> None:
    for suffix in suffixes:
        add_picture(tmp_path, "0100", rectangle_text(GRASP), suffix)
    assert [s.rgb_path.suffix for s in read_dataset(tmp_path)] == [f".{suffixes[1]}"]


@pytest.mark.parametrize("suffix", ["PNG", "JPG", "Jpeg"])
def test_endings_in_capitals_are_read(tmp_path: Path, suffix: str) -> None:
    path = add_picture(tmp_path, "0100", rectangle_text(GRASP), suffix)
    assert [sample.rgb_path for sample in read_dataset(tmp_path)] == [path]


def test_labels_without_a_picture_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("0100", "0101", "0102"):
        add_picture(tmp_path, name, rectangle_text(GRASP))
    (tmp_path / "01" / "pcd0101r.png").unlink()
    (tmp_path / "01" / "pcd0102r.png").rename(tmp_path / "01" / "pcd0102r.webp")
    assert [sample.name for sample in read_dataset(tmp_path)] == ["0100"]
    assert "2 label files have no picture that is read (.png, .jpg, .jpeg)" in caplog.text
    assert "0101, 0102" in caplog.text


def test_a_mark_of_the_byte_order_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = add_picture(tmp_path, "0100", None)
    text = rectangle_text(GRASP)
    path.with_name("pcd0100cpos.txt").write_text(text, encoding="utf-8-sig")
    (tmp_path / "z.txt").write_text("0100 7 Mug -\n", encoding="utf-8-sig")
    (sample,) = read_dataset(tmp_path)
    assert (sample.object_id, sample.object_name) == ("7", "Mug")
    np.testing.assert_allclose(sample.grasps[0], GRASP, atol=1e-4)


def test_a_name_with_blanks_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("0100", "0101"):
        add_picture(tmp_path, name, rectangle_text(GRASP))
    (tmp_path / "z.txt").write_text("0100 7 coffee mug -\n0101 8 coffee_mug -\n")
    read_dataset(tmp_path)
    assert "1 lines of z.txt have more than four words (0100)" in caplog.text


def test_no_object_is_in_two_folds_objectwise() -> None:
    data = samples(600, 3)
    folds = assign_folds(data, "object")
    for fold in range(FOLDS):
        inside = {s.object_id for s, f in zip(data, folds, strict=True) if f == fold}
        outside = {s.object_id for s, f in zip(data, folds, strict=True) if f != fold}
        assert not inside & outside


def test_the_published_folds_do_not_move() -> None:
    """Figures name these folds: they must never change."""
    assert assign_folds(samples(10, 1), "object").tolist() == [4, 1, 2, 2, 3, 0, 4, 0, 3, 1]


def test_the_recovered_part(cornell: Path) -> None:
    data = read_dataset(cornell)
    assert len(data) == 615
    assert len({s.object_id for s in data}) == 203
    assert sum(len(s.grasps) for s in data) == 3548


def test_corners_that_make_no_rectangle_are_dropped(tmp_path: Path) -> None:
    """Another order of corners, or a line that is missing, says nothing of a grasp."""
    rectangle = grasp_to_corners([320.0, 240.0, 0.4, 20.0, 50.0])
    leaning = rectangle + np.array([[0, 0], [0, 0], [15, 9], [15, 9]])
    rounded = np.rint(grasp_to_corners([300.0, 200.0, 1.1, 6.0, 30.0]))
    corners = [rectangle, rectangle[[0, 1, 3, 2]], leaning, rounded, rectangle[::-1]]
    shifted = np.roll(np.concatenate([rectangle, rectangle + 70]), -2, axis=0)
    path = tmp_path / "pcd0100cpos.txt"
    np.savetxt(path, np.concatenate([*corners, shifted]))
    kept, dropped = read_rectangles(path)
    assert dropped == [2, 3, 6, 7]
    assert kept[:2, 2] == pytest.approx([0.4, 1.1], abs=0.05)
