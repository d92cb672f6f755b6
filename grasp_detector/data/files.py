"""Files of a data set, read with distrust: looked at first, then taken into memory."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.errors import InputError

# No camera takes more; a header may promise anything, and memory is taken by the promise.
_MOST_PIXELS = 2**26
_MOST_BYTES = 2**29
_MOST_TEXT = 2**26
_SHOWN = 60  # characters of a line that is not what it should be

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_LONE = frozenset(range(0xD0, 0xD9)) | {0x01}
_TIFF_SIDES = (256, 257)
_TIFF_ORIENTATION = 274
_TIFF_TYPES = {3: "H", 4: "I"}


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name; nothing where it cannot be looked into."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def read_text(path: Path, encoding: str = "utf-8-sig") -> str:
    """A text file, without the mark of its byte order that some editors put before it.

    Raises:
        InputError: missing, not a file, too large or not text.
    """
    try:
        _check_file(path, _MOST_TEXT)
        return path.read_text(encoding=encoding)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not a text file: {error}") from error


def read_numbers(
    path: Path, columns: int, separator: str | None, wanted: str, encoding: str = "utf-8-sig"
) -> NDArray[np.float64]:
    """The numbers ``(N, columns)`` of a text file, a row a line; blank lines are left out.

    Args:
        path: the file.
        columns: how many numbers a line has.
        separator: what is between them; None = blanks.
        wanted: what a line is, in words, to be said of the first that is not.
        encoding: of the file.

    Raises:
        InputError: as `read_text`, or a line that is not ``wanted``.
    """
    rows = []
    for number, line in enumerate(read_text(path, encoding).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = [float(word) for word in line.split(separator)]
        except ValueError:
            row = []
        if len(row) != columns:
            found = line.strip()[:_SHOWN]
            raise InputError(f"{str(path)!r}, line {number}: {found!r} is not {wanted}")
        rows.append(row)
    return np.array(rows, dtype=np.float64).reshape(-1, columns)


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A picture file as ``(H, W, 3)`` uint8, red first; it is not turned as its EXIF says.

    Raises:
        InputError: missing, broken, too large or a turned TIFF.
    """
    # Depth is not turned, and lies on the same pixels.
    bgr = _read(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def read_depth(path: Path) -> NDArray[np.generic]:
    """A depth file: 16-bit PNG in millimetres, or floating-point TIFF in metres.

    Raises:
        InputError: missing, broken, too large or of another kind.
    """
    depth = _read(path, cv2.IMREAD_UNCHANGED)
    if depth.ndim != 2 or depth.dtype not in (np.uint16, np.float32, np.float64):
        raise InputError(
            f"{str(path)!r} is no depth: {depth.dtype} of shape {depth.shape}; 16-bit millimetres "
            "or floating-point metres in one channel are needed"
        )
    return depth


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height (pixels) that a picture's header tells; nothing is decoded.

    Raises:
        InputError: missing, neither PNG, JPEG, TIFF nor BMP, too large to be a picture, or a
            turned TIFF.
    """
    try:
        _check_file(path, _MOST_BYTES)
        with path.open("rb") as file:
            return size_told(file, repr(str(path)))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def size_told(file: BinaryIO, what: str) -> tuple[int, int]:
    """Width and height (pixels) that the header of an open picture tells; nothing is decoded.

    Raises:
        InputError: ``what`` is neither PNG, JPEG, TIFF nor BMP, too large to be a picture, or a
            TIFF whose orientation is not the usual one.
    """
    try:
        width, height = _size(file)
    except InputError as error:
        raise InputError(f"{what} {error}") from error
    except (struct.error, ValueError) as error:
        raise InputError(f"{what} is not a whole PNG, JPEG, TIFF or BMP picture") from error
    if width < 1 or height < 1 or width * height > _MOST_PIXELS:
        raise InputError(
            f"{what} is said to have {width}x{height} pixels: 1 to {_MOST_PIXELS} are taken"
        )
    return width, height


def _check_file(path: Path, most: int) -> None:
    # What is no plain file may never end, or never begin.
    if path.exists() and not path.is_file():
        raise InputError(f"{str(path)!r} is not a file")
    size = path.stat().st_size
    if size > most:
        raise InputError(f"{str(path)!r} has {size} bytes: at most {most} are read")


def _read(path: Path, flags: int) -> NDArray[np.generic]:
    picture_size(path)
    try:
        picture = cv2.imdecode(np.fromfile(path, dtype=np.uint8), flags)
    except (OSError, cv2.error) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    if picture is None:
        raise InputError(f"{str(path)!r} is not a picture that OpenCV can read")
    return picture


def _size(file: BinaryIO) -> tuple[int, int]:
    """ValueError or struct.error where it is no such picture, or ends too early.

    Raises:
        InputError: a turned TIFF; the message wants the picture's name before it.
    """
    start = file.read(26)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", start, 16)
    elif start.startswith(b"\xff\xd8\xff"):
        width, height = _jpeg_size(file)
    elif start.startswith((b"II*\0", b"MM\0*")):
        width, height = _tiff_size(file, "<" if start.startswith(b"II") else ">")
    elif start.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", start, 18)
    else:
        raise ValueError("unknown format")
    return int(width), abs(int(height))


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    file.seek(2)
    while True:
        mark, kind = struct.unpack(">BB", file.read(2))
        while kind == 0xFF:
            (kind,) = file.read(1)
        if mark != 0xFF or kind == 0xDA:
            raise ValueError("the data begin before the size")
        if kind in _JPEG_LONE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if kind in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", file.read(5), 1)
            return width, height
        if length < 2:
            raise ValueError("a segment of no length")
        file.seek(length - 2, 1)


def _tiff_size(file: BinaryIO, order: str) -> tuple[int, int]:
    file.seek(4)
    (directory,) = struct.unpack(f"{order}I", file.read(4))
    file.seek(directory)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    told = dict.fromkeys((*_TIFF_SIDES, _TIFF_ORIENTATION), 0)
    for _ in range(count):
        entry = file.read(12)
        tag, kind = struct.unpack_from(f"{order}HH", entry)
        if tag in told:
            if kind not in _TIFF_TYPES:
                raise ValueError("a tag that is no number")
            (value,) = struct.unpack_from(order + _TIFF_TYPES[kind], entry, 8)
            told[tag] = max(told[tag], value)
    if told[_TIFF_ORIENTATION] > 1:
        # OpenCV turns a TIFF whatever it is told, so that it would not fit what lies beside it.
        raise InputError(
            f"has the TIFF orientation {told[_TIFF_ORIENTATION]}: store it unturned, with 1"
        )
    return told[256], told[257]
