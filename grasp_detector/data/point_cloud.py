"""Depth from the point clouds of the Cornell Grasping Dataset, ``pcdNNNN.txt``.

Each is a .PCD file in ASCII: a header that ends with ``DATA ascii``, then a point a line, with the
columns that ``FIELDS x y z rgb index`` names. A point belongs to the pixel in row ``index // 640``
and column ``index % 640`` of the 640x480 picture; pixels without depth have no line. Coordinates
are millimetres in the frame of the robot's base ("global space" in the data set's own readme): z
points up from the base, so that it tells height, not depth, and is negative on the table. The
camera looks down at a slant, from a pose that no file tells.

But points and their pixels tell it: they give the camera's 3x4 projection matrix by linear least
squares (the direct linear transformation), and its third row gives each point's depth along the
optical axis. The frame of the points, and the camera's intrinsics, are thereby of no importance.
A table is almost a plane, of which a camera at any distance could have been the one: a single line
that is wrong can decide, and is therefore looked for.

Distances to the base instead, as in the ``pcdNNNNd.tiff`` that circulate with copies of the data
set, hide the objects: lifting a point off the table hardly moves it away from the base.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from io import StringIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.cache import cache_folder
from grasp_detector.data.files import read_depth, read_text
from grasp_detector.errors import InputError
from grasp_detector.files import write_whole

_WIDTH, _HEIGHT = 640, 480
_FIELDS = ("x", "y", "z", "index")
_FITTED = 2000  # points that the camera is found from
_PARTS = 8  # of them, each of which proposes a camera: few wrong lines are not in all
_TYPICAL = 90  # per cent of the points, by whose error a camera is chosen
_BEYOND = 3.0  # times the typical error: those points are not fitted
_LEAST_POINTS = 50
_LEAST_SPREAD = 1e-5  # singular values: points in one plane leave the camera open
_MOST_ERROR = 1.0  # pixels; a point that is farther off has no depth
_MOST_OFF = 0.01  # share of the points
_NOWHERE = 1e9  # pixels, of a point beside the camera
_FARTHEST = 1e6  # millimetres from the frame's origin
_PLAUSIBLE = (50.0, 20_000.0)  # millimetres, the median depth
# Part of the name of a kept file: raise it when the same cloud gives another depth.
_VERSION = 2


def read_cloud_depth(path: Path) -> NDArray[np.uint16]:
    """Depth of a point cloud's picture, ``(480, 640)`` millimetres, 0 = none.

    It is kept in the user's cache, since a cloud takes twenty times as long to read as a picture.

    Raises:
        InputError: not such a file, or the points fit no camera.
    """
    kept = _kept(path)
    if kept.is_file():
        with suppress(InputError):  # a damaged file is made again
            return read_depth(kept).astype(np.uint16, copy=False)
    depth = _to_picture(*_parse(path), path)
    done, data = cv2.imencode(".png", depth)
    assert done
    # A cache that cannot be written costs time, nothing else.
    with suppress(InputError):
        write_whole(kept, data.tobytes())
    return depth


def read_any_depth(path: Path) -> NDArray[np.generic]:
    """Depth as a picture, see `read_depth`, or as a point cloud (``.txt``); errors as of both."""
    return read_cloud_depth(path) if path.suffix == ".txt" else read_depth(path)


def camera_depth(points: NDArray[np.float64], index: NDArray[np.intp]) -> NDArray[np.float64]:
    """Depth of points along the optical axis of the camera that saw them.

    Args:
        points: ``(N, 3)`` in any frame.
        index: ``(N,)`` pixels, ``row * 640 + column``.

    Returns:
        ``(N,)`` in the points' unit, 0 where the camera sees a point in another pixel.

    Raises:
        InputError: too few points, or no camera sees them there.
    """
    if len(points) < _LEAST_POINTS:
        raise InputError(f"{len(points)} points are too few to find the camera")
    # A single coordinate that is wrong may be 1e6: the mean and its deviation would be of it.
    middle = np.median(points, axis=0)
    spread = float(np.median(np.abs(points - middle))) or 1.0
    scaled = np.column_stack([(points - middle) / spread, np.ones(len(points))])
    u = (index % _WIDTH) / (_WIDTH / 2) - 1
    v = (index // _WIDTH) / (_WIDTH / 2) - _HEIGHT / _WIDTH
    matrix = _find_camera(scaled, u, v)
    if matrix is not None:
        off = _errors(matrix, scaled, u, v) > _MOST_ERROR
        if off.mean() > _MOST_OFF:
            raise InputError("no camera sees these points where their index says")
        # The matrix is known but for a factor: the third row's direction has length 1.
        depth = scaled @ matrix[2] * (spread / np.linalg.norm(matrix[2, :3]))
        depth *= np.sign(np.median(depth))
        return np.where(off, 0.0, depth)
    if (points[:, 2] > 0).all():
        # A plane, or x and y that nobody filled in: z alone is depth if the frame is the camera's.
        return points[:, 2]
    raise InputError("these points are of one plane, which any camera may see so")


def _find_camera(
    scaled: NDArray[np.float64], u: NDArray[np.float64], v: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """The projection ``(3, 4)`` of most of the points ``(N, 4)``; None if they leave it open."""
    count = len(scaled)
    chosen = np.linspace(0, count - 1, min(_FITTED, count)).astype(np.intp)
    some = (scaled[chosen], u[chosen], v[chosen])
    mixed = np.random.default_rng(0).permutation(len(chosen))
    proposed = [
        _errors(_fit_camera(*(values[part] for values in some))[0], *some)
        for part in np.array_split(mixed, _PARTS)
    ]
    error = min(proposed, key=lambda each: float(np.percentile(each, _TYPICAL)))
    # Of exact points, the errors are of the last digit: what is fitted is then most of them.
    fitted = error <= _BEYOND * np.percentile(error, _TYPICAL)
    matrix, closed = _fit_camera(*(values[fitted] for values in some))
    return matrix if closed else None


def _fit_camera(
    scaled: NDArray[np.float64], u: NDArray[np.float64], v: NDArray[np.float64]
) -> tuple[NDArray[np.float64], bool]:
    """The projection of all points by least squares, and whether there is no other."""
    zero = np.zeros_like(scaled)
    system = np.concatenate(
        [
            np.hstack([scaled, zero, -u[:, None] * scaled]),
            np.hstack([zero, scaled, -v[:, None] * scaled]),
        ]
    )
    _, values, rows = np.linalg.svd(system, full_matrices=False)
    return rows[-1].reshape(3, 4), bool(values[-2] > _LEAST_SPREAD * values[0])


def _errors(
    matrix: NDArray[np.float64],
    scaled: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How many pixels off a camera sees each point, ``(N,)``."""
    image = scaled @ matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.hypot(image[:, 0] / image[:, 2] - u, image[:, 1] / image[:, 2] - v)
    return np.nan_to_num(error * (_WIDTH / 2), nan=_NOWHERE, posinf=_NOWHERE)


def _kept(path: Path) -> Path:
    try:
        state = path.stat()
        key = f"{path.resolve()}\n{state.st_size}\n{state.st_mtime_ns}\n{_VERSION}"
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return cache_folder() / "depth" / f"{path.stem}-{digest[:16]}.png"


def _parse(path: Path) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Points ``(N, 3)`` and their pixels ``(N,)``."""
    head, mark, body = read_text(path, "ascii").partition("DATA ascii")
    lines = [line.split() for line in head.splitlines()]
    fields = next((line[1:] for line in lines if line[:1] == ["FIELDS"]), [])
    if not mark or not set(_FIELDS) <= set(fields):
        raise InputError(
            f"{str(path)!r} is no point cloud with pixels: FIELDS x y z rgb index and DATA ascii "
            "are needed"
        )
    columns = [fields.index(name) for name in _FIELDS]
    if not body.strip():
        raise InputError(f"{str(path)!r} holds no point")
    try:
        rows = np.loadtxt(StringIO(body), usecols=columns, ndmin=2)
    except ValueError as error:
        raise InputError(f"{str(path)!r} is no whole point cloud: {error}") from error
    told = next((line[1:] for line in lines if line[:1] == ["POINTS"]), [])
    if told != [str(len(rows))]:
        raise InputError(
            f"{str(path)!r} is no whole point cloud: it holds {len(rows)} points, its header tells "
            f"{' '.join(told) or 'nothing'} (POINTS)"
        )
    rows = rows[np.isfinite(rows).all(axis=1)]
    outside = (rows[:, 3] < 0) | (rows[:, 3] >= _WIDTH * _HEIGHT)
    if outside.any():
        raise InputError(
            f"{str(path)!r} names pixel {rows[outside][0, 3]:.0f}: a picture of "
            f"{_WIDTH}x{_HEIGHT} has {_WIDTH * _HEIGHT}"
        )
    if (np.abs(rows[:, :3]) > _FARTHEST).any():
        raise InputError(f"{str(path)!r} holds points farther off than {_FARTHEST:.0f} mm")
    return rows[:, :3], rows[:, 3].astype(np.intp)


def _to_picture(
    points: NDArray[np.float64], index: NDArray[np.intp], path: Path
) -> NDArray[np.uint16]:
    try:
        depth = camera_depth(points, index)
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from error
    least, most = _PLAUSIBLE
    typical = float(np.median(depth))
    if not least <= typical <= most:
        raise InputError(
            f"{str(path)!r} puts what it shows {typical:.3g} mm away: millimetres are needed"
        )
    picture = np.zeros(_WIDTH * _HEIGHT, dtype=np.uint16)
    index, depth = index[depth > 0], depth[depth > 0]
    picture[index] = np.clip(np.rint(depth), 0, np.iinfo(np.uint16).max)
    return picture.reshape(_HEIGHT, _WIDTH)
