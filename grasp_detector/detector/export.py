"""From safetensors to ONNX and to OpenVINO's IR, each checked against torch."""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector.runtime import onnx_runtime, open_vino, open_vino_core, py_torch
from grasp_detector.errors import InputError
from grasp_detector.files import written_aside
from grasp_detector.outputs import check_file
from grasp_detector.rgbd import MEAN, NETWORK_SIZE

if TYPE_CHECKING:
    from torch import Tensor, nn

INPUT, OUTPUT = "picture", "grid"
WHOLE_INPUT, WHOLE_OUTPUTS = "fused", ("grasps", "confidence", "class")
TOLERANCE = 1e-3
"""Greatest difference of a raw output from torch's that is let pass."""
WHOLE_TOLERANCE = 0.05
"""Greatest difference of a grasp, pixels: lengths are exponentials of raw outputs."""


def export_onnx(weights: Path, path: Path, whole: bool = False) -> float:
    """Write a network as ONNX, any batch size.

    Args:
        weights: a weight file.
        path: where to write, ends in .onnx; replaced whole or not at all.
        whole: False: ``(B, 3, S, S)``, S = `ModelSpec.side`, less the mean, to the raw grid, as the
            engines use it; fusion before and decoding after are not in the file (see `rgbd`,
            `model.grid`). True: fused bytes ``(B, 224, 224, 3)`` to grasps ``(B, N * N, 5)`` in
            network pixels, confidences ``(B, N * N)`` and classes ``(B, N * N)``, -1 = none.

    Returns:
        The greatest difference from torch's output on a random picture: of raw outputs, or, with
        ``whole``, of the confident cells' grasps, pixels.

    Raises:
        InputError: torch is not installed, weights that cannot be loaded, or a path that cannot be
            written, has another ending or is the weights'.
        RuntimeError: the exported network differs from torch's by more than is let pass.
    """
    # Whoever takes this name for the weights' must not lose them: they are days of training.
    if path.suffix != ".onnx":
        raise InputError(
            f"{str(path)!r}: ONNX needs a name that ends in .onnx (--weights says what of)"
        )
    check_file(path, [weights])
    torch = py_torch()
    from grasp_detector.detector.whole import Whole, prepared, reference
    from grasp_detector.model.folding import fold_norms
    from grasp_detector.model.weights import load_network

    network, info = load_network(weights)
    generator = torch.Generator().manual_seed(0)
    shape = (2, NETWORK_SIZE, NETWORK_SIZE, 3)
    fused = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
    picture = prepared(fused, info.spec.side)
    with torch.inference_mode():
        raw: NDArray[np.float32] = network(picture).numpy()
    fold_norms(network)
    with written_aside(path) as aside:
        if whole:
            _export(Whole(network), fused, aside, WHOLE_INPUT, WHOLE_OUTPUTS)
            found = _run(aside, WHOLE_INPUT, fused.numpy())
            difference, tolerance = reference(raw, *found), WHOLE_TOLERANCE
        else:
            _export(network, picture, aside, INPUT, (OUTPUT,))
            (said,) = _run(aside, INPUT, picture.numpy())
            difference, tolerance = float(np.abs(said - raw).max()), TOLERANCE
        if not difference <= tolerance:
            raise RuntimeError(f"the exported network differs from torch's by {difference:.2g}")
    return difference


def export_openvino(weights: Path, path: Path) -> float:
    """Write a network as OpenVINO's IR: an ``.xml`` file and, beside it, the weights as ``.bin``.

    The network alone, in float32, as `export_onnx` without ``whole``; same returns and errors.
    What was there is replaced after the new has been checked; a ``.bin`` only beside its IR.
    """
    if path.suffix != ".xml":
        raise InputError(f"{str(path)!r}: OpenVINO's IR needs a name that ends in .xml")
    numbers = path.with_suffix(".bin")
    for each in (path, numbers):
        check_file(each, [weights])
    if numbers.exists() and not _is_ir(path):
        raise InputError(
            f"{str(numbers)!r} is not of an earlier export and would be replaced: choose another "
            "name"
        )
    torch = py_torch()
    from grasp_detector.detector.onnx_cache import onnx_file
    from grasp_detector.model.weights import load_network

    openvino, core = open_vino(), open_vino_core()
    network, info = load_network(weights)
    picture = torch.rand((1, 3, info.spec.side, info.spec.side)) * 255 - MEAN
    model = core.read_model(str(onnx_file(weights)))
    with torch.inference_mode():
        wanted: NDArray[np.float32] = network(picture).numpy()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            # The .bin is found by the .xml's name, so it must have its own from the beginning.
            aside = Path(folder, path.name)
            try:
                openvino.save_model(model, str(aside), False)
            except RuntimeError as error:
                raise InputError(f"{str(path)!r} cannot be written: {error}") from error
            exact = {"INFERENCE_PRECISION_HINT": "f32"}
            compiled = core.compile_model(core.read_model(str(aside)), "CPU", exact)
            difference = float(np.abs(compiled([picture.numpy()])[0] - wanted).max())
            if not difference <= TOLERANCE:
                raise RuntimeError(f"the exported network differs from torch's by {difference:.2g}")
            for suffix in (".bin", ".xml"):
                aside.with_suffix(suffix).replace(path.with_suffix(suffix))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    return difference


def _is_ir(path: Path) -> bool:
    """Whether there is an IR: an XML file of a network."""
    try:
        return b"<net " in path.read_bytes()[:1000]
    except OSError:
        return False


def _export(
    module: nn.Module, example: Tensor, path: Path, name: str, outputs: tuple[str, ...]
) -> None:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (example,),
            str(path),
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )


def _run(path: Path, name: str, example: NDArray[Any]) -> list[NDArray[Any]]:
    session = onnx_runtime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    results: list[NDArray[Any]] = session.run(None, {name: example})
    return results


if __name__ == "__main__":
    try:
        export_onnx(Path(sys.argv[1]), Path(sys.argv[2]))
    except InputError as failure:
        sys.exit(str(failure))
