"""What is printed on packets, cups and tins: edges that are none, which nothing can close on.

A page is a picture of `TILE` pixels a side that covers `TILE_SIZE` metres and repeats. It holds
what packages are made of: fields, rings, writing, photographs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

TILE = 256  # pixels
TILE_SIZE = 0.25  # metres
_ELEMENTS = (12, 32)  # on a page
_SIZE = (8.0, 130.0)  # pixels across an element
_SLANTED = 0.2  # share of elements that do not stand upright
_LETTERS = "ABCDEGHKMNOPRSTUaeghiklmnorstu0123"

Page = NDArray[np.float32]
Colour = tuple[float, ...]


def printed_page(rng: np.random.Generator, colours: Sequence[NDArray[np.float32]]) -> Page:
    """A random page.

    Args:
        rng: source of the choice.
        colours: linear reflectances, ``(3,)`` each: the paper's, then those of the inks.

    Returns:
        ``(TILE, TILE, 3)`` linear reflectance.
    """
    page = np.ascontiguousarray(np.broadcast_to(colours[0], (TILE, TILE, 3)), np.float32)
    drawers: list[Callable[[np.random.Generator, Page, Colour], None]]
    drawers = [_field, _field, _ring, _line_of_writing, _small_writing, _photograph]
    for _ in range(int(rng.integers(*_ELEMENTS))):
        ink = tuple(float(part) for part in colours[int(rng.integers(len(colours)))])
        drawers[int(rng.integers(len(drawers)))](rng, page, ink)
    return page


def _size(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(_SIZE))))


def _place(rng: np.random.Generator) -> tuple[int, int]:
    x, y = rng.integers(0, TILE, 2)
    return int(x), int(y)


def _field(rng: np.random.Generator, page: Page, ink: Colour) -> None:
    turn = float(rng.uniform(0.0, 90.0)) if rng.random() < _SLANTED else 0.0
    corners = cv2.boxPoints((_place(rng), (_size(rng), _size(rng)), turn))
    cv2.fillPoly(page, [np.rint(corners).astype(np.int32)], ink)


def _ring(rng: np.random.Generator, page: Page, ink: Colour) -> None:
    axes = (max(2, int(_size(rng) / 2)), max(2, int(_size(rng) / 2)))
    thickness = -1 if rng.random() < 0.6 else int(rng.integers(1, 8))
    cv2.ellipse(page, _place(rng), axes, float(rng.uniform(0.0, 180.0)), 0, 360, ink, thickness)


def _line_of_writing(rng: np.random.Generator, page: Page, ink: Colour) -> None:
    word = "".join(rng.choice(list(_LETTERS), int(rng.integers(3, 9))))
    scale = _size(rng) / 40.0
    thickness = max(1, int(scale * rng.uniform(2.0, 5.0)))
    if rng.random() < 0.5:
        cv2.putText(page, word, _place(rng), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thickness)
        return
    # Sideways, as on the back of a book.
    turned = np.ascontiguousarray(np.rot90(page))
    cv2.putText(turned, word, _place(rng), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thickness)
    page[:] = np.rot90(turned, -1)


def _small_writing(rng: np.random.Generator, page: Page, ink: Colour) -> None:
    x, y = _place(rng)
    width, pitch = _size(rng), int(rng.integers(3, 7))
    for row in range(int(rng.integers(2, 10))):
        end = x + int(width * rng.uniform(0.6, 1.0))
        cv2.line(page, (x, y + row * pitch), (end, y + row * pitch), ink, pitch // 3)


def _photograph(rng: np.random.Generator, page: Page, ink: Colour) -> None:
    x, y = _place(rng)
    width, height = max(4, int(_size(rng))), max(4, int(_size(rng)))
    part = page[y : y + height, x : x + width]
    coarse = np.array(ink) * rng.uniform(0.1, 1.6, (6, 6, 1)) + rng.uniform(0.0, 0.15, (6, 6, 3))
    seen = cv2.resize(coarse, part.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    part[:] = np.clip(seen, 0.0, 1.0)


def sample_page(page: Page, x: NDArray[np.floating], y: NDArray[np.floating]) -> Page:
    """Reflectance ``(N, 3)`` of a page at positions in metres, ``(N,)`` each."""
    rows, columns = (
        np.mod(np.rint(each * (TILE / TILE_SIZE)).astype(np.intp), TILE) for each in (y, x)
    )
    return page[rows, columns]
