"""The meaning of the grid: encoding and decoding are inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.geometry import angle_difference
from grasp_detector.model.grid import CHANNELS, best_grasp, cell_centres, decode, encode
from grasp_detector.rgbd import NETWORK_SIZE

pixel = st.floats(-40, NETWORK_SIZE + 40)
grasps = st.tuples(
    pixel, pixel, st.floats(-np.pi / 2, np.pi / 2), st.floats(2, 300), st.floats(2, 300)
)
cell_counts = st.sampled_from([7, 14, 28])


@given(grasps, cell_counts, st.data())
def test_any_cell_can_answer_for_any_grasp(
    grasp: tuple[float, ...], cells: int, data: st.DataObject
) -> None:
    row, column = (data.draw(st.integers(0, cells - 1)) for _ in range(2))
    raw = np.zeros((CHANNELS, cells, cells))
    raw[1:, row, column] = encode(grasp, row, column, cells)
    raw[0] = -9
    raw[0, row, column] = 2.0
    found, confidence, kind = best_grasp(raw)
    np.testing.assert_allclose(found[[0, 1, 3, 4]], np.array(grasp)[[0, 1, 3, 4]], atol=1e-6)
    assert angle_difference(found[2], grasp[2]) < 1e-6
    assert confidence == pytest.approx(1 / (1 + np.exp(-2)))
    assert kind == -1, "a grid without classes does not classify"


def test_the_class_is_the_answering_cells() -> None:
    raw = np.zeros((2, CHANNELS + 3, 7, 7))
    raw[0, 0, 2, 5] = raw[1, 0, 6, 0] = 9
    raw[0, CHANNELS + 1, 2, 5] = raw[1, CHANNELS + 2, 6, 0] = 4
    raw[:, CHANNELS, 3, 3] = 8
    assert best_grasp(raw)[2].tolist() == [1, 2]


@pytest.mark.parametrize("cells", [7, 28])
def test_an_empty_grid_lies_on_the_cells_centres(cells: int) -> None:
    grasps, confidence = decode(np.zeros((3, CHANNELS, cells, cells)))
    assert grasps.shape == (3, cells * cells, 5)
    assert confidence.shape == (3, cells * cells)
    centre = cell_centres(cells)
    assert grasps[0, 1, :2].tolist() == pytest.approx([centre[1], centre[0]])
    # The cells divide the picture evenly: their centres' mean is the picture's middle.
    assert centre.mean() == pytest.approx((NETWORK_SIZE - 1) / 2)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1e3, 1e30]))
def test_whatever_comes_out_is_a_grasp(seed: int, scale: float) -> None:
    raw = np.random.default_rng(seed).normal(0, scale, (CHANNELS, 7, 7)).astype(np.float32)
    grasps, confidence = decode(raw)
    assert np.isfinite(grasps).all()
    assert (grasps[:, 3:] > 0).all()
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert ((grasps[:, 2] >= -np.pi / 2) & (grasps[:, 2] < np.pi / 2)).all()
