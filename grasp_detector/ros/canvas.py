"""A small picture of space: coloured points and flat faces, the nearer in front of the farther."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

FINE = 2  # drawn so many times larger, which smooths edges
NEAREST = 0.05  # metres from the eye: what is nearer is not drawn
_BACKGROUND = (48, 48, 48)
_LIGHT = np.array([0.25, -0.55, -0.8]) / np.linalg.norm([0.25, -0.55, -0.8])  # as the eye sees it


@dataclass(frozen=True)
class Eye:
    """Where one looks from, like RViz's Orbit view with *Invert Z Axis* in an optical frame.

    Attributes:
        focus: ``(x, y, z)`` metres, the point in the middle of the picture.
        distance: from it, metres.
        yaw: radians around the vertical; pi / 2 is from where the picture's lower edge is.
        pitch: radians above the horizontal, less than pi / 2.
        width, height: of the picture, pixels.
        field: of view from top to bottom, radians.
    """

    focus: tuple[float, float, float]
    distance: float
    yaw: float
    pitch: float
    width: int
    height: int
    field: float = np.pi / 4

    def seen(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points ``(N, 3)`` of the optical frame as the eye sees them: x right, y down, z away."""
        backward = np.array(
            [
                np.cos(self.yaw) * np.cos(self.pitch),
                np.sin(self.yaw) * np.cos(self.pitch),
                -np.sin(self.pitch),  # an optical frame's z leads down to the table
            ]
        )
        right = np.cross(-backward, (0.0, 0.0, -1.0))
        right /= np.linalg.norm(right)
        down = np.cross(-backward, right)
        place = np.asarray(self.focus) + self.distance * backward
        turned: NDArray[np.float64] = (np.asarray(points) - place) @ np.stack(
            [right, down, -backward], axis=1
        )
        return turned

    def pixels(self, seen: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where ``(N, 3)`` of `seen`, in front of the eye, come to lie: ``(N, 2)`` pixels."""
        focal = self.height / 2 / np.tan(self.field / 2)
        middle = ((self.width - 1) / 2, (self.height - 1) / 2)
        return seen[:, :2] / seen[:, 2:] * focal + middle


class Canvas:
    """The picture while it is drawn."""

    def __init__(self, eye: Eye) -> None:
        self._eye = eye
        self._fine = Eye(
            *(eye.focus, eye.distance, eye.yaw, eye.pitch),
            *(eye.width * FINE, eye.height * FINE, eye.field),
        )
        self._picture = np.full((eye.height * FINE, eye.width * FINE, 3), _BACKGROUND, np.uint8)
        self._near = np.zeros(
            self._picture.shape[:2], np.float32
        )  # 1 / distance; 0 = nothing there
        self._words: list[tuple[str, NDArray[np.float64]]] = []

    def points(self, points: NDArray[np.float64], colours: NDArray[np.uint8], size: float) -> None:
        """Draw points.

        Args:
            points: ``(N, 3)`` metres.
            colours: ``(N, 3)`` RGB.
            size: of each, metres.
        """
        seen = self._fine.seen(points)
        front = seen[:, 2] > NEAREST
        seen, colours = seen[front], colours[front]
        if not len(seen):
            return
        order = np.argsort(-seen[:, 2])  # the nearest last, over the others
        seen, colours = seen[order], colours[order]
        columns, rows = np.rint(self._fine.pixels(seen)).astype(int).T
        height, width = self._near.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        place = rows[inside], columns[inside]
        near = np.zeros_like(self._near)
        near[place] = 1.0 / seen[inside, 2]
        picture = np.zeros_like(self._picture)
        picture[place] = colours[inside]
        scale = height / 2 / np.tan(self._fine.field / 2) / float(np.median(seen[:, 2]))
        for _ in range(max(1, round(size * scale / 2))):
            _grow(near, picture)
        wins = near > self._near
        self._near[wins] = near[wins]
        self._picture[wins] = picture[wins]

    def face(self, corners: ArrayLike, colour: ArrayLike, alpha: float) -> None:
        """Draw a flat convex face, lit; what is behind it shines through.

        Args:
            corners: ``(K, 3)`` metres, in order, at least three.
            colour: ``(3,)`` RGB.
            alpha: 0 to 1, how much it hides.
        """
        seen = self._fine.seen(corners)
        normal = np.cross(seen[1] - seen[0], seen[2] - seen[1])
        length = float(np.linalg.norm(normal))
        if (seen[:, 2] <= NEAREST).any() or length == 0.0:
            return
        light = 0.55 + 0.45 * abs(float(normal @ _LIGHT)) / length
        pixels = self._fine.pixels(seen)
        left, top = np.floor(pixels.min(0)).astype(int).clip(0)
        right, bottom = np.ceil(pixels.max(0)).astype(int) + 1
        window = (slice(top, bottom), slice(left, right))
        part = self._near[window]
        if not part.size:
            return
        mask = np.zeros(part.shape, np.uint8)
        cv2.fillConvexPoly(mask, np.rint(pixels - (left, top)).astype(np.int32), 1)
        # On a plane, 1 / distance is linear in the picture.
        plane, *_ = np.linalg.lstsq(np.insert(pixels, 2, 1.0, 1), 1.0 / seen[:, 2], rcond=None)
        rows, columns = np.indices(part.shape)
        near = (columns + left) * plane[0] + (rows + top) * plane[1] + plane[2]
        shown = (mask > 0) & (near > part)
        part[shown] = near[shown]
        under = self._picture[window]
        lit = np.asarray(colour, dtype=np.float64) * light
        under[shown] = (alpha * lit + (1.0 - alpha) * under[shown]).astype(np.uint8)

    def words(self, text: str, place: NDArray[np.float64]) -> None:
        """Write a word, in front of everything, around a point ``(3,)``."""
        self._words.append((text, place))

    def finish(self) -> NDArray[np.uint8]:
        """The picture ``(H, W, 3)`` RGB."""
        size = (self._eye.width, self._eye.height)
        picture = cv2.resize(self._picture, size, interpolation=cv2.INTER_AREA)
        scale = max(0.4, self._eye.height / 900)
        for text, place in self._words:
            (seen,) = self._eye.seen(place[None])
            if seen[2] <= NEAREST:
                continue
            (pixel,) = self._eye.pixels(seen[None])
            (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
            spot = (round(float(pixel[0])) - width // 2, round(float(pixel[1])))
            for grey, thickness in ((0, 3), (255, 1)):
                cv2.putText(
                    *(picture, text, spot, cv2.FONT_HERSHEY_SIMPLEX, scale, (grey,) * 3),
                    *(thickness, cv2.LINE_AA),
                )
        return np.asarray(picture, np.uint8)


def _grow(near: NDArray[np.float32], picture: NDArray[np.uint8]) -> None:
    """Let every point spread to the pixels beside it where they show nothing nearer, in place."""
    all_, rest, most = slice(None), slice(1, None), slice(None, -1)
    for to, of in (
        ((rest, all_), (most, all_)),
        ((most, all_), (rest, all_)),
        ((all_, rest), (all_, most)),
        ((all_, most), (all_, rest)),
    ):
        wins = near[of] > near[to]
        # Copies: what is read must not be what was written a moment ago.
        near[to][wins] = near[of][wins].copy()
        picture[to][wins] = picture[of][wins].copy()
