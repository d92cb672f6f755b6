"""What RViz would show, without RViz: the camera's points and the detector's markers in space."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from geometry_msgs.msg import Point, Vector3
from numpy.typing import NDArray
from visualization_msgs.msg import Marker

from grasp_detector.detector import Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.rgbd import depth_in_metres
from grasp_detector.ros.canvas import Canvas, Eye
from grasp_detector.ros.conversions import rigid_from_msg

_SIDES = 12  # of an arrow's shaft and head

Face = NDArray[np.float64]
"""Corners ``(K, 3)``, metres."""


class MarkerScene:
    """The markers that a viewer shows, as RViz keeps them: by namespace and number."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, int], Marker] = {}

    def __len__(self) -> int:
        return len(self._shown)

    def update(self, markers: Iterable[Marker]) -> None:
        """Take a MarkerArray's markers in."""
        for marker in markers:
            name = marker.ns, marker.id
            if marker.action == Marker.DELETEALL:
                self._shown.clear()
            elif marker.action == Marker.DELETE:
                self._shown.pop(name, None)
            else:
                self._shown[name] = marker

    def draw(self, canvas: Canvas) -> None:
        """Draw all of them.

        Raises:
            InputError: a marker of a kind that cannot be drawn here.
        """
        for marker in self._shown.values():
            place = rigid_from_msg(marker.pose.position, marker.pose.orientation)
            if marker.type == Marker.TEXT_VIEW_FACING:
                canvas.words(marker.text, place.translation)
                continue
            colour = 255.0 * np.array([marker.color.r, marker.color.g, marker.color.b])
            for face in faces(marker):
                canvas.face(place.points(face), colour, marker.color.a)


def draw_cloud(
    canvas: Canvas, rgb: NDArray[np.uint8], depth: NDArray[np.generic], camera: Intrinsics
) -> None:
    """Draw what a camera saw as points.

    Args:
        canvas: to draw on.
        rgb: ``(H, W, 3)`` uint8.
        depth: ``(H, W)`` uint16 mm or float m, registered to it.
        camera: of both.
    """
    metres = depth_in_metres(depth)
    rows, columns = np.nonzero(metres > 0)
    z = metres[rows, columns].astype(np.float64)
    rays = camera.rays(np.stack([columns, rows], axis=1))
    points = np.column_stack([rays * z[:, None], z])
    # A pixel's own size, and a little, so that no gaps show.
    canvas.points(
        points, rgb[rows, columns], 1.8 * float(np.median(z)) / camera.fx if len(z) else 0
    )


def around(
    depth: NDArray[np.generic], camera: Intrinsics, yaw: float, size: tuple[int, int]
) -> Eye:
    """An eye that looks down at the middle of what a camera sees.

    Args:
        depth: ``(H, W)``.
        camera: of it.
        yaw: of the eye, radians.
        size: of its picture, width and height.
    """
    metres = depth_in_metres(depth)
    height, width = metres.shape
    middle = metres[height // 3 : -height // 3, width // 3 : -width // 3]
    far = float(np.median(middle[middle > 0])) if (middle > 0).any() else 1.0
    ((x, y),) = camera.rays([[(width - 1) / 2, (height - 1) / 2]])
    return Eye((x * far, y * far, far - 0.03), 0.62 * far, yaw, 0.75, *size)


def faces(marker: Marker) -> Iterator[Face]:
    """The flat faces of a marker, in its own frame.

    Raises:
        InputError: its kind cannot be drawn.
    """
    scale = _vector(marker.scale)
    if marker.type == Marker.CUBE:
        yield from _cube(np.zeros(3), scale)
    elif marker.type == Marker.CUBE_LIST:
        for point in marker.points:
            yield from _cube(_vector(point), scale)
    elif marker.type == Marker.ARROW and len(marker.points) == 2:
        start, end = map(_vector, marker.points)
        yield from _arrow(start, end, *scale)
    else:
        raise InputError(f"a marker of type {marker.type} cannot be drawn")


def _cube(middle: NDArray[np.float64], size: NDArray[np.float64]) -> Iterator[Face]:
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    for axis in range(3):
        for side in (-0.5, 0.5):
            yield middle + np.insert(square, axis, side, axis=1) * size


def _arrow(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    shaft: float,
    head: float,
    head_length: float,
) -> Iterator[Face]:
    """An arrow from two points, as RViz builds it: diameters of shaft and head, and its length."""
    way = end - start
    length = float(np.linalg.norm(way))
    if length == 0.0:
        return
    along = way / length
    across = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    across /= np.linalg.norm(across)
    angles = np.linspace(0.0, 2 * np.pi, _SIDES, endpoint=False)
    ring = np.outer(np.cos(angles), across) + np.outer(np.sin(angles), np.cross(along, across))
    neck = end - along * min(head_length, length)
    yield neck + ring * head / 2
    for side in range(_SIDES):
        pair = ring[[side, (side + 1) % _SIDES]]
        low, high = start + pair * shaft / 2, neck + pair * shaft / 2
        yield np.array([*low, *high[::-1]])
        yield np.array([*(neck + pair * head / 2), end])


def _vector(value: Point | Vector3) -> NDArray[np.float64]:
    return np.array([value.x, value.y, value.z])
