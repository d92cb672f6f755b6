"""`grasp-detector detect`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from grasp_detector.cli.options import EngineName, Json, write_json
from grasp_detector.errors import InputError

_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}


def detect(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    output: Annotated[
        Path | None, typer.Option(help="Write annotated pictures into this folder.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    max_grasps: Annotated[int, typer.Option(min=1, help="At most so many a picture.")] = 10,
    min_confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Only grasps at least this sure.")
    ] = 0.1,
    engine: EngineName = "auto",
    device: Annotated[str, typer.Option(help="cpu, cuda or auto.")] = "auto",
    json: Json = None,
) -> None:
    """Find grasps in pictures.

    Depth is used where it lies beside a picture: `NAME_depth.png` for `NAME_rgb.png`,
    `pcdNNNNd.tiff` for `pcdNNNNr.png`.

    Example: `grasp-detector detect my_pictures --output annotated --json grasps.json`
    """
    from grasp_detector.data.files import read_depth, read_rgb
    from grasp_detector.detector import GraspDetector

    console, errors = Console(), Console(stderr=True)
    pairs = list(find_pairs(pictures))
    detector = GraspDetector(weights, device, engine)
    results: list[dict[str, Any]] = []
    broken = 0
    for rgb_path, depth_path in track(
        pairs, "detecting", console=errors, transient=True, disable=not errors.is_terminal
    ):
        try:
            rgb = read_rgb(rgb_path)
            depth = None if depth_path is None else read_depth(depth_path)
            grasps = detector.detect(rgb, depth, max_grasps, min_confidence)
        except InputError as error:
            # One bad picture of many costs that picture, and the exit status says so.
            broken += 1
            errors.print(f"error: {error}", highlight=False, markup=False, soft_wrap=True)
            continue
        best = f"{grasps[0].confidence:.2f}" if grasps else "none"
        console.print(
            f"{rgb_path}: {len(grasps)} grasps, best {best}"
            + ("" if depth is None else ", with depth"),
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        results.append(
            {
                "picture": str(rgb_path),
                "depth": None if depth_path is None else str(depth_path),
                "grasps": [_to_dict(grasp) for grasp in grasps],
            }
        )
        if output is not None:
            _annotate(output, rgb_path, rgb, grasps)
    if json is not None:
        write_json(json, {"weights": str(detector.weights_path), "pictures": results})
    if broken:
        raise InputError(f"{broken} of {len(pairs)} pictures could not be used")


def find_pairs(places: list[Path]) -> Iterator[tuple[Path, Path | None]]:
    """Colour pictures and their depth, in the order given, folders by name.

    Raises:
        InputError: a place that does not exist, or a folder without a picture.
    """
    for place in places:
        if place.is_file():
            yield place, depth_beside(place)
            continue
        if not place.is_dir():
            raise InputError(f"{str(place)!r} is neither a picture nor a folder")
        found = [
            path
            for path in sorted(place.iterdir())
            if path.suffix.lower() in _PICTURES and path.is_file() and not _is_other(path)
        ]
        if not found:
            raise InputError(f"{str(place)!r} holds no picture ({', '.join(sorted(_PICTURES))})")
        for path in found:
            yield path, depth_beside(path)


def depth_beside(rgb: Path) -> Path | None:
    """The depth file that belongs to a colour picture by its name, or None."""
    if rgb.stem.endswith("_rgb"):
        depth = rgb.with_name(rgb.stem.removesuffix("_rgb") + "_depth.png")
    elif rgb.stem.startswith("pcd") and rgb.stem.endswith("r"):
        depth = rgb.with_name(rgb.stem.removesuffix("r") + "d.tiff")
    else:
        return None
    return depth if depth.is_file() else None


def _is_other(path: Path) -> bool:
    """Depth and labels that lie beside colour pictures."""
    stem = path.stem
    return stem.endswith(("_depth", "_labels")) or (stem.startswith("pcd") and stem.endswith("d"))


def _to_dict(grasp: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(grasp), "corners": grasp.corners().tolist()}


def _annotate(folder: Path, name: Path, rgb: Any, grasps: Any) -> None:
    import cv2

    from grasp_detector.drawing import draw_grasps

    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name.stem}_grasps.png"
        done, data = cv2.imencode(".png", draw_grasps(rgb, grasps)[..., ::-1])
        assert done
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error.strerror}") from error
