"""From the renderer's bare buffers to a picture: surfaces, soft shadows, a camera's response.

PyBullet's own renderer knows one hard light. It gives which object each pixel shows and how far
away that is; light and paint are put on here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.sim.camera import Camera, transform
from grasp_detector.sim.finish import Finish, linear, paint, sample_tile
from grasp_detector.sim.prints import stamp

_BIAS = 0.004  # metres nearer to the light that something must be to shade
_CREASE = 0.02  # metres over which surroundings darken a surface


@dataclass(frozen=True)
class Buffers:
    """What a renderer sees, without light.

    Attributes:
        camera: that it was rendered for.
        colour: ``(H, W, 3)`` uint8, the models' own colours.
        depth: ``(H, W)`` float32 metres along the optical axis.
        mask: ``(H, W)`` int32: 0 is the table, objects have numbers from 1.
    """

    camera: Camera
    colour: NDArray[np.uint8]
    depth: NDArray[np.float32]
    mask: NDArray[np.int32]


@dataclass(frozen=True)
class Light:
    """A lamp with an extent: what a few points of it see, and its colour.

    Attributes:
        views: each a camera at a point of the lamp, and ``(H, W)`` metres that it sees, of the
            objects alone.
        colour: ``(3,)`` linear.
        ambient: ``(3,)`` linear, light from everywhere.
    """

    views: Sequence[tuple[Camera, NDArray[np.float32]]]
    colour: NDArray[np.float32]
    ambient: NDArray[np.float32]

    @property
    def position(self) -> NDArray[np.float32]:
        """``(3,)`` metres: its middle."""
        return np.mean([camera.pose[:3, 3] for camera, _ in self.views], 0, dtype=np.float32)


@dataclass(frozen=True)
class Surface:
    """An object's finish, and ``(4, 4)`` from the world to the object's frame."""

    finish: Finish
    from_world: NDArray[np.float64]


def shade(
    fine: Buffers,
    factor: int,
    table: Finish,
    surfaces: Mapping[int, Surface],
    light: Light,
) -> NDArray[np.uint8]:
    """The picture, ``(H / factor, W / factor, 3)`` uint8 sRGB.

    Objects are rendered finer than they are wanted, so that their edges come out smooth; the table
    and what varies slowly (shadows) are computed at the picture's own size.
    """
    first = factor // 2
    step = slice(first, None, factor)
    points = fine.camera.points(fine.depth[step, step], (first, first), factor)
    open_sky, lit = _crease(points), _visibility(light, points)
    to_light, distance = _to_light(light, points)
    paint_of_table = _table_paint(table, points)
    radiance = _radiance(light, paint_of_table, to_light[..., 2], distance, open_sky, lit)
    around = _around(fine.mask > 0, factor)
    if around is not None:
        shown = tuple(slice(side.start // factor, side.stop // factor) for side in around)
        size = (around[1].stop - around[1].start, around[0].stop - around[0].start)
        soft = [cv2.resize(each[shown], size) for each in (open_sky, lit)]
        detailed = _objects(fine, around, table, surfaces, light, soft)
        small = (size[0] // factor, size[1] // factor)
        radiance[shown] = cv2.resize(detailed, small, interpolation=cv2.INTER_AREA)
    return develop(radiance)


def _objects(
    fine: Buffers,
    around: tuple[slice, slice],
    table: Finish,
    surfaces: Mapping[int, Surface],
    light: Light,
    soft: Sequence[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Radiance of the part of the buffers where objects are, and the table between them.

    How much of the sky, and of the lamp, each point of that part sees is given.
    """
    mask = fine.mask[around]
    points = fine.camera.points(fine.depth[around], (around[0].start, around[1].start))
    to_light, distance = _to_light(light, points)
    albedo = _table_paint(table, points)
    slant = to_light[..., 2].copy()
    shine = np.zeros_like(slant)
    eye = fine.camera.pose[:3, 3].astype(np.float32)
    for number, surface in surfaces.items():
        box = _around(mask == number, 1)
        if box is None:
            continue
        inside = mask[box] == number
        normals = _normals(points[box], inside)
        at, towards = points[box][inside], to_light[box][inside]
        own = linear(fine.colour[around][box][inside])
        albedo[box][inside] = paint(
            surface.finish,
            transform(surface.from_world, at),
            normals @ surface.from_world[:3, :3].T.astype(np.float32),
            own,
        )
        slant[box][inside] = np.clip((normals * towards).sum(-1), 0.0, 1.0)
        half = towards + (eye - at) / np.linalg.norm(eye - at, axis=-1, keepdims=True)
        half /= np.linalg.norm(half, axis=-1, keepdims=True)
        shine[box][inside] = (
            surface.finish.gloss * np.clip((normals * half).sum(-1), 0.0, 1.0) ** 40
        )
    radiance = _radiance(light, albedo, slant, distance, *soft)
    return np.asarray(radiance + (shine * soft[1])[..., None] * light.colour)


def _around(mask: NDArray[np.bool_], factor: int) -> tuple[slice, slice] | None:
    """Rows and columns about what is set, multiples of a factor; None where nothing is."""
    if not mask.any():
        return None
    sides = []
    for axis, length in ((1, mask.shape[0]), (0, mask.shape[1])):
        found = np.flatnonzero(mask.any(axis))
        first, last = found[0] // factor - 2, -(-(found[-1] + 1) // factor) + 2
        sides.append(slice(max(0, int(first)) * factor, min(length, int(last) * factor)))
    return sides[0], sides[1]


def _to_light(
    light: Light, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit vectors ``(H, W, 3)`` towards the lamp, and how far away it is ``(H, W)``."""
    to_light = light.position - points
    distance = np.sqrt(np.einsum("...i,...i", to_light, to_light))
    return to_light / distance[..., None], distance


def _table_paint(table: Finish, points: NDArray[np.float32]) -> NDArray[np.float32]:
    noise = sample_tile(table.tile, points[..., 0], points[..., 1])
    colour = np.tile(table.colour, (noise.size, 1))
    stamp(table.prints, points.reshape(-1, 3), 2, colour)
    return np.asarray(colour.reshape(points.shape) * (1.0 + table.contrast * noise)[..., None])


def _radiance(
    light: Light,
    albedo: NDArray[np.float32],
    slant: NDArray[np.float32],
    distance: NDArray[np.float32],
    open_sky: NDArray[np.float32],
    lit: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Matt light ``(H, W, 3)`` of surfaces, each argument ``(H, W)`` or ``(H, W, 3)``."""
    falloff = (np.linalg.norm(light.position) / distance) ** 2
    direct = (lit * slant * falloff)[..., None]
    return np.asarray(albedo * (light.colour * direct + light.ambient * open_sky[..., None]))


def develop(radiance: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear light ``(H, W, 3)`` to sRGB, with a cheap lens's darker corners and soft focus."""
    height, width = radiance.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    dimmed = radiance * (1.0 - 0.1 * (x**2 + y**2))[..., None].astype(np.float32)
    # A soft shoulder instead of burnt highlights.
    dimmed = np.where(dimmed > 0.8, 0.8 + 0.2 * np.tanh((dimmed - 0.8) / 0.2), dimmed)
    soft = cv2.GaussianBlur(dimmed, (0, 0), 0.6)
    return np.rint(255.0 * np.clip(soft, 0.0, 1.0) ** (1 / 2.2)).astype(np.uint8)


def _crease(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of the sky a point sees, roughly: less beside something higher; ``(H, W)``."""
    height = points[..., 2]
    around = cv2.GaussianBlur(height, (0, 0), 9.0)
    return 1.0 - 0.45 * np.tanh(np.clip(around - height, 0.0, None) / _CREASE)


def _visibility(light: Light, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of the lamp each point sees, 0 to 1; ``(H, W)``."""
    seen = np.zeros(points.shape[:2], np.float32)
    for camera, depth in light.views:
        u, v, distance = camera.project(points)
        for du, dv in ((-0.3, -0.3), (0.3, -0.3), (-0.3, 0.3), (0.3, 0.3)):
            nearest = cv2.remap(
                depth,
                (u + du).astype(np.float32),
                (v + dv).astype(np.float32),
                cv2.INTER_NEAREST,
                borderMode=cv2.BORDER_REPLICATE,
            )
            seen += distance - nearest < _BIAS * (1 + points[..., 2] / 0.02).clip(1, 3)
    return cv2.GaussianBlur(seen / (4 * len(light.views)), (0, 0), 1.5)


def _normals(points: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Unit normals ``(N, 3)``, towards the camera, of the points of an ``(H, W, 3)`` picture.

    On each axis the difference to the nearer neighbour counts, so that edges stay sharp.
    """
    across = _difference(points, 1)
    down = _difference(points, 0)
    normals = np.cross(down, across)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True) + 1e-12
    normals = cv2.blur(normals * inside[..., None], (3, 3))[inside]
    return normals / (np.linalg.norm(normals, axis=-1, keepdims=True) + 1e-12)


def _difference(points: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    ahead = np.diff(points, axis=axis, append=np.take(points, [-1], axis))
    behind = np.diff(points, axis=axis, prepend=np.take(points, [0], axis))
    size = points.shape[axis]
    ahead_length, behind_length = (np.abs(each).sum(-1) for each in (ahead, behind))
    # The picture's rim has one neighbour only.
    index = np.arange(size).reshape((-1, 1) if axis == 0 else (1, -1))
    nearer = ((ahead_length < behind_length) & (index < size - 1)) | (index == 0)
    return np.where(nearer[..., None], ahead, behind)
