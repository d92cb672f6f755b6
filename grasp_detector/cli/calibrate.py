"""`grasp-detector calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grasp_detector.cli.options import quiet_opencv, tell_unread
from grasp_detector.errors import InputError, naming
from grasp_detector.terminal import plain_console


def calibrate(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures.")],
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    most: Annotated[int, typer.Option(min=16, help="Use at most so many pictures.")] = 100,
) -> None:
    """Make the int8 network that engine `openvino-int8` runs, from pictures like yours.

    It pays where the processor has no bfloat16: about half of float32's time with VNNI. Look at
    what it costs with `grasp-detector evaluate --engine openvino-int8`.

    Example: `grasp-detector calibrate my_pictures`
    """
    from grasp_detector.data.pictures import list_pictures
    from grasp_detector.detector.int8 import calibrate
    from grasp_detector.rgbd import central_crop, fuse
    from grasp_detector.weights_path import default_weights

    quiet_opencv()
    errors = plain_console(stderr=True)
    files = list_pictures(folder)
    tell_unread(folder, errors)
    seen = []
    # Spread over all that is given: neighbours are often of one scene.
    count = min(len(files), most)
    for index in range(count):
        each = files[index * len(files) // count]
        try:
            rgb, depth = each.read()
            with naming(each.color):
                seen.append(fuse(rgb, depth, central_crop(*rgb.shape[:2]).to_network))
        except InputError as error:
            errors.print(f"left out: {error}")
    kept = calibrate(weights or default_weights(), seen)
    plain_console().print(f"{kept}: calibrated with {len(seen)} pictures")
