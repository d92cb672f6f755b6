"""int8: made of enough pictures, of this way to calibrate, and in bytes from end to end."""

import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from grasp_detector.detector import onnx_cache
from grasp_detector.detector.engines import make_engine
from grasp_detector.detector.int8 import calibrate
from grasp_detector.errors import InputError
from grasp_detector.weights_path import default_weights


def test_int8_needs_calibration_with_enough_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: np.ndarray
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    advice = f"grasp-detector calibrate FOLDER --weights {default_weights()}"
    with pytest.raises(InputError, match=re.escape(advice)):
        make_engine(default_weights(), "openvino-int8", "cpu")
    with pytest.raises(InputError, match="too few"):
        calibrate(default_weights(), list(pictures[:3]))
    kept = calibrate(default_weights(), list(pictures))
    make_engine(default_weights(), "openvino-int8", "cpu")
    # A file of another way to calibrate is of no use, slow or less exact: it is not taken.
    monkeypatch.setattr(onnx_cache, "_CALIBRATION", onnx_cache._CALIBRATION + 1)
    assert onnx_cache.int8_path(default_weights()) != kept
    with pytest.raises(InputError, match="not calibrated yet"):
        make_engine(default_weights(), "openvino-int8", "cpu")


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
    for node in graph.node:
        if node.op_type == "Conv":
            assert {makers[name] for name in node.input[:2]} == {"DequantizeLinear"}, node.name
