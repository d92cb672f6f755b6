"""The benchmark: what it counts is right, the page says what its figures say, and it runs."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from grasp_detector.bench.cost import cost_of
from grasp_detector.bench.floor import floor
from grasp_detector.bench.page import page_text, write_page
from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB
from grasp_detector.bench.spread import Spread, in_turns
from grasp_detector.bench.table import milliseconds
from grasp_detector.detector import GraspDetector
from grasp_detector.errors import InputError


def network(path: Path, groups: int = 1) -> Path:
    """ONNX: 3x224x224, a convolution to 6x112x112, then a fully connected layer to 5."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    weight = np.zeros((6, 3 // groups, 3, 3), np.float32)
    full = np.zeros((6 * 112 * 112, 5), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], strides=[2, 2], pads=[1] * 4, group=groups),
            helper.make_node("Flatten", ["c"], ["f"]),
            helper.make_node("MatMul", ["f", "m"], ["y"]),
        ],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 224, 224])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 5])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(full, "m")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_operations_and_bytes_are_counted_by_hand(tmp_path: Path) -> None:
    convolution = 112 * 112 * 6 * 3 * 3 * 3
    full = 6 * 112 * 112 * 5
    cost = cost_of(network(tmp_path / "n.onnx"))
    assert (cost.macs, cost.depthwise) == (convolution + full, 0)
    assert cost.weights == 4 * (6 * 3 * 9 + full)
    assert cost.activations == 4 * (3 * 224 * 224 + 2 * 6 * 112 * 112 + 5)
    depthwise = cost_of(network(tmp_path / "d.onnx", groups=3))
    assert depthwise.macs == convolution // 3 + full
    assert depthwise.depthwise == convolution // 3


def test_the_floor_is_what_takes_longer() -> None:
    figures = {
        "rates": {"2": {"onnx": 1e9, "openvino": 2e9, "openvino-bf16": 8e9}},
        "cost": {"macs": 1e6, "weights": 4e6},
        "bandwidth": 1e9,
    }
    assert floor(figures, "onnx", 2) == pytest.approx(4e-3), "the weights"
    assert floor(figures, "onnx", 2, batch=16) == pytest.approx(1e-3), "the operations"
    assert floor(figures, "openvino-bf16", 2) == pytest.approx(2e-3)
    assert floor(figures, "openvino-int8", 2) is None


def test_turns_are_taken_and_the_first_of_each_does_not_count() -> None:
    order: list[str] = []
    taken = in_turns({name: partial(order.append, name) for name in "ab"}, 2, 3)
    assert "".join(order) == "aaaabbbb" * 3
    assert [len(each) for each in taken.values()] == [6, 6]
    assert Spread.of([3.0, 1.0, 2.0]).to_list() == [2.0, 1.5, 2.5]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (5e-4, "0.5"),
        (0.01234, "12.3"),
        (0.99949, "999"),
        (0.9996, "1,000"),
        (1.31, "1,310"),
    ],
)
def test_milliseconds_are_never_in_powers_of_ten(seconds: float | None, said: str) -> None:
    assert milliseconds(seconds) == said


def test_the_scene_has_as_many_grasps_as_are_published() -> None:
    grasps = GraspDetector(engine="onnx").detect(RGB, DEPTH, intrinsics=INTRINSICS)
    assert len(grasps) == 10, "else a frame would look cheaper than it is"
    assert all(grasp.pose is not None for grasp in grasps)


def test_the_page_says_what_its_figures_say(top: Path) -> None:
    folder = top / "docs" / "performance"
    assert (top / "docs" / "performance.md").read_text() == page_text(folder)


def test_a_page_without_figures_is_refused(top: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make bench"):
        write_page(tmp_path)
    for path in (top / "docs" / "performance").glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match=r"notes\.md"):
        write_page(tmp_path)
    (tmp_path / "bench.json").write_text(json.dumps({}))
    (tmp_path / "over_dds.json").write_text("{")
    with pytest.raises(InputError, match="make bench"):
        write_page(tmp_path)
