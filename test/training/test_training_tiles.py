"""The small pictures that people look at: everything is where it should be."""

import numpy as np
import pytest

from grasp_detector.detector.grasp import Grasp
from grasp_detector.sheet import fit, make_sheet
from grasp_detector.training.tiles import LABEL, answer_tile


def picture() -> np.ndarray:
    fused = np.full((224, 224, 3), 100, np.uint8)
    fused[100:120, 40:60, 2] = 250
    return fused


@pytest.mark.parametrize("deep", [False, True])
def test_labels_and_answer_lie_where_they_are_in_the_picture(deep: bool) -> None:
    labels = np.array([[60.0, 50.0, 0.0, 20.0, 40.0]])
    answer = Grasp(160.0, 170.0, 0.0, 20.0, 40.0, 0.5)
    tile = answer_tile(picture(), labels, answer, deep)
    assert tile.shape == (336, 672 if deep else 336, 3)
    left = tile[:, :336].astype(int)
    green = np.abs(left - LABEL).sum(axis=-1) < 60
    rows, columns = np.nonzero(green)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(50.5 * 1.5 - 0.5, abs=1.5)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(60.5 * 1.5 - 0.5, abs=1.5)
    assert np.ptp(columns) == pytest.approx(60, abs=4)
    plates = (left[..., 2] > 200) & (left[..., 0] < 60)
    rows, columns = np.nonzero(plates)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(160.5 * 1.5 - 0.5, abs=1.5)
    assert np.ptp(rows) == pytest.approx(30, abs=4)
    blank = left[..., 2][green | plates | (left[..., 0] != 100) | (left[..., 1] != 100)]
    assert blank.size < 2500, "the blue channel does not shine through the colours"
    if deep:
        rows, columns = np.nonzero(tile[:, 336:, 0] > 200)
        assert rows.min() == pytest.approx(150, abs=2)
        assert columns.min() == pytest.approx(60, abs=2)


def test_a_sheet_holds_every_tile_once() -> None:
    tiles = [np.full((30, 50, 3), value, np.uint8) for value in (10, 60, 110)]
    sheet = make_sheet(tiles, ["first", "second of a name that is too long", "d\u00e9j\u00e0"], 2)
    for tile in tiles:
        assert (sheet == tile[0, 0]).all(axis=-1).sum() >= 30 * 50
    assert make_sheet(tiles[:1], ["alone"], 5).shape[1] < 100


@pytest.mark.parametrize(("shape", "size"), [((480, 640), (40, 30)), ((1024, 1024), (30, 30))])
def test_pictures_are_fitted_whole(shape: tuple[int, int], size: tuple[int, int]) -> None:
    tile = fit(np.zeros((*shape, 3), np.uint8), 40, 30)
    rows, columns = np.nonzero(tile.sum(axis=-1) == 0)
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == size
