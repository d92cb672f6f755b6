"""What tables and objects are painted with: colours and procedural textures.

All colours here are linear (not sRGB) reflectances, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.sim.prints import Print, stamp

TILE = 256  # pixels of a noise tile, which repeats
TILE_SIZE = 0.25  # metres that a tile covers

# Cheap plastic, cardboard, wood, cloth, metal: sRGB.
_PALETTE = [
    (200, 40, 40), (40, 70, 180), (30, 120, 60), (235, 190, 40), (230, 110, 30), (110, 60, 150),
    (35, 35, 40), (225, 222, 215), (140, 145, 150), (150, 100, 60), (90, 170, 200), (220, 130, 160),
    (60, 60, 90), (120, 30, 40), (170, 190, 80), (190, 160, 120),
]  # fmt: skip
# Kind: share, sRGB, contrast of the noise, its stretch and steepness.
_TABLES = {
    "painted": (0.25, (226, 221, 216), 0.008, 1.0, 1.6),
    "white": (0.1, (243, 242, 240), 0.004, 1.0, 1.6),
    "laminate": (0.15, (205, 205, 203), 0.03, 1.0, 0.9),
    "wood": (0.15, (205, 176, 140), 0.07, 12.0, 0.9),
    "cloth": (0.1, (196, 186, 170), 0.08, 1.0, 0.9),
    "desk": (0.08, (160, 128, 98), 0.07, 12.0, 0.9),
    "dark": (0.07, (70, 68, 70), 0.04, 1.0, 0.9),
    "coloured": (0.1, (0, 0, 0), 0.03, 1.0, 0.9),  # half grey, half of the palette
}
# What is printed: share on tables, on objects, least and greatest length and breadth in metres.
_PRINTS = {
    "sheet": (0.3, 0.0, (0.1, 0.3), (0.07, 0.21)),
    "label": (0.3, 0.6, (0.02, 0.09), (0.012, 0.05)),
    "bar": (0.2, 0.2, (0.05, 0.2), (0.006, 0.03)),
    "spot": (0.2, 0.2, (0.012, 0.1), (0.012, 0.1)),
}
_PRINTED_TABLE = (0.4, 0.2, 0.2, 0.1, 0.1)  # how likely no print is, one, two ...
_PRINTED_OBJECT = (0.4, 0.3, 0.2, 0.1)
_AROUND_TABLE, _AROUND_OBJECT = 0.2, 0.02  # metres: where prints lie
_STRAIGHT = 0.6  # share of an object's prints that follow its axes


@dataclass(frozen=True)
class Finish:
    """How a surface looks.

    Attributes:
        pattern: ``plain``, ``band``, ``stripes``, ``speckle``, ``grain``, or ``own`` (the model's
            own texture).
        colour: ``(3,)`` main colour.
        second: ``(3,)`` the pattern's colour.
        axis: of the object, which the pattern follows: 0, 1 or 2.
        scale: size of the pattern, metres.
        offset: of the pattern along the axis, metres.
        contrast: of the noise over everything.
        gloss: strength of highlights.
        tile: ``(TILE, TILE)`` noise, zero mean, deviation about 1.
        prints: over the pattern, under the noise; none where the texture is the model's own.
    """

    pattern: str
    colour: NDArray[np.float32]
    second: NDArray[np.float32]
    axis: int
    scale: float
    offset: float
    contrast: float
    gloss: float
    tile: NDArray[np.float32]
    prints: tuple[Print, ...] = ()


def linear(srgb: NDArray) -> NDArray[np.float32]:
    """SRGB 0..255 to linear 0..1."""
    return np.power(np.asarray(srgb, np.float32) / 255.0, 2.2)


def table_finish(rng: np.random.Generator) -> Finish:
    """A random table top, mostly a light one."""
    kinds = list(_TABLES)
    kind = str(rng.choice(kinds, p=[_TABLES[name][0] for name in kinds]))
    _, base, contrast, stretch, steepness = _TABLES[kind]
    main = np.array(base)
    if kind == "coloured":
        main = (np.array(_PALETTE[int(rng.integers(len(_PALETTE)))]) + 150) / 2
    colour = linear(np.clip(main * rng.uniform(0.92, 1.05) + _jitter(rng, 2.5), 0, 250))
    tile = noise_tile(rng, stretch, steepness)
    return Finish("plain", colour, colour, 0, 0.1, 0.0, contrast, 0.02, tile)


def object_finish(rng: np.random.Generator, own: bool = False) -> Finish:
    """A random finish of an object; ``own`` keeps the model's own texture."""
    patterns = ["plain", "band", "stripes", "speckle", "grain"]
    pattern = str(rng.choice(patterns, p=[0.4, 0.25, 0.1, 0.1, 0.15]))
    first, second = rng.choice(len(_PALETTE), 2, replace=False)
    colours = [
        linear(np.clip(np.array(_PALETTE[i]) + _jitter(rng, 15), 8, 245)) for i in (first, second)
    ]
    if pattern == "grain":
        colours = [linear(np.array([165, 118, 72]) * rng.uniform(0.6, 1.25))] * 2
    return Finish(
        "own" if own else pattern,
        colours[0],
        colours[1],
        int(rng.integers(3)),
        float(rng.uniform(0.008, 0.025)),
        float(rng.uniform(-0.02, 0.02)),
        0.18 if pattern == "grain" else float(rng.uniform(0.02, 0.08)),
        float(rng.choice([0.0, 0.04, 0.15, 0.4])),
        noise_tile(rng, 10.0 if pattern == "grain" else 1.0, 1.0),
    )


def table_prints(rng: np.random.Generator) -> tuple[Print, ...]:
    """Sheets, labels and whatever else lies flat on a random table, or nothing."""
    return tuple(
        _print(rng, 2, rng.uniform(-_AROUND_TABLE, _AROUND_TABLE, 2), rng.uniform(0, np.pi), 0)
        for _ in range(_how_many(rng, _PRINTED_TABLE))
    )


def object_prints(rng: np.random.Generator) -> tuple[Print, ...]:
    """What is printed on the sides of a random object, or nothing."""
    return tuple(
        _print(
            rng,
            int(rng.integers(3)),
            rng.normal(0.0, _AROUND_OBJECT, 2),
            float(
                rng.choice([0.0, np.pi / 2]) if rng.random() < _STRAIGHT else rng.uniform(0, np.pi)
            ),
            1,
        )
        for _ in range(_how_many(rng, _PRINTED_OBJECT))
    )


def _how_many(rng: np.random.Generator, shares: tuple[float, ...]) -> int:
    return int(rng.choice(len(shares), p=shares))


def _print(
    rng: np.random.Generator, axis: int, centre: NDArray[np.float64], turn: float, on: int
) -> Print:
    """A random print, on a table (0) or on an object (1)."""
    kind = str(rng.choice(list(_PRINTS), p=[each[on] for each in _PRINTS.values()]))
    length, breadth = (float(rng.uniform(*bounds)) for bounds in _PRINTS[kind][2:])
    white = np.array([238, 236, 230])
    first, second = rng.choice(len(_PALETTE), 2, replace=False)
    ground = white if rng.random() < 0.4 else np.array(_PALETTE[first])
    colour, ink = (
        linear(np.clip(each + _jitter(rng, 10), 8, 245))
        for each in (ground, np.array(_PALETTE[second]))
    )
    line = float(rng.choice([0.0, rng.uniform(0.004, 0.02)]))
    x, y = centre.tolist()
    return Print(axis, (x, y), turn, (length, breadth), kind == "spot", colour, ink, line)


def _jitter(rng: np.random.Generator, size: float) -> NDArray[np.float64]:
    return rng.normal(0.0, size, 3)


def noise_tile(rng: np.random.Generator, stretch: float, steepness: float) -> NDArray[np.float32]:
    """``(TILE, TILE)`` noise that repeats seamlessly: spectrum 1 / f^steepness.

    ``stretch`` makes it that much longer along x than along y.
    """
    fx = np.fft.fftfreq(TILE)[None, :] * stretch
    fy = np.fft.fftfreq(TILE)[:, None]
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = np.inf
    spectrum = np.fft.fft2(rng.normal(size=(TILE, TILE))) * frequency**-steepness
    noise = np.fft.ifft2(spectrum).real
    return np.asarray(noise / noise.std(), np.float32)


def sample_tile(
    tile: NDArray[np.float32], x: NDArray[np.floating], y: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Noise at positions in metres, any equal shapes."""
    scale = np.float32(TILE / TILE_SIZE)
    # remap takes no side longer than 32,767; and its wrapping is exact only near the tile.
    size = np.size(x)
    u, v = (
        np.resize(np.mod(each * scale, TILE).astype(np.float32), (-(-size // 1024), 1024))
        for each in (x, y)
    )
    noise = cv2.remap(tile, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(noise, np.float32).ravel()[:size].reshape(np.shape(x))


def paint(
    finish: Finish,
    points: NDArray[np.float32],
    normals: NDArray[np.float32],
    own: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Reflectance of points on an object.

    Args:
        finish: the object's.
        points: ``(N, 3)`` in the object's frame, metres.
        normals: ``(N, 3)`` in the object's frame.
        own: ``(N, 3)`` reflectance of the model's own texture.

    Returns:
        ``(N, 3)``.
    """
    # The noise is projected along the object's axis that the surface faces most.
    facing = np.abs(normals).argmax(1)
    rows = np.arange(len(points))
    noise = sample_tile(finish.tile, points[rows, (facing + 1) % 3], points[rows, (facing + 2) % 3])
    along = points[:, finish.axis] + np.float32(finish.offset)
    if finish.pattern == "own":
        colour = own
    else:
        if finish.pattern == "band":
            marked = np.abs(along) < finish.scale
        elif finish.pattern == "stripes":
            marked = np.mod(along, finish.scale) < finish.scale / 2
        elif finish.pattern == "speckle":
            marked = noise > 1.2
        else:
            marked = np.zeros(len(points), bool)
        colour = np.where(marked[:, None], finish.second, finish.colour)
        stamp(finish.prints, points, facing, colour)
    return np.clip(colour * (1.0 + finish.contrast * noise[:, None]), 0.0, 1.0)
