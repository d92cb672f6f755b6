"""An int8 network: weights and activations in bytes, their ranges measured on pictures."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.export import INPUT
from grasp_detector.detector.made_up import made_up_pictures
from grasp_detector.detector.onnx_cache import int8_path, note_whole, onnx_file
from grasp_detector.detector.runtime import onnx_runtime
from grasp_detector.errors import InputError
from grasp_detector.files import written_aside
from grasp_detector.model.weights import read_info
from grasp_detector.rgbd import to_network

LEAST = 16
"""Pictures below which the ranges would be chance."""
_MADE_UP = 48


def calibrate(weights: Path, pictures: Sequence[NDArray[np.uint8]], made_up: bool = False) -> Path:
    """Make the int8 file of a weight file and keep it where engine "openvino-int8" looks.

    Convolutions are quantised with the clips that follow them, a scale for each channel of the
    weights; ranges of activations are the least and greatest seen. The last ones, which say what
    the answer is, stay in float32. What it costs in accuracy is for `evaluate` to say.

    Args:
        weights: a weight file.
        pictures: fused ``(224, 224, 3)`` bytes, of the kind that it will see, not of a test.
        made_up: they are nobody's own: a file that is made of such takes their place.

    Returns:
        The ONNX file, with QuantizeLinear and DequantizeLinear nodes.

    Raises:
        InputError: too few pictures, no ONNX Runtime, or weights that cannot be exported.
    """
    if len(pictures) < LEAST:
        raise InputError(
            f"{len(pictures)} pictures are too few to calibrate with: {LEAST} at least"
        )
    onnx_runtime()  # says so where it is missing
    source, kept = onnx_file(weights), int8_path(weights, made_up)
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.getLogger().addFilter(_no_advice)
    try:
        with tempfile.TemporaryDirectory() as folder, written_aside(kept) as aside:
            prepared = str(Path(folder, "prepared.onnx"))
            quant_pre_process(str(source), prepared, skip_symbolic_shape=True)
            quantize_static(
                prepared,
                str(aside),
                _Pictures(pictures, read_info(weights).spec.side),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                # Weights of seven bits: two products of eight would not fit the sixteen in which
                # processors without VNNI add them up, and would be cut off.
                reduce_range=True,
                nodes_to_exclude=_last(prepared),
                # A convolution and its clip become one: the range of the bytes is the clip. A clip
                # left out would need float32 between the two, and what comes before it a coarser
                # scale.
                op_types_to_quantize=["Conv", "Clip", "Relu"],
            )
    finally:
        logging.getLogger().removeFilter(_no_advice)
    note_whole(kept)
    return kept


def _last(path: str) -> list[str]:
    """Names of the layers with weights that no other one follows."""
    import onnx

    graph = onnx.load(path).graph
    makers = {name: node for node in graph.node for name in node.output}
    found, waiting = [], [output.name for output in graph.output]
    while waiting:
        node = makers.get(waiting.pop())
        if node is not None and node.op_type in ("Conv", "Gemm", "MatMul"):
            found.append(node.name)
        elif node is not None:
            waiting.extend(node.input)
    return found


class _Pictures:
    """What ONNX Runtime asks a calibration to read: one input after the other, then None."""

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], side: int) -> None:
        self._inputs: Iterator[dict[str, Any]] = (
            {INPUT: to_network(picture[None], side)} for picture in pictures
        )

    def get_next(self) -> dict[str, Any] | None:
        """The next input."""
        return next(self._inputs, None)


def _no_advice(record: logging.LogRecord) -> bool:
    """Leave out the quantiser's advice to do what was just done."""
    return "pre-processing" not in record.getMessage()


if __name__ == "__main__":
    try:
        calibrate(Path(sys.argv[1]), made_up_pictures(_MADE_UP), made_up=True)
    except InputError as failure:
        sys.exit(str(failure))
