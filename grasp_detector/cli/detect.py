"""`grasp-detector detect`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grasp_detector.cli.detect_results import Results
from grasp_detector.cli.options import EngineName, Json, quiet_opencv, tell_unread
from grasp_detector.errors import InputError, naming
from grasp_detector.outputs import check_file, check_folder
from grasp_detector.terminal import plain_console, progress

if TYPE_CHECKING:
    from grasp_detector.data.pictures import PictureFiles
    from grasp_detector.detector import Fingers, Intrinsics
    from grasp_detector.rgbd import Region


def detect(
    pictures: Annotated[
        list[Path], typer.Argument(help="Pictures, or folders of them and folders in those.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Write annotated pictures into this folder, small ones enlarged."),
    ] = None,
    depth: Annotated[
        Path | None,
        typer.Option(help="Depth of the one picture, registered to it [default: see above]."),
    ] = None,
    camera: Annotated[
        Path | None,
        typer.Option(
            help="The camera: fx, fy, cx, cy as JSON, or a ROS calibration or camera_info as YAML "
            "[default: camera.json beside the picture, if any]."
        ),
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Weight file [default: shipped].")] = None,
    max_grasps: Annotated[int, typer.Option(min=1, help="At most so many a picture.")] = 10,
    min_confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Only grasps at least this sure.")
    ] = 0.1,
    max_opening: Annotated[
        float, typer.Option(min=0.0, help="What the gripper can, metres; needs depth and camera.")
    ] = math.inf,
    room: Annotated[
        bool,
        typer.Option(
            "--room",
            help="Move and open grasps to where depth shows room for the fingers, of a gripper "
            "that opens to --max-opening [default: 0.1]; needs depth and camera.",
        ),
    ] = False,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Look here, pixels [default: the square in the middle]."
        ),
    ] = None,
    approach: Annotated[
        str, typer.Option(help="Of the pose: along the optical axis, or the surface's normal.")
    ] = "axis",
    engine: EngineName = "auto",
    device: Annotated[str, typer.Option(help="cpu, cuda or auto.")] = "auto",
    json: Json = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a line for each grasp here.")
    ] = None,
) -> None:
    """Find grasps in pictures.

    Depth (16-bit PNG in millimetres, or floating-point TIFF in metres) is used where it lies beside
    a picture: `NAME_depth.png` for `NAME.png`, `NAME_rgb.png` or `NAME_color.png`, and what a data
    set has: `pcdNNNN.txt` (point cloud) or `pcdNNNNd.tiff` for `pcdNNNNr.png`,
    `N_ID_perfect_depth.tiff` or the stereo one for `N_ID_RGB.png`. With depth and a camera grasps
    are told in metres, too.

    Example: `grasp-detector detect my_pictures --output annotated --json grasps.json`
    """
    from grasp_detector.detector import GraspDetector
    from grasp_detector.detector.camera_file import read_camera
    from grasp_detector.detector.selection import Wanted

    quiet_opencv()
    console, errors = plain_console(), plain_console(stderr=True)
    files = find_pictures(pictures, depth)
    read = [path for each in files for path in (each.color, each.depth, camera, weights) if path]
    for path in (json, csv):
        check_file(path, read)
    check_folder(output)
    for place in filter(Path.is_dir, pictures):
        tell_unread(place, errors)
    fingers = _fingers(max_opening)  # without --room, too: no gripper opens a metre
    wanted = Wanted(
        *(max_grasps, min_confidence),
        max_opening=max_opening,
        region=None if region is None else _region(region),
        approach=approach,
        fingers=fingers if room else None,
    )
    if camera is not None:
        read_camera(camera)  # a bad one is no picture's fault
    if room:
        _check_poses(files, camera, "--room")
    elif wanted.max_opening < math.inf:
        _check_poses(files, camera, "--max-opening")
    with errors.status("loading the network; the first time it is prepared, for half a minute"):
        detector = GraspDetector(weights, device, engine)
    results = Results(detector.weights_path, wanted.region)
    broken = undrawn = 0
    for each in progress(files, "detecting", console=errors):
        try:
            rgb, metres = each.read()
            with naming(each.color):
                intrinsics = _intrinsics(each, camera, rgb.shape[1], rgb.shape[0])
                chosen = detector.find(rgb, metres, wanted, intrinsics)
        except InputError as error:
            # One bad picture of many costs that picture, and the exit status says so.
            broken += 1
            errors.print(f"error: {error}")
            continue
        line = results.add(each, rgb, metres, intrinsics, chosen)
        try:
            line += results.draw(output, each, rgb, chosen) if output is not None else ""
        except InputError as error:
            # What was found is worth more than its picture.
            undrawn += 1
            errors.print(f"error: {error}")
        console.print(line)
    results.write(json, csv)
    if undrawn:
        raise InputError(f"{undrawn} of {len(files)} annotated pictures could not be written")
    if broken:
        raise InputError(f"{broken} of {len(files)} pictures could not be used")


def find_pictures(places: list[Path], depth: Path | None) -> list[PictureFiles]:
    """Colour pictures with their depth, in the order given, folders by name.

    Args:
        places: pictures and folders.
        depth: of the one picture, where it was named.

    Raises:
        InputError: a place that does not exist, a folder without a picture, or a depth for many.
    """
    from grasp_detector.data.pictures import PictureFiles, depth_beside, list_pictures

    found: list[PictureFiles] = []
    for place in places:
        if place.is_dir():
            found += list_pictures(place)
        elif place.is_file():
            found.append(PictureFiles(place, depth_beside(place)))
        else:
            raise InputError(f"{str(place)!r} is neither a picture nor a folder")
    if depth is not None:
        if len(found) != 1:
            raise InputError(f"--depth is for one picture, and there are {len(found)}")
        found = [PictureFiles(found[0].color, depth)]
    return found


def _intrinsics(
    files: PictureFiles, camera: Path | None, width: int, height: int
) -> Intrinsics | None:
    from grasp_detector.detector.camera_file import read_camera

    path = _camera_of(files, camera)
    return None if path is None else read_camera(path).at(width, height)


def _camera_of(files: PictureFiles, camera: Path | None) -> Path | None:
    """The camera named, or the one beside the picture."""
    beside = files.color.with_name("camera.json")
    return camera or (beside if beside.is_file() else None)


def _check_poses(files: list[PictureFiles], camera: Path | None, option: str) -> None:
    """Raise InputError where no picture can have what an option needs: it would do nothing."""
    deep = [each for each in files if each.depth is not None]
    if not deep:
        raise InputError(f"{option} needs depth, and no picture has any beside it")
    if all(_camera_of(each, camera) is None for each in deep):
        raise InputError(f"{option} needs the camera: give it with --camera")


def _fingers(max_opening: float) -> Fingers:
    from grasp_detector.detector import Fingers

    return Fingers() if math.isinf(max_opening) else Fingers(opening=max_opening)


def _region(text: str) -> Region:
    from grasp_detector.rgbd import Region

    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(
            f"--region is {text!r}: x, y, width and height in pixels are needed, such as "
            "100,80,320,240"
        ) from error
    return Region(x, y, width, height)
