"""From safetensors to ONNX: the network alone, its output checked against torch."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np

from grasp_detector.detector.runtime import onnx_runtime
from grasp_detector.errors import InputError
from grasp_detector.files import written_aside
from grasp_detector.rgbd import NETWORK_SIZE

INPUT, OUTPUT = "picture", "grid"
TOLERANCE = 1e-3
"""Greatest difference of a raw output from torch's that is let pass."""


def export_onnx(weights: Path, path: Path) -> float:
    """Write a network as ONNX: ``(B, 3, 224, 224)`` to the raw grid, any batch size.

    Fusion before and decoding after are not in the file: see `rgbd` and `model.grid`.

    Args:
        weights: a weight file.
        path: where to write; replaced whole or not at all.

    Returns:
        The greatest difference from torch's output on a random picture.

    Raises:
        InputError: weights that cannot be loaded, or a path that cannot be written.
        RuntimeError: the exported network differs from torch's by more than `TOLERANCE`.
    """
    import torch

    from grasp_detector.model.weights import load_network

    network, _ = load_network(weights)
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand((2, 3, NETWORK_SIZE, NETWORK_SIZE), generator=generator) * 255 - 144
    with written_aside(path) as aside:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (picture,),
                str(aside),
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                external_data=False,
                dynamo=True,
                verbose=False,
            )
        session = onnx_runtime().InferenceSession(str(aside), providers=["CPUExecutionProvider"])
        exported = session.run([OUTPUT], {INPUT: picture.numpy()})[0]
        with torch.inference_mode():
            difference = float(np.abs(exported - network(picture).numpy()).max())
        if not difference <= TOLERANCE:
            raise RuntimeError(f"the exported network differs from torch's by {difference:.2g}")
    return difference


if __name__ == "__main__":
    try:
        export_onnx(Path(sys.argv[1]), Path(sys.argv[2]))
    except InputError as failure:
        sys.exit(str(failure))
