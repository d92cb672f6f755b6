"""Depth out of Cornell's point clouds, whose frame is the robot's."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grasp_detector.data import read_dataset
from grasp_detector.data.pictures import list_pictures
from grasp_detector.data.point_cloud import camera_depth, read_cloud_depth
from grasp_detector.errors import InputError

HEADER = """# .PCD v.7 - Point Cloud Data file format
FIELDS x y z rgb index
SIZE 4 4 4 4 4
TYPE F F F F U
COUNT 1 1 1 1 1
WIDTH {count}
HEIGHT 1
VIEWPOINT 0 0 0 1 0 0 0
POINTS {count}
DATA ascii
"""
ONE = HEADER.format(count=1)
STEP = 7  # every seventh pixel has a point: clouds have gaps, and tests little time


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def scene(focal: float = 525.0, box: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A table, and a box on it, from a slanting camera: points in the base's frame, mm.

    As the real files are: x forward, y to the left, z up, the table below the base.
    """
    rows, columns = np.mgrid[0:480, 0:640]
    rays = np.stack([(columns - 319.5) / focal, (rows - 239.5) / focal, np.ones((480, 640))], -1)
    tilt = np.deg2rad(50)
    turn = np.array(
        [[0, -np.sin(tilt), np.cos(tilt)], [-1, 0, 0], [0, -np.cos(tilt), -np.sin(tilt)]]
    )
    camera = np.array([610.0, -188.0, 707.0])
    rays = rays @ turn.T
    height = np.full((480, 640), -120.0)
    if box:
        height[250:330, 300:340] = -70.0
    depth = (height - camera[2]) / rays[..., 2]
    # A Kinect measures the shift of dots in eighths of a pixel.
    depth = 8 * 525 * 75 / np.round(8 * 525 * 75 / depth)
    points = camera + depth[..., None] * rays
    index = np.arange(0, 640 * 480, STEP)
    return points.reshape(-1, 3)[index], index, depth.reshape(-1)[index]


SCENE = scene()


def write(path: Path, points: np.ndarray, index: np.ndarray) -> None:
    lines = [f"{x:.7g} {y:.7g} {z:.7g} 0 {i}\n" for (x, y, z), i in zip(points, index, strict=True)]
    path.write_text(HEADER.format(count=len(lines)) + "".join(lines))


def test_depth_is_along_the_cameras_axis_in_millimetres(tmp_path: Path) -> None:
    points, index, truth = scene()
    assert points[:, 2].max() < 0, "z is height over the robot's base, not depth"
    path = tmp_path / "pcd0100.txt"
    write(path, points, index)
    depth = read_cloud_depth(path)
    assert depth.shape == (480, 640)
    assert depth.dtype == np.uint16
    assert np.abs(depth.ravel()[index] - truth).max() <= 0.6, "rounded to the millimetre"
    assert (np.delete(depth.ravel(), index) == 0).all(), "pixels without a point have no depth"


@pytest.mark.parametrize("focal", [525.0, 575.8])
@pytest.mark.parametrize("box", [True, False])
def test_neither_frame_nor_intrinsics_matter(focal: float, box: bool) -> None:
    points, index, truth = scene(focal, box)
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    for moved in (points, points @ turn.T + [100, -2000, 30]):
        assert np.abs(camera_depth(moved, index) - truth).max() < 0.2


def test_in_the_cameras_own_frame_z_is_depth() -> None:
    _, index, truth = scene()
    rays = np.stack([index % 640 - 319.5, index // 640 - 239.5, np.full(len(index), 525.0)], 1)
    np.testing.assert_allclose(camera_depth(rays * truth[:, None] / 525, index), truth, atol=1e-2)
    # A wall: one plane leaves the camera open, but z is in front of it.
    wall = rays * 800.0 / 525
    np.testing.assert_allclose(camera_depth(wall, index), 800.0)


@pytest.mark.parametrize("box", [True, False])
@pytest.mark.parametrize("column", ["x", "y", "z", "index"])
@pytest.mark.parametrize("place", [0, 1234, -1])
def test_a_wrong_line_moves_no_other_point(box: bool, column: str, place: int) -> None:
    """A table is almost a plane: one point can turn the camera that all others leave open."""
    points, index, truth = scene(box=box)
    if column == "index":
        index[place] //= 10
        index[place] += 7
    else:
        points[place, "xyz".index(column)] *= 100
    depth = camera_depth(points, index)
    assert depth[place] == 0, "it is in no pixel"
    np.testing.assert_allclose(np.delete(depth, place), np.delete(truth, place), atol=0.2)


@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0, 0.05),
    coordinates=st.booleans(),
)
@settings(max_examples=30)
def test_wrong_lines_are_found_or_the_cloud_is_refused(
    seed: int, share: float, coordinates: bool
) -> None:
    points, index, truth = SCENE[0].copy(), SCENE[1].copy(), SCENE[2]
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(index), int(share * len(index)), replace=False)
    if coordinates:
        points[wrong, rng.integers(0, 3, len(wrong))] *= rng.choice([-1, 0.1, 10], len(wrong))
    else:
        index[wrong] = rng.integers(0, 640 * 480, len(wrong))
    try:
        depth = camera_depth(points, index)
    except InputError:
        assert share > 0.003, "so few are found"
        return
    right = np.setdiff1d(np.arange(len(index)), wrong)
    np.testing.assert_allclose(depth[right], truth[right], atol=0.2)
    assert share <= 0.02, "so many are refused"


def test_a_cloud_that_was_cut_is_refused(tmp_path: Path) -> None:
    """Wherever it was: the last line's number may be whole, or shorter by a digit."""
    path = tmp_path / "pcd0100.txt"
    points, index, _ = SCENE
    write(path, points, index)
    text = path.read_text()
    for end in (len(text) // 2, text.rindex("\n", 0, -1) + 1):
        path.write_text(text[:end])
        with pytest.raises(InputError, match=r"pcd0100\.txt' is no whole point cloud"):
            read_cloud_depth(path)
    # Cut in the last number of all, the lines are as many as ever.
    path.write_text(text[:-3])
    depth = read_cloud_depth(path).ravel()
    assert np.abs(depth[index[:-1]] - SCENE[2][:-1]).max() <= 0.6


def test_points_that_no_camera_sees_so_are_refused(tmp_path: Path) -> None:
    points, index, _ = scene()
    shuffled = np.random.default_rng(0).permutation(index)
    with pytest.raises(InputError, match="no camera"):
        camera_depth(points, shuffled)
    with pytest.raises(InputError, match="9 points are too few"):
        camera_depth(points[:9], index[:9])
    path = tmp_path / "pcd0100.txt"
    write(path, points / 1000, index)
    with pytest.raises(InputError, match=r"pcd0100.*millimetres are needed"):
        read_cloud_depth(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no point cloud with pixels"),
        (HEADER.replace("ascii", "binary"), "no point cloud with pixels"),
        (HEADER.replace(" index", ""), "no point cloud with pixels"),
        (HEADER, "holds no point"),
        (HEADER + "1 2 3 0 5\n1 2 3\n", "no whole point cloud"),
        (HEADER + "1 2 x 0 5\n", "no whole point cloud"),
        (ONE + "1 2 3 0 307200\n", "names pixel 307200"),
        (ONE + "1 2 3 0 -1\n", "names pixel -1"),
        (ONE + "nan nan nan 0 7\n", "0 points are too few"),
        (ONE + "1e308 2 3 0 7\n", "farther off"),
        (ONE + "1 2 3 0 7\n" * 2, "holds 2 points, its header tells 1 "),
        (ONE.replace("POINTS", "#") + "1 2 3 0 7\n", "holds 1 points, its header tells nothing "),
    ],
)
def test_broken_clouds_are_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "pcd0100.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=f"pcd0100.*{says}"):
        read_cloud_depth(path)


def test_a_cloud_is_parsed_once_and_again_when_it_changes(tmp_path: Path, own_cache: Path) -> None:
    points, index, _ = scene()
    path = tmp_path / "pcd0100.txt"
    write(path, points, index)
    first = read_cloud_depth(path)
    (kept,) = (own_cache / "grasp_detector" / "depth").iterdir()
    cv2.imwrite(str(kept), first + 1)
    assert (read_cloud_depth(path) == first + 1).all(), "it comes from the cache"
    kept.write_bytes(kept.read_bytes()[:100])
    assert (read_cloud_depth(path) == first).all(), "a damaged file is made again"
    write(path, points[:-100], index[:-100])
    os.utime(path, (1, 1))
    assert (read_cloud_depth(path) != first).any()


def test_no_cache_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    points, index, _ = scene()
    path = tmp_path / "pcd0100.txt"
    write(path, points, index)
    assert read_cloud_depth(path).any()


def test_the_cloud_goes_before_the_distances_of_a_tiff(tmp_path: Path) -> None:
    place = tmp_path / "data" / "01"
    place.mkdir(parents=True)
    for name in ("0100", "0101", "0102"):
        cv2.imwrite(str(place / f"pcd{name}r.png"), np.zeros((480, 640, 3), np.uint8))
        (place / f"pcd{name}cpos.txt").write_text("1 2\n3 2\n3 4\n1 4\n")
    for name in ("0100", "0101"):
        cv2.imwrite(str(place / f"pcd{name}d.tiff"), np.full((480, 640), 2.0, np.float32))
    points, index, truth = scene()
    write(place / "pcd0100.txt", points, index)
    cloud, tiff, none = (sample.depth() for sample in read_dataset(tmp_path / "data"))
    assert cloud is not None
    assert tiff is not None
    assert none is None
    assert abs(int(cloud.ravel()[0]) - truth[0]) < 1
    assert tiff[0, 0] == 2.0


def test_pictures_without_labels_have_the_same_depth(tmp_path: Path) -> None:
    """`detect`, `calibrate` and the replay camera see what training saw: the cloud first."""
    points, index, _ = scene()
    (tmp_path / "01").mkdir()
    color = tmp_path / "01" / "pcd0100r.png"
    cv2.imwrite(str(color), np.zeros((480, 640, 3), np.uint8))
    color.with_name("pcd0100cpos.txt").write_text("1 2\n3 2\n3 4\n1 4\n")
    cv2.imwrite(str(color.with_name("pcd0100d.tiff")), np.full((480, 640), 9.0, np.float32))
    write(color.with_name("pcd0100.txt"), points, index)
    (sample,) = read_dataset(tmp_path)
    (files,) = list_pictures(tmp_path)
    assert files.depth == sample.depth_path == color.with_name("pcd0100.txt")
    expected, depth = sample.depth(), files.read()[1]
    assert expected is not None and depth is not None
    np.testing.assert_array_equal(depth, expected)
