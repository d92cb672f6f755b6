"""What a network has to compute and to move, counted on its ONNX graph."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

_FLOAT = 4  # bytes


@dataclass(frozen=True)
class Cost:
    """Of one picture, float32.

    Attributes:
        macs: multiplications with addition, in convolutions and matrix products.
        depthwise: those of them in depthwise convolutions, which hardly use wide units.
        weights: bytes of weights, each read once.
        activations: bytes that convolutions and matrix products read and write, each layer by
            itself: what moves where nothing is fused and no cache holds it.
    """

    macs: int
    depthwise: int
    weights: int
    activations: int


def cost_of(path: Path) -> Cost:
    """Count an ONNX file of ours, at batch 1."""
    import onnx
    from onnx import shape_inference

    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {
        value.name: [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    constants = {each.name: list(each.dims) for each in graph.initializer}
    macs = depthwise = activations = 0
    for node in graph.node:
        if node.op_type not in ("Conv", "Gemm", "MatMul"):
            continue
        out, weight = shapes[node.output[0]], constants[node.input[1]]
        # A weight takes part in every place of the picture (Conv), or in one product a row (Gemm).
        each = prod(out[2:]) * prod(weight) if node.op_type == "Conv" else out[0] * prod(weight)
        macs += each
        if node.op_type == "Conv" and weight[1] == 1 and weight[0] > 1:
            depthwise += each
        activations += _FLOAT * (prod(shapes[node.input[0]]) + prod(out))
    weights = _FLOAT * sum(prod(dims) for dims in constants.values())
    return Cost(macs, depthwise, weights, activations)
