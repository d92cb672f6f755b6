"""`grasp-detector export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def export(
    output: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
) -> None:
    """Write the network as ONNX, checked against torch.

    The file holds the network alone: a fused picture in, the raw grid out.

    Example: `grasp-detector export multigrasp.onnx`
    """
    from grasp_detector.detector.export import export_onnx
    from grasp_detector.weights_path import default_weights

    difference = export_onnx(weights or default_weights(), output)
    Console().print(f"{output}: differs from torch by {difference:.1g} at most", highlight=False)
