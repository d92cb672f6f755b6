"""Crop, depth and fusion."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.errors import InputError
from grasp_detector.geometry import angle_difference
from grasp_detector.rgbd import (
    MEAN,
    NETWORK_SIZE,
    Crop,
    central_crop,
    depth_in_metres,
    depth_to_blue,
    fuse,
    to_network,
)

side = st.integers(1, 2000)


def test_the_papers_crop() -> None:
    assert central_crop(480, 640) == Crop(160, 80, 320)


@given(side, side)
def test_the_crop_is_in_the_middle_and_fits(height: int, width: int) -> None:
    crop = central_crop(height, width)
    assert 1 <= crop.size <= min(height, width)
    assert 2 * crop.x + crop.size == width
    assert 2 * crop.y + crop.size == height


@given(
    side, side, st.tuples(*[st.floats(-300, 300)] * 2, st.floats(-2, 2), *[st.floats(1, 99)] * 2)
)
def test_the_inverse_map_brings_every_grasp_back(
    height: int, width: int, grasp: tuple[float, ...]
) -> None:
    crop = central_crop(height, width)
    back = crop.grasps_to_picture(crop.grasps_to_network(grasp))
    np.testing.assert_allclose(back[[0, 1, 3, 4]], np.array(grasp)[[0, 1, 3, 4]], atol=1e-6)
    assert angle_difference(back[2], grasp[2]) < 1e-6


def test_the_crops_corners_are_the_networks_corners() -> None:
    crop = Crop(100, 50, 320)
    # Borders of pixels, not their centres: the whole square is used.
    corners = np.array([[99.5, 49.5, 0, 1, 1], [419.5, 369.5, 0, 1, 1]])
    moved = crop.grasps_to_network(corners)[:, :2]
    np.testing.assert_allclose(moved, [[-0.5, -0.5], [NETWORK_SIZE - 0.5] * 2], atol=1e-9)


def test_a_mark_lands_where_the_map_says() -> None:
    rgb = np.zeros((480, 640, 3), np.uint8)
    rgb[200:211, 300:311] = 255
    crop = central_crop(480, 640)
    fused = fuse(rgb, None, crop.to_network)
    rows, columns = np.nonzero(fused[..., 0] > 127)
    expected = crop.grasps_to_network([305, 205, 0, 1, 1])[:2]
    np.testing.assert_allclose([columns.mean(), rows.mean()], expected, atol=0.5)


def test_millimetres_that_float_are_told_from_metres() -> None:
    matrix = central_crop(48, 64).to_network
    rgb, metres = np.zeros((48, 64, 3), np.uint8), np.full((48, 64), 0.7, np.float32)
    metres[:5] = np.nan
    metres[5:30] = 500.0  # the sky of a simulator
    for depth in (metres, metres.astype(np.float64), np.full((48, 64), 700, np.uint16)):
        fuse(rgb, depth, matrix)
    signalling = np.array(0x7FA00000, np.uint32).view(np.float32)
    for none in (np.inf, 3e38, signalling):
        fuse(rgb, np.full((48, 64), none, np.float32), matrix)
    with pytest.raises(InputError, match="is in metres; divide millimetres by 1000"):
        fuse(rgb, np.where(np.isnan(metres), 0, np.float32(700)), matrix)


@pytest.mark.parametrize("size", [0, 481, -3])
def test_impossible_crops_are_refused(size: int) -> None:
    with pytest.raises(InputError, match="crop"):
        central_crop(480, 640, size)


def test_millimetres_and_metres_mean_the_same() -> None:
    mm = np.array([[0, 500, 1234, 65535]], np.uint16)
    metres = np.array([[np.nan, 0.5, 1.234, 65.535]], np.float32)
    np.testing.assert_allclose(depth_in_metres(mm), depth_in_metres(metres), atol=1e-6)
    odd = np.array([[np.inf, -np.inf, -1.0, 0.0]], np.float32)
    assert depth_in_metres(odd).tolist() == [[0, 0, 0, 0]]


@given(st.floats(0.3, 5), st.floats(0, 0.5), st.integers(0, 2**32 - 1))
def test_blue_keeps_order_and_missing(base: float, relief: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    metres = (base + relief * rng.random((40, 40))).astype(np.float32)
    metres[rng.random((40, 40)) < 0.2] = 0
    blue = depth_to_blue(metres)
    assert ((blue == 0) == (metres == 0)).all()
    flat = metres[metres > 0]
    order = np.argsort(flat, kind="stable")
    assert (np.diff(blue[metres > 0][order].astype(int)) >= 0).all()


def test_blue_is_about_heights_not_about_the_cameras_distance() -> None:
    table = np.full((100, 100), 0.8, np.float32)
    table[40:60, 40:60] -= 0.05
    np.testing.assert_array_equal(depth_to_blue(table), depth_to_blue(table + np.float32(0.4)))
    assert depth_to_blue(table)[50, 50] == pytest.approx(255 - 254 * 0.05 / 0.2, abs=1)


def test_a_small_object_keeps_its_contrast_before_a_far_floor() -> None:
    metres = np.full((224, 224), 0.8, np.float32)
    metres[:75] = 2.5
    metres[120:140, 100:120] = 0.76
    blue = depth_to_blue(metres)
    assert blue[200, 200] - int(blue[130, 110]) >= 15
    assert blue[10, 10] == 255


def test_a_large_picture_is_averaged_not_picked_from() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3), np.uint8)
    fused = fuse(noise, None, central_crop(1080, 1920).to_network)
    assert fused[..., 0].std() < noise.std() / 2
    mark = np.zeros((1080, 1920, 3), np.uint8)
    mark[500:531, 900:921] = 255
    crop = central_crop(1080, 1920)
    rows, columns = np.nonzero(fuse(mark, None, crop.to_network)[..., 0] > 100)
    expected = crop.grasps_to_network([910, 515, 0, 1, 1])[:2]
    np.testing.assert_allclose([columns.mean(), rows.mean()], expected, atol=0.3)


def test_a_flat_tables_noise_stays_faint() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(0.8, 0.001, (100, 100)).astype(np.float32)
    assert depth_to_blue(table).std() < 3


@pytest.mark.parametrize("metres", [np.zeros((8, 8)), np.eye(9)[:, ::-1] * 0.7])
def test_little_or_no_depth_is_no_error(metres: np.ndarray) -> None:
    blue = depth_to_blue(metres.astype(np.float32))
    assert ((blue > 0) == (metres > 0)).all()


def test_depth_takes_the_place_of_blue() -> None:
    rgb = np.full((48, 64, 3), (10, 20, 30), np.uint8)
    crop = central_crop(48, 64).to_network
    assert (fuse(rgb, None, crop) == (10, 20, 0)).all()
    assert (fuse(rgb, np.full((48, 64), 700, np.uint16), crop) == (10, 20, 255)).all()
    assert (rgb == (10, 20, 30)).all(), "the picture given is left alone"


def test_the_network_gets_planes_with_the_mean_subtracted() -> None:
    fused = np.zeros((2, 4, 5, 3), np.uint8)
    fused[..., 1] = 200
    planes = to_network(fused)
    assert planes.shape == (2, 3, 4, 5)
    assert planes.dtype == np.float32
    assert (planes[:, 0] == -MEAN).all()
    assert (planes[:, 1] == 200 - MEAN).all()


def test_a_network_that_takes_smaller_pictures_gets_them() -> None:
    rng = np.random.default_rng(0)
    fused = rng.integers(0, 256, (2, 224, 224, 3), np.uint8)
    fused[..., :2] = cv2.GaussianBlur(fused[0, ..., :2], (0, 0), 8.0)
    fused[..., 2] = np.where(rng.random((224, 224)) < 0.5, 0, 200)
    small = to_network(fused, 192)
    assert small.shape == (2, 3, 192, 192)
    assert set(np.unique(small[:, 2])) == {-MEAN, 200 - MEAN}, "depth is never between two depths"
    # Both show the same places: pixel centres of one lie where they lie in the other.
    place = (np.arange(192) + 0.5) * 224 / 192 - 0.5
    columns, rows = np.meshgrid(place, place)
    maps = columns.astype(np.float32), rows.astype(np.float32)
    there = cv2.remap(fused[0, ..., 0], *maps, cv2.INTER_LINEAR).astype(np.float32)
    assert np.abs(small[0, 0] + MEAN - there).max() <= 2


@given(
    st.integers(0, 40),
    st.integers(0, 30),
    st.integers(60, 400),
    st.sampled_from([1, 2, 3]),
    st.data(),
)
def test_a_square_of_whole_pixels_is_seen_as_any_other(
    x: int, y: int, size: int, times: int, data: st.DataObject
) -> None:
    """A short cut takes it: what is seen must be what the warp sees of a square beside it."""
    rng = np.random.default_rng(data.draw(st.integers(0, 9)))
    height, width = (y + size + 5) * times, (x + size + 7) * times
    rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
    rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 6.0 * times), np.uint8)
    depth = np.repeat(np.arange(500, 500 + width, dtype=np.uint16)[None], height, axis=0)
    matrix = Crop(x * times, y * times, size * times).to_network
    beside = matrix + [[0, 0, 0.02], [0, 0, 0.02]]
    colours, moved = (fuse(rgb, None, each).astype(int) for each in (matrix, beside))
    assert np.abs(colours - moved).max() <= 3
    # Of two pixels that are as near either may be seen, and a byte is 0.8 mm or more.
    near, other = (fuse(rgb, depth, each)[..., 2].astype(int) for each in (matrix, beside))
    assert np.abs(near - other).max() <= 3


@pytest.mark.parametrize(
    ("rgb", "depth", "says"),
    [
        (np.zeros((4, 4), np.uint8), None, "shape"),
        (np.zeros((4, 4, 4), np.uint8), None, "shape"),
        (np.zeros((4, 4, 3), np.float32), None, "float32"),
        (np.zeros((0, 4, 3), np.uint8), None, "4x0"),
        (np.zeros((1, 40000, 3), np.uint8), None, "40000x1"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint16), "register"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8), "uint16"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.int64), "uint16"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 1), np.uint16), "shape"),
    ],
)
def test_bad_pairs_get_one_clear_line(rgb: np.ndarray, depth: np.ndarray | None, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        fuse(rgb, depth, central_crop(4, 4).to_network)
    assert "\n" not in str(caught.value)
