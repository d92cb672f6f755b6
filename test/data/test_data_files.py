"""Files that lie, are broken or are too large: refused in words, before memory is taken."""

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from grasp_detector.data.files import picture_size, read_depth, read_rgb, read_text
from grasp_detector.data.pictures import PictureFiles
from grasp_detector.errors import InputError


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "bmp"])
@pytest.mark.parametrize("shape", [(48, 64), (300, 7)])
def test_headers_tell_the_size(tmp_path: Path, suffix: str, shape: tuple[int, int]) -> None:
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), np.zeros((*shape, 3), np.uint8))
    assert picture_size(path) == shape[::-1]
    assert read_rgb(path).shape == (*shape, 3)


def test_a_jpeg_with_other_segments_before_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.zeros((48, 64, 3), np.uint8))
    data = path.read_bytes()
    thumbnail = data  # as cameras put it into a segment of their own
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    path.write_bytes(data[:2] + segment + b"\xff" * 5 + data[2:])
    assert picture_size(path) == (64, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_pixels_are_as_stored_whatever_exif_says(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[:16, :16] = 255  # neither turned nor mirrored it is here
    color, depth = tmp_path / f"a.{kind}", tmp_path / "a_depth.png"
    turned = Pillow.Exif()
    turned[0x0112] = orientation
    Pillow.fromarray(stored).save(color, exif=turned)
    cv2.imwrite(str(depth), np.full((48, 64), 700, np.uint16))
    rgb, _ = PictureFiles(color, depth).read()
    np.testing.assert_allclose(rgb, stored, atol=40)  # as far as JPEG keeps them
    assert picture_size(color) == (64, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_is_refused(tmp_path: Path, orientation: int) -> None:
    path, turned = tmp_path / "a.tiff", Pillow.Exif()
    turned[0x0112] = orientation
    Pillow.fromarray(np.full((48, 64), 0.7, np.float32)).save(path, exif=turned)
    if orientation == 1:
        assert read_depth(path).shape == (48, 64)
        return
    for read in (read_rgb, read_depth, picture_size):
        with pytest.raises(InputError, match=f"a.tiff' has the TIFF orientation {orientation}"):
            read(path)


def png(width: int, height: int) -> bytes:
    """A small file that says it is a picture of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_giant_pictures_are_refused_by_their_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it was decoded")

    path = tmp_path / "giant.png"
    monkeypatch.setattr(cv2, "imdecode", never)
    for size in ((30_000, 30_000), (2**31 - 1, 1), (0, 100)):
        path.write_bytes(png(*size))
        with pytest.raises(InputError, match=f"said to have {size[0]}x{size[1]} pixels"):
            read_rgb(path)


def test_giant_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "giant.png"
    with path.open("wb") as file:
        file.write(png(64, 48))
        file.truncate(2**40)
    with pytest.raises(InputError, match="1099511627776 bytes"):
        read_rgb(path)
    with pytest.raises(InputError, match="1099511627776 bytes"):
        read_text(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "bmp"])
def test_cut_off_pictures_are_named_wherever_they_end(tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole.{suffix}"
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    cv2.imwrite(str(whole), picture)
    data = whole.read_bytes()
    path = tmp_path / f"cut.{suffix}"
    for end in [*range(200), *range(200, len(data), 211)]:
        path.write_bytes(data[:end])
        try:
            assert read_rgb(path).shape == (48, 64, 3), "OpenCV fills what is missing"
        except InputError as error:
            assert "cut." in str(error)


def test_noise_with_a_good_beginning_raises_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "noise"
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b""):
        for length in rng.integers(0, 3000, 40):
            path.write_bytes(start + rng.bytes(int(length)))
            with pytest.raises(InputError, match="noise"):
                read_depth(path)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "zero", "loop", "none", "."):
        with pytest.raises(InputError):
            read_rgb(tmp_path / name)
        with pytest.raises(InputError):
            read_text(tmp_path / name)


def test_depth_is_told_from_pictures(tmp_path: Path) -> None:
    path = tmp_path / "d.png"
    cv2.imwrite(str(path), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(InputError, match="is no depth"):
        read_depth(path)
    cv2.imwrite(str(path), np.full((4, 4), 700, np.uint16))
    assert read_depth(path)[0, 0] == 700
