"""Pictures of what the detector saw, one for each new object, and a sheet of them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_CHANGED, _SHARE = 30, 0.0015  # a new scene: so many grey levels on so much of the picture
_STEP = 8  # pixels between those that are compared
_TILE = (360, 324)  # pixels cut from the middle of a picture for the sheet: width, height
_SHOWN = (320, 288)  # size of that on the sheet
_COLUMNS, _MOST = 4, 8
_GAP = 6  # white pixels between pictures


class SceneChange:
    """Notices when the scene is another one."""

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None

    @property
    def seen(self) -> bool:
        """Whether there was a picture yet."""
        return self._last is not None

    def __call__(self, rgb: NDArray[np.uint8]) -> bool:
        """Whether ``(H, W, 3)`` shows another scene than the picture before; the first one does."""
        small = cv2.blur(rgb, (3, 3))[::_STEP, ::_STEP].astype(np.int16)
        last, self._last = self._last, small
        if last is None or last.shape != small.shape:
            return True
        return bool((np.abs(small - last).max(-1) > _CHANGED).mean() > _SHARE)


@dataclass(frozen=True)
class Page:
    """An annotated picture ``(H, W, 3)`` uint8 RGB and its depth ``(H, W)`` uint16 mm."""

    overlay: NDArray[np.uint8]
    depth: NDArray[np.uint16]


def depth_picture(depth: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Depth in millimetres as colours ``(H, W, 3)`` RGB, near is bright; black where is none."""
    known = depth > 0
    if not known.any():
        return np.zeros((*depth.shape, 3), np.uint8)
    near, far = np.percentile(depth[known], [0.5, 99.5])
    level = np.clip((far - depth.astype(float)) / max(far - near, 1.0), 0.0, 1.0)
    colours = cv2.applyColorMap((235 * level + 20).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    colours[~known] = 0
    return np.asarray(colours[..., ::-1])


def save(folder: Path, pages: list[Page]) -> list[Path]:
    """Write ``object_NN.png`` for each page and ``summary.png`` of eight of them at most.

    Those of an earlier run are removed. Returns the files, the summary last.
    """
    for old in (*folder.glob("object_[0-9][0-9].png"), folder / "summary.png"):
        old.unlink(missing_ok=True)
    files = []
    for number, page in enumerate(pages, 1):
        both = np.hstack([page.overlay, depth_picture(page.depth)])
        files.append(_write(folder / f"object_{number:02}.png", both))
    if pages:
        files.append(_write(folder / "summary.png", contact_sheet(_spread(pages))))
    return files


def contact_sheet(pages: list[Page]) -> NDArray[np.uint8]:
    """The pictures' middles in rows of four, each above its depth; ``(H, W, 3)`` RGB."""
    columns = min(_COLUMNS, len(pages))
    rows = -(-len(pages) // columns)
    width, height = _SHOWN[0] + _GAP, 2 * _SHOWN[1] + 2 + _GAP
    sheet = np.full((rows * height - _GAP, columns * width - _GAP, 3), 255, np.uint8)
    for index, page in enumerate(pages):
        y, x = height * (index // columns), width * (index % columns)
        for top, picture in ((y, page.overlay), (y + _SHOWN[1] + 2, depth_picture(page.depth))):
            sheet[top : top + _SHOWN[1], x : x + _SHOWN[0]] = _middle(picture)
    return sheet


def _spread(pages: list[Page]) -> list[Page]:
    """At most as many pages as fit the sheet, the first and the last among them."""
    chosen = np.linspace(0, len(pages) - 1, min(_MOST, len(pages))).round().astype(int)
    return [pages[index] for index in chosen]


def _middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width, height = (min(a, b) for a, b in zip(_TILE, picture.shape[1::-1], strict=True))
    x, y = (picture.shape[1] - width) // 2, (picture.shape[0] - height) // 2
    cut = picture[y : y + height, x : x + width]
    return np.asarray(cv2.resize(cut, _SHOWN, interpolation=cv2.INTER_AREA))


def _write(path: Path, rgb: NDArray[np.uint8]) -> Path:
    if not cv2.imwrite(str(path), np.ascontiguousarray(rgb[..., ::-1])):
        raise OSError(f"{path} cannot be written")
    return path
