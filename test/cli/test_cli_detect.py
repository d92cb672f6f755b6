"""`grasp-detector detect` as a user types it, but in this process."""

from __future__ import annotations

import csv
import json
import math
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from grasp_detector.cli.main import app
from grasp_detector.errors import InputError

CAMERA = {"width": 640, "height": 480, "fx": 525.0, "fy": 525.0, "cx": 319.5, "cy": 239.5}


def run(*arguments: str | Path) -> str:
    """What the command printed.

    Raises:
        InputError: it ended with status 2.
    """
    result = CliRunner().invoke(app, ["detect", *map(str, arguments)])
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A bar on a table, 40 mm high: with depth, and without."""
    folder = tmp_path / "my pictures"
    folder.mkdir()
    rgb = np.full((480, 640, 3), 205, np.uint8)
    depth = np.full((480, 640), 800, np.uint16)
    bar = (slice(225, 255), slice(250, 390))
    rgb[bar], depth[bar] = (90, 60, 50), 760
    cv2.imwrite(str(folder / "a_rgb.png"), rgb)
    cv2.imwrite(str(folder / "a_depth.png"), depth)
    cv2.imwrite(str(folder / "b.jpg"), rgb)
    return folder


def test_with_a_camera_grasps_are_in_metres(pictures: Path, tmp_path: Path) -> None:
    camera, found, table = (tmp_path / name for name in ("camera.json", "g.json", "g.csv"))
    camera.write_text(json.dumps(CAMERA))
    outputs = ("--camera", camera, "--json", found, "--csv", table)
    printed = run(pictures, *outputs, "--min-confidence", "0.05")
    first, second = json.loads(found.read_text())["pictures"]
    best = first["grasps"][0]
    assert best["pose"]["depth"] == pytest.approx(0.76, abs=0.002)
    assert best["pose"]["position"][0] == pytest.approx((best["x"] - 319.5) / 525 * 0.76, abs=0.002)
    opening = 0.76 / 525 * best["w"]
    assert best["pose"]["opening"] == pytest.approx(opening, abs=0.002)
    assert f"{1000 * best['pose']['opening']:.0f} mm open" in printed
    assert first["camera"]["fx"] == 525.0 and first["depth"].endswith("a_depth.png")
    assert second["depth"] is None
    assert second["grasps"] and all(each["pose"] is None for each in second["grasps"])

    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(first["grasps"]) + len(second["grasps"])
    assert float(rows[0]["x"]) == best["x"]
    assert float(rows[0]["pz"]) == pytest.approx(0.76, abs=0.002)
    turn = [float(rows[0][name]) for name in ("qx", "qy", "qz", "qw")]
    assert math.hypot(*turn) == pytest.approx(1.0)
    (without,) = (row for row in rows if row["picture"].endswith("b.jpg") and row["rank"] == "1")
    assert without["pz"] == "" and float(without["confidence"]) > 0


def test_a_camera_beside_the_picture_is_taken(pictures: Path) -> None:
    assert "with depth" in run(pictures / "a_rgb.png", "--min-confidence", "0.05")
    (pictures / "camera.json").write_text(json.dumps(CAMERA))
    assert "mm open" in run(pictures / "a_rgb.png", "--min-confidence", "0.05")


def test_depth_may_lie_elsewhere(pictures: Path, tmp_path: Path) -> None:
    elsewhere = (pictures / "a_depth.png").rename(tmp_path / "measured.png")
    printed = run(pictures / "b.jpg", "--depth", elsewhere, "--min-confidence", "0.05")
    assert "with depth" in printed
    with pytest.raises(InputError, match="--depth is for one picture, and there are 2"):
        run(pictures, "--depth", elsewhere)


def test_the_picture_whose_depth_cannot_be_used_is_named(pictures: Path) -> None:
    (pictures / "a_depth.png").unlink()
    cv2.imwrite(str(pictures / "a_depth.tiff"), np.full((480, 640), 800, np.float32))
    done = CliRunner().invoke(app, ["detect", str(pictures)])
    assert f"'{pictures / 'a_rgb.png'}': depth is 800 at the median" in done.output


def test_what_was_found_outlives_its_picture(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, drawn = tmp_path / "g.json", tmp_path / "drawn"
    (drawn / "a_rgb_grasps.png").mkdir(parents=True)
    with pytest.raises(InputError, match="1 of 2 annotated pictures could not be written"):
        run(pictures, "--output", drawn, "--json", found)
    assert len(json.loads(found.read_text())["pictures"]) == 2
    assert (drawn / "b_grasps.png").is_file()


@pytest.mark.parametrize("option", ["--json", "--csv", "--output"])
def test_an_output_that_cannot_be_is_told_before_the_work(
    option: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grasp_detector.detector.GraspDetector", None)
    with pytest.raises(InputError, match="cannot be written"):
        run(pictures, option, pictures / "b.jpg" / "there")


def test_what_is_read_is_never_replaced(pictures: Path) -> None:
    color, depth = (pictures / f"a_{name}.png" for name in ("rgb", "depth"))
    linked = pictures.parent / "grasps.json"
    linked.symlink_to(depth)
    kept = color.read_bytes(), depth.read_bytes()
    for option, path in (("--json", color), ("--csv", depth), ("--json", linked)):
        with pytest.raises(InputError, match="would be replaced: choose another output"):
            run(pictures, option, path)
    assert (color.read_bytes(), depth.read_bytes()) == kept


def test_why_there_are_none_is_said(pictures: Path) -> None:
    (pictures / "camera.json").write_text(json.dumps(CAMERA))
    color = pictures / "a_rgb.png"
    assert "no grasp: the surest has a confidence of" in run(color, "--min-confidence", "1")
    none = run(color, "--min-confidence", "0.05", "--max-opening", "0.001")
    assert "no grasp: " in none and "opening" in none


def test_why_there_is_no_pose_is_said(pictures: Path, tmp_path: Path) -> None:
    color, sure = pictures / "a_rgb.png", ("--min-confidence", "0.05")
    assert "with depth, but no camera: give --camera" in run(color, *sure)
    (pictures / "camera.json").write_text(json.dumps(CAMERA))
    assert "without depth" in run(pictures / "b.jpg", *sure)
    cv2.imwrite(str(pictures / "a_depth.png"), np.zeros((480, 640), np.uint16))
    assert "depth holds no measurement" in run(color, *sure)
    narrow = run(color, *sure, "--max-opening", "0.05")
    assert "no grasp: " in narrow and narrow.endswith("; depth holds no measurement\n")
    depth = np.full((480, 640), 800, np.uint16)
    depth[200:280, 230:410] = 0
    cv2.imwrite(str(pictures / "a_depth.png"), depth)
    assert "with depth, but none at the best" in run(color, *sure)


def test_an_opening_in_millimetres_is_refused(pictures: Path) -> None:
    with pytest.raises(InputError, match="opening is 85 m: 0 to 1 is possible"):
        run(pictures, "--max-opening", "85")


@pytest.mark.parametrize("option", [("--room",), ("--max-opening", "0.1")])
def test_what_needs_poses_says_what_is_missing(pictures: Path, option: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=rf"^{option[0]} needs depth, and no picture has any"):
        run(pictures / "b.jpg", *option)
    with pytest.raises(InputError, match=rf"^{option[0]} needs the camera: give it with --camera"):
        run(pictures, *option)
    (pictures / "camera.json").write_text(json.dumps(CAMERA))
    assert "mm open" in run(pictures, "--min-confidence", "0.05", *option)


def test_fingers_are_given_room(pictures: Path, tmp_path: Path) -> None:
    camera, found = tmp_path / "camera.json", tmp_path / "g.json"
    camera.write_text(json.dumps(CAMERA))
    depth = np.full((480, 640), 800, np.uint16)
    # A second bar beside the first, which colour does not show.
    depth[225:255, 250:390] = depth[272:300, 250:390] = 760
    cv2.imwrite(str(pictures / "a_depth.png"), depth)

    def entry(*options: str) -> dict[str, Any]:
        run(pictures / "a_rgb.png", "--camera", camera, "--json", found, *options)
        (entry,) = json.loads(found.read_text())["pictures"]
        return dict(entry)

    blind, seeing = (entry(*options)["grasps"][0] for options in ((), ("--room",)))
    finger = 0.010 * 525 / 0.76  # pixels beyond the plate
    assert blind["y"] + blind["w"] / 2 + finger > 272
    assert seeing["y"] + seeing["w"] / 2 + finger < 272
    # The bar is 43 mm wide: a gripper that opens less has no room.
    narrow = entry("--room", "--max-opening", "0.03")
    assert not narrow["grasps"] and narrow["removed"]["without room for the fingers"]


def test_only_the_region_is_looked_at(pictures: Path, tmp_path: Path) -> None:
    found = tmp_path / "g.json"
    run(pictures / "b.jpg", "--region", "300,200,200,100", "--json", found)
    (entry,) = json.loads(found.read_text())["pictures"]
    assert entry["grasps"] and all(each["x"] >= 300 for each in entry["grasps"])
    for odd in ("1,2,3", "a,b,c,d", "0,0,0,0"):
        with pytest.raises(InputError, match="region"):
            run(pictures / "b.jpg", "--region", odd)


def test_annotated_pictures_of_one_name_do_not_overwrite_each_other(
    pictures: Path, tmp_path: Path
) -> None:
    for name in ("b.png", "below/b.png"):
        (pictures / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(pictures / name), np.full((300, 300, 3), 50, np.uint8))
    drawn = pictures / "annotated"
    for _ in range(2):  # what was drawn is not looked at the next time
        printed = run(pictures, "--output", drawn)
        assert len(printed.splitlines()) == 4
        names = sorted(path.name for path in drawn.iterdir())
        assert names == ["a_rgb_grasps.png", "b_2_grasps.png", "b_3_grasps.png", "b_grasps.png"]


def test_annotated_pictures_show_what_was_looked_at(pictures: Path, tmp_path: Path) -> None:
    color = pictures / "b.jpg"
    before = cv2.imread(str(color)).astype(int)

    def changed(*options: str) -> list[int]:
        """First and last column and row that were drawn in."""
        run(color, "--output", tmp_path, "--min-confidence", "1", *options)
        drawn = cv2.imread(str(tmp_path / "b_grasps.png"))
        rows, columns = np.nonzero(np.abs(drawn - before).max(axis=-1) > 0)
        return [
            int(each[at]) for at in (0, -1) for each in map(np.sort, (columns, rows)) if each.size
        ]

    assert changed() == [160, 80, 479, 399]
    assert changed("--region", "20,30,100,50") == [20, 30, 119, 79]
    assert changed("--region", "-5,30,100,5000") == [0, 30, 94, 479]
    assert changed("--region", "0,0,640,480") == []


def test_annotated_pictures_can_be_read_however_small(pictures: Path, tmp_path: Path) -> None:
    small = cv2.resize(cv2.imread(str(pictures / "b.jpg")), (32, 24), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(pictures / "small.png"), small)
    printed = run(pictures / "small.png", "--output", tmp_path)
    assert printed.endswith("; drawn 14 times as large\n")
    drawn = cv2.imread(str(tmp_path / "small_grasps.png"))
    assert drawn.shape == (14 * 24, 14 * 32, 3)
    larger = cv2.resize(small, None, fx=14, fy=14, interpolation=cv2.INTER_CUBIC)
    covered = (np.abs(drawn.astype(int) - larger).max(axis=-1) > 20).mean()
    assert 0 < covered < 0.1
    # The best grasp lies about the bar, whose middle is that of the picture.
    rows, columns = np.nonzero((drawn[..., 0] > 200) & (drawn[..., 2] < 60))
    assert (np.median(columns), np.median(rows)) == pytest.approx((224, 168), abs=60)
    # What is long and thin is not blown up without end.
    cv2.imwrite(str(pictures / "thin.png"), np.zeros((3, 2000, 3), np.uint8))
    assert "drawn" not in run(pictures / "thin.png", "--output", tmp_path)


def hostile(folder: Path) -> dict[str, str]:
    """Files that are no usable pictures, by what is said of them."""
    good = (folder / "a_rgb.png").read_bytes()
    (folder / "b.jpg").unlink()
    (folder / "empty.png").write_bytes(b"")
    (folder / "half.png").write_bytes(good[: len(good) // 2])
    (folder / "text.jpg").write_text("I am no picture")
    # A header that promises 100000 x 100000 pixels.
    (folder / "bomb.png").write_bytes(good[:16] + b"\x00\x01\x86\xa0" * 2 + good[24:])
    (folder / "gone.png").symlink_to(folder / "nowhere")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "[red]markup.png").write_bytes(b"x")
    os.mkfifo(folder / "pipe.png")
    for name, depth in (("c", np.full((48, 64), 700, np.uint16)), ("d", np.zeros((480, 640, 3)))):
        (folder / f"{name}.png").write_bytes(good)
        cv2.imwrite(str(folder / f"{name}_depth.png"), depth)
    return {
        "empty.png": "is not a whole",
        "text.jpg": "is not a whole",
        "bomb.png": "pixels",
        "[red]markup.png": "is not a whole",
        "c_depth.png": "register depth to colour",
        "d_depth.png": "is no depth",
    }


def test_hostile_files_cost_themselves_alone(pictures: Path, tmp_path: Path) -> None:
    expected = hostile(pictures)
    with pytest.raises(InputError, match=r"pictures could not be used"):
        run(pictures, "--json", tmp_path / "g.json", "--output", tmp_path / "out")
    result = json.loads((tmp_path / "g.json").read_text())["pictures"]
    assert "a_rgb.png" in [Path(entry["picture"]).name for entry in result]
    used = {Path(entry["picture"]).name for entry in result}
    assert used <= {"a_rgb.png", "half.png"}  # OpenCV may make something of half a picture
    result = CliRunner().invoke(app, ["detect", str(pictures)])
    for name, why in expected.items():
        lines = [line for line in result.output.splitlines() if name in line and "error" in line]
        assert len(lines) == 1 and why in lines[0], (name, lines)


def test_a_name_that_is_no_unicode_is_escaped(pictures: Path, tmp_path: Path) -> None:
    odd = pictures / os.fsdecode(b"caf\xe9.jpg")
    (pictures / "b.jpg").rename(odd)
    outputs = ("--output", tmp_path, "--json", tmp_path / "g.json", "--csv", tmp_path / "g.csv")
    assert "caf\\udce9.jpg: " in run(odd, *outputs)
    (entry,) = json.loads((tmp_path / "g.json").read_text())["pictures"]
    assert entry["picture"].endswith("caf\\udce9.jpg")
    assert "caf" in (tmp_path / "g.csv").read_text() or not entry["grasps"]
    assert (tmp_path / os.fsdecode(b"caf\xe9_grasps.png")).is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{pictures}", "--camera", "none.json"), "cannot be read"),
        (("{pictures}", "--camera", "{pictures}/b.jpg"), "neither JSON nor YAML"),
        (("{pictures}/a_rgb.png", "--depth", "none.png"), "could not be used"),
        (("{pictures}", "--approach", "sideways"), "sideways"),
        (("{pictures}", "--output", "{pictures}/b.jpg"), "cannot be written"),
        (("{pictures}", "--csv", "{pictures}/b.jpg/x.csv"), "cannot be written"),
    ],
)
def test_bad_options_are_one_clear_line(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
    words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words) as error:
        run(*(argument.format(pictures=pictures) for argument in arguments))
    assert "\n" not in str(error.value)


def test_a_camera_of_other_pictures_is_refused(pictures: Path, tmp_path: Path) -> None:
    camera = tmp_path / "camera.json"
    camera.write_text(json.dumps({**CAMERA, "width": 1280, "height": 720}))
    result = CliRunner().invoke(app, ["detect", str(pictures), "--camera", str(camera)])
    assert isinstance(result.exception, InputError)
    assert "is for 1280x720 pixels, the picture has 640x480" in result.output
