"""int8: made of enough pictures, of this way to calibrate, and in bytes from end to end."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from grasp_detector.detector import onnx_cache
from grasp_detector.detector.engines import make_engine
from grasp_detector.detector.int8 import calibrate
from grasp_detector.detector.made_up import made_up_pictures
from grasp_detector.errors import InputError
from grasp_detector.weights_path import default_weights


def test_int8_is_calibrated_by_itself_and_better_by_pictures_of_ones_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pictures: np.ndarray,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    make_engine(default_weights(), "openvino-int8", "cpu")
    assert "to int8, once" in caplog.text
    made_up = onnx_cache.int8_file(default_weights())
    with pytest.raises(InputError, match="too few"):
        calibrate(default_weights(), list(pictures[:3]))
    kept = calibrate(default_weights(), list(pictures))
    assert made_up.exists() and onnx_cache.int8_file(default_weights()) == kept != made_up

    caplog.clear()
    monkeypatch.setattr(onnx_cache, "run_module", lambda *_: pytest.fail("made again"))
    make_engine(default_weights(), "openvino-int8", "cpu")
    # A file of another way to calibrate is of no use, slow or less exact: it is not taken.
    monkeypatch.setattr(onnx_cache, "CALIBRATION", onnx_cache.CALIBRATION + 1)
    assert onnx_cache.int8_path(default_weights()) != kept


def test_weights_in_bytes_leave_room_for_a_sum_of_two(pictures: np.ndarray) -> None:
    """Without VNNI two products are added up in sixteen bits, and what does not fit is cut off."""
    graph = onnx.load(str(calibrate(default_weights(), list(pictures)))).graph
    bytes_of = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    weights = [each for each in bytes_of.values() if each.dtype == np.int8 and each.ndim == 4]
    assert len(weights) > 50
    greatest = max(int(np.abs(each.astype(int)).max()) for each in weights)
    assert 255 * greatest * 2 <= 32767


def test_made_up_pictures_are_the_same_ones_with_and_without_depth() -> None:
    first, again = made_up_pictures(20), made_up_pictures(20)
    np.testing.assert_array_equal(first, again)
    deep = [bool(picture[..., 2].any()) for picture in first]
    assert 0 < sum(deep) < 20
    assert all(picture.shape == (224, 224, 3) for picture in first)


def test_a_missing_runtime_is_named(monkeypatch: pytest.MonkeyPatch, pictures: np.ndarray) -> None:
    onnx_cache.onnx_file(default_weights())  # an export that is kept needs no runtime
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "onnxruntime.quantization", None)
    with pytest.raises(InputError, match="pip install onnxruntime"):
        calibrate(default_weights(), list(pictures))


def test_int8_has_no_clip_between_a_convolution_and_its_bytes(pictures: np.ndarray) -> None:
    graph = onnx.load(str(calibrate(default_weights(), list(pictures)))).graph
    kinds = Counter(node.op_type for node in graph.node)
    assert kinds["Conv"] > 50
    # A clip that is left between two of them costs a way to float32 and back.
    assert not {"Clip", "Relu"} & set(kinds)
    makers = {name: node.op_type for node in graph.node for name in node.output}
    in_bytes = [
        {makers.get(name) for name in node.input[:2]} == {"DequantizeLinear"}
        for node in graph.node
        if node.op_type == "Conv"
    ]
    # Where and how, and of which class: these answers keep all of their digits.
    assert in_bytes.count(False) == 2
