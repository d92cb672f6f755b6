"""`grasp-detector export`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from grasp_detector.terminal import plain_console


class Format(str, Enum):
    """What a network can be exported as."""

    onnx = "onnx"
    onnx_whole = "onnx-whole"
    openvino = "openvino"


def export(
    output: Annotated[Path, typer.Argument(help="The file to write.")],
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    form: Annotated[Format, typer.Option("--format", help="See above.")] = Format.onnx,
) -> None:
    """Write the network for other runtimes, checked against torch.

    `onnx`: the network alone: a fused picture with the mean subtracted in, the raw grid out.

    `onnx-whole`: fused bytes in, every cell's grasp, confidence and class out.

    `openvino`: the network alone as OpenVINO's IR, an `.xml` and a `.bin` file.

    TensorRT takes the ONNX files: `trtexec --onnx=multigrasp.onnx --fp16 --saveEngine=m.plan`.

    Example: `grasp-detector export multigrasp.onnx`
    """
    from grasp_detector.detector.export import export_onnx, export_openvino
    from grasp_detector.weights_path import default_weights

    path = weights or default_weights()
    if form is Format.openvino:
        difference = export_openvino(path, output)
    else:
        difference = export_onnx(path, output, whole=form is Format.onnx_whole)
    unit = " pixels" if form is Format.onnx_whole else ""
    plain_console().print(f"{output}: differs from torch by {difference:.1g}{unit} at most")
