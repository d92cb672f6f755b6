"""Intrinsics from the files that people have."""

import json
from pathlib import Path

import pytest
import yaml

from grasp_detector.detector.camera_file import read_camera
from grasp_detector.errors import InputError

OURS = {"width": 640, "height": 480, "fx": 525.0, "fy": 526.0, "cx": 319.5, "cy": 239.5}
MATRIX = [525.0, 0, 319.5, 0, 526.0, 239.5, 0, 0, 1]
LENS = [0.1, -0.2, 0.001, 0.002, 0.0]
CALIBRATION = {
    "image_width": 640,
    "image_height": 480,
    "camera_name": "kinect",
    "camera_matrix": {"rows": 3, "cols": 3, "data": MATRIX},
    "distortion_model": "plumb_bob",
    "distortion_coefficients": {"rows": 1, "cols": 5, "data": LENS},
}
INFO = {"height": 480, "width": 640, "distortion_model": "plumb_bob", "d": LENS, "k": MATRIX}


@pytest.mark.parametrize(
    ("text", "lens"),
    [
        (json.dumps(OURS), ()),
        (yaml.safe_dump(CALIBRATION), tuple(LENS)),
        (yaml.safe_dump(INFO) + "---\n", tuple(LENS)),
        (json.dumps({**OURS, "distortion": LENS, "distortion_model": "plumb_bob"}), tuple(LENS)),
        (json.dumps({**OURS, "d": LENS, "distortion_model": "plumb_bob"}), tuple(LENS)),
        (yaml.safe_dump({**INFO, "d": [0.0] * 5}), ()),
        (yaml.safe_dump({**INFO, "roi": None, "binning_x": None}), tuple(LENS)),
    ],
)
def test_every_kind_of_file_says_the_same(tmp_path: Path, text: str, lens: tuple[float]) -> None:
    path = tmp_path / "camera"
    path.write_text(text)
    camera = read_camera(path)
    seen = camera.intrinsics
    assert (seen.fx, seen.fy, seen.cx, seen.cy) == (525.0, 526.0, 319.5, 239.5)
    assert seen.distortion == lens
    assert (camera.readout.width, camera.readout.height) == (640, 480)
    assert camera.at(640, 480) == seen
    half = camera.at(320, 240)
    assert (half.fx, half.cx) == (262.5, 159.5)


def test_the_size_may_be_missing_but_not_differ(tmp_path: Path) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps({name: OURS[name] for name in ("fx", "fy", "cx", "cy")}))
    assert read_camera(path).at(123, 45).fx == 525.0
    path.write_text(json.dumps(OURS))
    with pytest.raises(InputError, match=r"is for 640x480 pixels, the picture has 640x360"):
        read_camera(path).at(640, 360)


def test_the_picture_is_the_region_of_interest(tmp_path: Path) -> None:
    path = tmp_path / "info.yaml"
    roi = {"x_offset": 100, "y_offset": 60, "width": 320, "height": 240, "do_rectify": False}
    path.write_text(yaml.safe_dump({**INFO, "binning_x": 0, "binning_y": 0, "roi": roi}))
    part = read_camera(path).at(320, 240)
    assert (part.fx, part.fy, part.cx, part.cy) == (525.0, 526.0, 219.5, 179.5)
    assert read_camera(path).at(160, 120).cx == 109.5
    with pytest.raises(InputError, match=r"is for 320x240 pixels, the picture has 320x200: give"):
        read_camera(path).at(320, 200)


def test_the_picture_may_be_binned(tmp_path: Path) -> None:
    path = tmp_path / "info.yaml"
    path.write_text(yaml.safe_dump({**INFO, "binning_x": 2, "binning_y": 4}))
    binned = read_camera(path).at(320, 120)
    assert (binned.fx, binned.fy, binned.cx, binned.cy) == (262.5, 131.5, 159.5, 59.5)
    assert read_camera(path).at(640, 480).fx == 525.0


@pytest.mark.parametrize(
    ("model", "given", "taken", "lens"),
    [
        ("equidistant", [0.0] * 4, "equidistant", (0.0,) * 4),  # no pinhole
        ("equidistant", [0.1, 0.0, 0.2, 0.0] + [0.0] * 4, "equidistant", (0.1, 0.0, 0.2, 0.0)),
        ("plumb_bob", LENS + [0.0, 0.1, 0.0], "rational_polynomial", (*LENS, 0.0, 0.1, 0.0)),
        ("plumb_bob", LENS + [0.0] * 3, "plumb_bob", tuple(LENS)),
        ("of its own", [0.0] * 3, "", ()),
    ],
)
def test_lenses_as_drivers_write_them(
    tmp_path: Path, model: str, given: list[float], taken: str, lens: tuple[float, ...]
) -> None:
    path = tmp_path / "info.yaml"
    path.write_text(yaml.safe_dump({**INFO, "distortion_model": model, "d": given}))
    camera = read_camera(path).intrinsics
    assert (camera.model, camera.distortion) == (taken, lens)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[1]", b"7", b"{", b"\xff\xfe\x00", b'{"fx": "wide"}', b"a: b: c"),
        json.dumps({**OURS, "fx": None}).encode(),
        json.dumps({**OURS, "fx": 0}).encode(),
        json.dumps({**OURS, "fy": float("nan")}).encode(),
        json.dumps({**OURS, "width": -640}).encode(),
        json.dumps({**OURS, "width": float("inf")}).encode(),
        json.dumps({**CALIBRATION, "camera_matrix": {"data": MATRIX[:4]}}).encode(),
        json.dumps({**INFO, "distortion_model": "wishful"}).encode(),
        json.dumps({**INFO, "d": LENS[:3]}).encode(),
        json.dumps({**OURS, "distortion": LENS}).encode(),
        *(json.dumps({**INFO, "roi": roi}).encode() for roi in (3, [1], {"x_offset": -1})),
        json.dumps({**INFO, "roi": {"y_offset": 10**400}}).encode(),
        json.dumps({**INFO, "binning_x": -2}).encode(),
        *(b"fx: 2020-13-45", b"fx: " + b"7" * 5000, b'fx: !!int ""'),
        b"[" * 5000,
        b"x" * 2_000_000,
    ],
    ids=lambda content: repr(content[:30]),
)
def test_a_file_without_a_camera_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "camera.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"camera\.json") as error:
        read_camera(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [{"fx": 3.6, "fy": 3.6}, {"fy": 1e6}, {"cx": -1e5}])
def test_numbers_that_no_camera_has(tmp_path: Path, wrong: dict[str, float]) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps({**OURS, **wrong}))
    with pytest.raises(InputError, match=r"camera\.json.* for 640x480 pixels, which no camera has"):
        read_camera(path).at(640, 480)


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(InputError, match="cannot be read"):
            read_camera(path)
