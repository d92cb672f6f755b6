"""Folders of pictures as a camera."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rclpy
from ros_rig import Rig, Running, flat_depth, picture, stamp_ns
from sensor_msgs.msg import CameraInfo, Image

from grasp_detector.data.pictures import PictureFiles, list_pictures
from grasp_detector.ros.images import color_from_msg, depth_from_msg
from grasp_detector.ros.replay_camera import ReplayCamera, encode_color, encode_depth


def write_rgb(file: Path, rgb: np.ndarray) -> None:
    file.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(file), rgb[..., ::-1])


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Three scenes with depth, marked by their first pixel."""
    folder = tmp_path / "scenes"
    for number in range(3):
        rgb, depth = picture(), flat_depth()
        rgb[0, 0], depth[0, 0] = (number, 10, 20), 1000 + number
        write_rgb(folder / f"scene{number}_rgb.png", rgb)
        cv2.imwrite(str(folder / f"scene{number}_depth.png"), depth)
    camera = {"width": 320, "height": 240, "fx": 300.0, "fy": 301.0, "cx": 160.0, "cy": 120.0}
    (folder / "camera.json").write_text(json.dumps(camera))
    return folder


def test_depth_encodings_agree() -> None:
    depth = flat_depth()
    depth[:5] = 0
    metres = encode_depth(depth, "32FC1")
    assert np.isnan(metres[:5]).all()
    np.testing.assert_array_equal(encode_depth(metres, "16UC1"), depth)
    assert encode_depth(np.full((2, 2), 90.0, np.float32), "mono16").max() == 65535


def test_colour_encodings() -> None:
    rgb = picture()
    np.testing.assert_array_equal(encode_color(rgb, "bgr8"), rgb[..., ::-1])
    assert encode_color(rgb, "bgra8").shape == (240, 320, 4)
    assert encode_color(rgb, "mono8").shape == (240, 320)


PAIR = 320 * 240 * 5  # bytes


@pytest.mark.parametrize(("room", "reads"), [(3 * PAIR, 3), (2 * PAIR, 2 + 3), (0, 1 + 3 * 3)])
def test_pictures_that_have_room_are_read_once(
    ros_domain: int, scenes: Path, monkeypatch: pytest.MonkeyPatch, room: int, reads: int
) -> None:
    """Of three scenes, three times around, all, two or none; the first is also read before."""
    monkeypatch.setattr("grasp_detector.ros.replay_camera.KEPT", room)
    read = list[PictureFiles]()
    whole = ReplayCamera._read_images

    def counted(camera: ReplayCamera, files: PictureFiles) -> tuple[Image, Image]:
        read.append(files)
        return whole(camera, files)

    monkeypatch.setattr(ReplayCamera, "_read_images", counted)
    rclpy.init(args=["--ros-args", "-p", f"folder:={scenes}"])
    camera = ReplayCamera()
    for number, files in enumerate(list_pictures(scenes) * 3):
        color, depth = camera._images(files)
        assert color_from_msg(color)[0, 0, 0] == number % 3
        assert len(color.data) + len(depth.data) == PAIR
    camera.destroy_node()
    rclpy.shutdown()
    assert len(read) == reads


class TestProcess:
    def test_shows_the_folder_in_order(self, rig: Rig, scenes: Path) -> None:
        colors, depths = rig.collect(Image, "rgb/image_raw"), rig.collect(Image, "depth/image_raw")
        infos = rig.collect(CameraInfo, "rgb/camera_info")
        process = rig.start(
            "replay_camera",
            folder=scenes,
            rate=50,  # taken as 50.0
            loop=True,
            count=7,
            encoding="bgra8",
            depth_encoding="32FC1",
            subscribers=1,
        )
        rig.until(lambda: len(colors) == len(depths) == 7 and infos, "seven pairs")
        assert process.wait() == 0
        assert process.printed().strip() == "published 7 pairs"
        assert {msg.encoding for msg in colors} == {"bgra8"}
        assert [color_from_msg(msg)[0, 0, 0] for msg in colors] == [0, 1, 2, 0, 1, 2, 0]
        assert depth_from_msg(depths[1])[0, 0] == pytest.approx(1.001)
        assert [stamp_ns(msg) for msg in colors] == [stamp_ns(msg) for msg in depths]
        assert (infos[-1].width, infos[-1].k[0], infos[-1].k[4]) == (320, 300.0, 301.0)

    def test_every_pair_is_answered_by_the_node(self, running: Running, scenes: Path) -> None:
        rig, grasps = running.rig, running.grasps
        camera = rig.start("replay_camera", folder=scenes, loop=True, count=60, subscribers=1)
        rig.until(lambda: len(grasps) == 60, "60 answers")
        assert camera.wait() == 0
        assert camera.printed().strip() == "published 60 pairs"
        stamps = [stamp_ns(each) for each in grasps]
        assert len(set(stamps)) == 60
        assert stamps == sorted(stamps)

    @pytest.mark.parametrize(
        ("parameters", "words"),
        [
            ({}, "no folder of pictures"),
            ({"folder": "/nowhere"}, "'/nowhere' is not a folder"),
            ({"folder": "msg"}, "no pictures in 'msg'"),
            ({"folder": ".", "rate": 0.0}, "rate is 0.0"),
            ({"folder": ".", "rate": "fast"}, "rate"),
            ({"folder": ".", "encoding": "rgb9"}, "encoding is 'rgb9', none of rgb8"),
        ],
    )
    def test_bad_input_is_one_line_and_status_2(
        self, rig: Rig, parameters: dict[str, Any], words: str
    ) -> None:
        process = rig.start("replay_camera", **parameters)
        assert process.wait() == 2
        (line,) = process.printed().strip().splitlines()
        assert words in line

    def test_a_broken_picture_is_left_out(self, rig: Rig, scenes: Path) -> None:
        (scenes / "scene1_rgb.png").write_bytes(b"not a picture")
        process = rig.start("replay_camera", folder=scenes, rate=50.0)
        assert process.wait() == 0
        assert "left out" in process.printed()
        assert "published 2 pairs" in process.printed()
