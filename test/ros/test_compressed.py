"""Compressed images: what image_transport's plugins write is read back, and over DDS answered."""

from __future__ import annotations

import struct
from functools import partial
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from grasp_detector.msg import Grasp5DArray
from PIL import Image as Pillow
from ros_rig import Rig, flat_depth, header_at, picture, stamp_ns
from sensor_msgs.msg import CameraInfo, CompressedImage

from grasp_detector.errors import InputError
from grasp_detector.ros.compressed import color_from_compressed, depth_from_compressed
from grasp_detector.ros.images import color_from_msg, depth_from_msg


def color(kind: str = "jpeg", rgb: np.ndarray | None = None) -> CompressedImage:
    bgr = (picture() if rgb is None else rgb)[..., ::-1]
    data = cv2.imencode(f".{kind}", bgr)[1].tobytes()
    return CompressedImage(header=header_at(5), format=f"rgb8; {kind} compressed bgr8", data=data)


def inverse_depth(metres: np.ndarray, quantisation: float = 100.0, most: float = 10.0) -> bytes:
    """As compressed_depth_image_transport writes 32FC1: its a and b, and steps of 1 / depth."""
    a = quantisation * (quantisation + 1.0)
    b = 1.0 - a / most
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(metres > 0, a / metres + b, 0.0)
    steps[~(metres < most)] = 0.0
    png = cv2.imencode(".png", steps.astype(np.uint16))[1].tobytes()
    return struct.pack("<iff", 0, a, b) + png


def depth(encoding: str = "16UC1", pixels: np.ndarray | None = None) -> CompressedImage:
    pixels = flat_depth() if pixels is None else pixels
    if encoding == "32FC1":
        data = inverse_depth(pixels / 1000.0)
    else:
        data = bytes(12) + cv2.imencode(".png", pixels)[1].tobytes()
    return CompressedImage(
        header=header_at(5), format=f"{encoding}; compressedDepth png", data=data
    )


def test_colour_is_as_stored_whatever_exif_says() -> None:
    file, turned = BytesIO(), Pillow.Exif()
    turned[0x0112] = 6  # by a quarter
    Pillow.fromarray(picture()).save(file, "png", exif=turned)
    msg = CompressedImage(format="rgb8; png compressed bgr8", data=file.getvalue())
    assert (color_from_msg(color_from_compressed(msg)) == picture()).all()


def test_colour_keeps_its_channels() -> None:
    exact = color_from_compressed(color("png"))
    assert exact.header == header_at(5)
    assert (color_from_msg(exact) == picture()).all()
    near = color_from_msg(color_from_compressed(color("jpeg"))).astype(int)
    assert np.abs(near - picture()).mean() < 3
    swapped = color("png", picture()[..., ::-1])
    swapped.format = "rgb8; png compressed rgb8"
    assert (color_from_msg(color_from_compressed(swapped)) == picture()).all()
    grey = CompressedImage(format="mono8; png compressed mono8")
    grey.data = cv2.imencode(".png", picture()[..., 0])[1].tobytes()
    assert (color_from_msg(color_from_compressed(grey)) == picture()[..., :1]).all()


def test_millimetres_are_exact_and_inverse_depth_is_near() -> None:
    pixels = flat_depth()
    pixels[:40] = 0
    pixels[40:80] = np.linspace(400, 9000, pixels.shape[1]).astype(np.uint16)
    assert (depth_from_msg(depth_from_compressed(depth("16UC1", pixels))) == pixels).all()
    metres = depth_from_msg(depth_from_compressed(depth("32FC1", pixels)))
    assert np.isnan(metres[:40]).all()
    # A step is z^2 / a: 8 mm at 9 m, a tenth of a millimetre at 1 m.
    error = np.abs(metres[40:] - pixels[40:] / 1000)
    assert (error <= (pixels[40:] / 1000) ** 2 / 10100 * 1.01).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": b""}, "holds no PNG"),
        ({"format": "16UC1; compressedDepth rvl", "data": bytes(20)}, "format to png"),
        ({"format": "16UC1; jpeg compressed "}, "depth is lost"),
        ({"format": "8UC1; compressedDepth png"}, "'8UC1'"),
    ],
)
def test_depth_that_cannot_be_read_is_refused(change: dict[str, Any], words: str) -> None:
    msg = depth()
    for name, value in change.items():
        setattr(msg, name, value)
    with pytest.raises(InputError, match=words):
        depth_from_compressed(msg)


def test_cut_and_wrong_files_are_refused() -> None:
    for msg, read in ((color(), color_from_compressed), (depth(), depth_from_compressed)):
        msg.data = msg.data[:60]
        with pytest.raises(InputError, match=r"is not a whole PNG|cannot be decompressed"):
            read(msg)
    empty = CompressedImage(format="jpeg")
    with pytest.raises(InputError, match="is not a whole PNG"):
        color_from_compressed(empty)
    rgb_as_depth = depth(pixels=picture())
    with pytest.raises(InputError, match="not depth"):
        depth_from_compressed(rgb_as_depth)


def test_a_few_bytes_cannot_take_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    giant = np.zeros((1, 1, 3), np.uint8)
    data = bytearray(cv2.imencode(".png", giant)[1].tobytes())
    data[16:24] = struct.pack(">II", 60_000, 60_000)

    def never(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(cv2, "imdecode", never)
    with pytest.raises(InputError, match="said to have 60000x60000 pixels"):
        color_from_compressed(CompressedImage(format="png", data=bytes(data)))
    with pytest.raises(InputError, match="said to have 60000x60000 pixels"):
        depth_from_compressed(
            CompressedImage(format="16UC1; compressedDepth png", data=bytes(12) + bytes(data))
        )


def test_what_is_changed_or_cut_anywhere_is_read_or_refused() -> None:
    rng = np.random.default_rng(3)
    read = 0
    for number in range(200):
        msg, take = (
            (color(), color_from_compressed) if number % 2 else (depth(), depth_from_compressed)
        )
        data = np.frombuffer(bytes(msg.data), np.uint8).copy()
        data[rng.integers(len(data), size=rng.integers(1, 9))] = rng.integers(256)
        msg.data = data[: rng.integers(len(data)) if number % 3 == 0 else None].tobytes()
        try:
            pixels = take(msg)
        except InputError:
            continue
        read += 1
        assert len(pixels.data) == pixels.height * pixels.step
    assert 0 < read < 200


def test_the_node_answers_compressed_pairs(rig: Rig, start_node: Any) -> None:
    """One that cannot be decompressed costs that pair."""
    colors = rig.node.create_publisher(CompressedImage, "camera/image/compressed", 10)
    depths = rig.node.create_publisher(CompressedImage, "depth/image_raw/compressedDepth", 10)
    infos = rig.node.create_publisher(CameraInfo, "rgb/camera_info", 10)
    grasps = rig.collect(Grasp5DArray, "grasps")
    start_node("-r", "rgb/image_raw:=camera/image", image_transport="compressed")
    found: list[float] = []

    def show(encoding: str, data: Any = None) -> int:
        header = header_at(rig.node.get_clock().now().nanoseconds)
        height, width = picture().shape[:2]
        info = CameraInfo(header=header, width=width, height=height)
        info.k = [300.0, 0.0, width / 2, 0.0, 300.0, height / 2, 0.0, 0.0, 1.0]
        infos.publish(info)
        for publisher, msg in ((colors, color("png")), (depths, depth(encoding))):
            msg.header = header
            if data is not None:
                msg.data = data
            publisher.publish(msg)
        return stamp_ns(info)

    def placed() -> bool:
        return bool(grasps) and bool(grasps[-1].grasps) and grasps[-1].grasps[0].has_pose

    for encoding in ("16UC1", "32FC1"):
        grasps.clear()
        rig.repeat(partial(show, encoding), placed, f"an answer to {encoding}")
        found.append(grasps[-1].grasps[0].depth)
    assert min(abs(found[0] - level) for level in np.unique(flat_depth()) / 1000) < 1e-6
    assert found[1] == pytest.approx(found[0], abs=1e-3)
    show("16UC1", data=b"\xff\xd8 not a JPEG file")
    last = show("16UC1")
    rig.until(lambda: stamp_ns(grasps[-1]) == last, "the answer to the pair after the broken one")
