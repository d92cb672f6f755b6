"""Every camera's preset against a driver that publishes just so, and the real node."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5DArray
from rclpy.qos import QoSProfile
from ros_rig import Rig, flat_depth, header_at, picture
from sensor_msgs.msg import CameraInfo, Image

from grasp_detector.ros.camera import INFO_TOPIC, TOPICS
from grasp_detector.ros.images import COLOR_ENCODINGS, DEPTH_ENCODINGS, to_image_msg
from grasp_detector.ros.parameters import Settings
from grasp_detector.ros.presets import Preset, commands, read_presets, table
from grasp_detector.ros.qos import RELIABILITY

TOP = Path(__file__).resolve().parents[2]
PRESETS = read_presets(TOP / "config" / "cameras")
EVERY = pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))


class FakeDriver:
    """Publishes what a preset says that the driver does."""

    def __init__(self, rig: Rig, preset: Preset, camera_name: str = "", ns: str = "") -> None:
        self._rig, self._preset, self._name = rig, preset, camera_name
        driver = preset.driver
        qos = QoSProfile(
            depth=driver.keeps,
            reliability=RELIABILITY[driver.reliability],
        )
        topics = {
            ours: theirs if theirs.startswith("/") else f"{ns}/{theirs}"
            for ours, theirs in preset.remapped(camera_name)
        }
        create = rig.node.create_publisher
        self.color, self.depth = (create(Image, topics[ours], qos) for ours in TOPICS.values())
        self.info = create(CameraInfo, topics[INFO_TOPIC], qos)

    def show(self) -> None:
        """Publish a frame."""
        driver = self._preset.driver
        width, height = driver.size
        header = header_at(
            self._rig.node.get_clock().now().nanoseconds, self._preset.frame(self._name)
        )
        info = CameraInfo(header=header, width=width, height=height)
        info.k = [600.0, 0.0, width / 2, 0.0, 600.0, height / 2, 0.0, 0.0, 1.0]
        info.p = [600.0, 0.0, width / 2, 0.0, 0.0, 600.0, height / 2, 0.0, 0.0, 0.0, 1.0, 0.0]
        info.distortion_model = driver.distortion["model"]
        info.d = [0.01] * int(driver.distortion["coefficients"])
        rgb, encoding = picture(height, width), driver.encodings["colour"]
        rgb = rgb if encoding.startswith("rgb") else rgb[..., ::-1]
        if COLOR_ENCODINGS[encoding][1] == 4:
            rgb = np.concatenate([rgb, np.full((height, width, 1), 255, np.uint8)], axis=2)
        self.info.publish(info)
        self.color.publish(to_image_msg(rgb, encoding, header))
        depth = flat_depth(height, width)
        self.depth.publish(to_image_msg(depth, driver.encodings["depth"], header))


def start(rig: Rig, weights: Path, preset: Preset, ns: str, camera_name: str = "") -> None:
    """Start the node as the launch file does."""
    remapped = preset.remapped(camera_name)
    arguments = [each for pair in remapped for each in ("-r", f"{pair[0]}:={pair[1]}")]
    given: dict[str, Any] = {**preset.parameters, "weights": weights, "min_confidence": 0.0}
    rig.start("node", "-r", f"__ns:={ns}", *arguments, **given)


class TestWithItsDriver:
    """All nodes at once: starting them one after the other would take longer."""

    @pytest.fixture(scope="class")
    @staticmethod
    def running(class_rig: Rig, weights: Path) -> Rig:
        for preset in PRESETS.values():
            start(class_rig, weights, preset, f"/{preset.camera}")
        class_rig.patience = 150.0
        return class_rig

    @EVERY
    def test_grasps_with_poses_in_the_camera_s_frame(self, running: Rig, preset: Preset) -> None:
        grasps = running.collect(Grasp5DArray, f"/{preset.camera}/grasps")
        diagnostics = running.collect(DiagnosticArray, "/diagnostics")
        driver = FakeDriver(running, preset, ns=f"/{preset.camera}")
        name = f"{preset.camera}/grasp_detector: detection"

        def well() -> bool:
            states = [each for array in diagnostics for each in array.status if each.name == name]
            # camera_info may come after the first pair.
            placed = bool(grasps) and grasps[-1].grasps[0].has_pose
            return placed and bool(states) and states[-1].message.endswith("pairs/s answered")

        what = "grasps with poses, and a diagnosis without complaint"
        running.repeat(driver.show, well, what, every=0.2)
        assert grasps[-1].header.frame_id == preset.frame()
        assert grasps[-1].grasps[0].depth == pytest.approx(0.78, abs=0.03)


def test_two_cameras_side_by_side(rig: Rig, weights: Path) -> None:
    """Each has a namespace of its own for what it publishes."""
    preset = PRESETS["realsense"]
    answers, drivers = {}, []
    for side in ("left", "right"):
        start(rig, weights, preset, f"/{side}", f"/{side}/{side}")
        answers[side] = rig.collect(Grasp5DArray, f"/{side}/grasps")
        drivers.append(FakeDriver(rig, preset, f"/{side}/{side}"))

    def show() -> None:
        for driver in drivers:
            driver.show()

    rig.repeat(show, lambda: all(answers.values()), "an answer of both", every=0.2)
    for side, grasps in answers.items():
        assert {each.header.frame_id for each in grasps} == {f"{side}_color_optical_frame"}


@EVERY
def test_a_preset_is_whole(preset: Preset) -> None:
    assert set(preset.remappings) == {*TOPICS.values(), INFO_TOPIC}
    assert not any(topic.startswith("/") for topic in preset.remappings.values())
    Settings().changed(preset.parameters)
    driver = preset.driver
    assert driver.encodings["colour"] in COLOR_ENCODINGS
    assert driver.encodings["depth"] in DEPTH_ENCODINGS
    assert preset.parameters["image_reliability"] == driver.reliability
    assert driver.start.startswith(("ros2 launch ", "ros2 run "))
    if preset.camera != "custom":
        assert driver.source.startswith("github.com/")


def test_the_azure_kinect_starts_in_a_mode_that_has_its_rate() -> None:
    """Its launch file's own, WFOV_UNBINNED, has 15 pictures a second at most."""
    start = PRESETS["azure_kinect"].driver.start
    assert "fps:=30" in start
    assert "depth_mode:=NFOV_UNBINNED" in start


def test_where_a_camera_is() -> None:
    preset = PRESETS["realsense"]
    assert preset.remapped()[0] == ("rgb/image_raw", "/camera/camera/color/image_raw")
    assert preset.remapped("/left/d405/")[0] == ("rgb/image_raw", "/left/d405/color/image_raw")
    assert preset.frame("/left/d405") == "d405_color_optical_frame"
    assert PRESETS["custom"].remapped()[0] == ("rgb/image_raw", "rgb/image_raw")
    assert PRESETS["azure_kinect"].remapped("/left")[1] == (
        "depth/image_raw",
        "/left/depth_to_rgb/image_raw",
    )
    assert PRESETS["azure_kinect"].frame() == "rgb_camera_link"
    assert PRESETS["azure_kinect"].frame("/left") == "left_rgb_camera_link"  # its tf_prefix


def test_the_default_parameter_file_changes_no_preset() -> None:
    """It is loaded after the preset."""
    sections = yaml.safe_load((TOP / "config" / "detector.yaml").read_text())
    default = set(sections["/**/grasp_detector"]["ros__parameters"])
    for preset in PRESETS.values():
        assert not default & set(preset.parameters)


@EVERY
def test_the_launch_file_gives_the_node_just_this(
    preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where launch is not installed, too: stand-ins note what the launch file asks for."""
    started: list[dict[str, Any]] = []
    given = {"camera": preset.camera, "camera_name": "/left/cam", "target_frame": "base"}
    given["params_file"] = str(TOP / "config" / "detector.yaml")

    class Configuration:
        def __init__(self, name: str) -> None:
            self.name = name

        def perform(self, _: Any) -> str:
            return given.get(self.name, "")

    for name in ("launch", "launch.actions", "launch.conditions", "launch.substitutions"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    for name in ("launch_ros", "launch_ros.actions"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    monkeypatch.setattr(sys.modules["launch.substitutions"], "LaunchConfiguration", Configuration)
    monkeypatch.setattr(
        sys.modules["launch_ros.actions"], "Node", lambda **about: started.append(about)
    )
    launch = runpy.run_path(str(TOP / "launch" / "detect.launch.py"))
    launch["_nodes"](None)
    rviz, node = started
    assert node["remappings"] == preset.remapped("/left/cam")
    first, users, last = node["parameters"]
    assert first == preset.parameters
    assert users == given["params_file"]
    assert "target_frame: base" in Path(last).read_text()
    assert rviz["arguments"][-1] == "base"
    given["target_frame"] = ""
    launch["_nodes"](None)
    assert started[2]["arguments"][-1] == preset.frame("/left/cam")


def test_the_page_on_cameras_has_them_all() -> None:
    page = (TOP / "docs" / "cameras.md").read_text()
    presets = list(PRESETS.values())
    again = "run tools/with_ros python -m grasp_detector.ros.presets and put it into the page"
    assert table(presets) in page, again
    assert commands(presets) in page, again
