"""Many small pictures on one sheet, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError
from grasp_detector.files import write_whole
from grasp_detector.outputs import check_file

_BAR = 20  # pixels below each tile, for its caption
_GAP = 6
_PAPER, _INK = (250, 250, 250), (30, 30, 30)
_FORMATS = (".jpg", ".jpeg", ".png")


def make_sheet(
    tiles: Sequence[NDArray[np.uint8]], captions: Sequence[str], columns: int
) -> NDArray[np.uint8]:
    """One picture of many, row by row.

    Args:
        tiles: ``(H, W, 3)`` uint8 each, all of one size; at least one.
        captions: one a tile.
        columns: tiles a row.
    """
    height, width = tiles[0].shape[:2]
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    step = (height + _BAR + _GAP, width + _GAP)
    sheet = np.full((rows * step[0] + _GAP, columns * step[1] + _GAP, 3), _PAPER, np.uint8)
    for place, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        top, left = (_GAP + step[i] * n for i, n in enumerate(divmod(place, columns)))
        sheet[top : top + height, left : left + width] = tile
        below = sheet[top + height : top + height + _BAR, left : left + width]
        # OpenCV's letters are ASCII, and one is about 8 pixels wide.
        text = caption.encode("ascii", "replace").decode()[: width // 8]
        cv2.putText(
            below, text, (2, _BAR - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA
        )
    return sheet


def scaled(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """A picture with so many times as many pixels across and down, at least one."""
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how))


def fit(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """A picture ``(H, W, 3)`` scaled into ``(height, width, 3)``, whole, on paper."""
    small = scaled(picture, min(height / picture.shape[0], width / picture.shape[1]))
    tile = np.full((height, width, 3), _PAPER, np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    return tile


def check_sheet(path: Path) -> None:
    """See that a sheet can be written here, before the work.

    Raises:
        InputError: the ending is not of JPEG or PNG, or the file cannot be written.
    """
    if path.suffix.lower() not in _FORMATS:
        raise InputError(f"{str(path)!r} must end in one of {', '.join(_FORMATS)}")
    check_file(path)


def write_sheet(path: Path, sheet: NDArray[np.uint8]) -> None:
    """Write a sheet as JPEG or PNG, whole or not at all; errors as `check_sheet`."""
    check_sheet(path)
    done, data = cv2.imencode(path.suffix.lower(), sheet[..., ::-1])
    assert done
    write_whole(path, data.tobytes())
