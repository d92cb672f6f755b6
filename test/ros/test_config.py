"""The files in config/ against the code that they are for."""

from __future__ import annotations

import re
import time
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import yaml
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_rig import Rig
from std_srvs.srv import SetBool

from grasp_detector.ros.parameters import Settings

TOP = Path(__file__).resolve().parents[2]
CONFIG = TOP / "config"


def test_the_parameter_file_holds_the_defaults() -> None:
    content = yaml.safe_load((CONFIG / "detector.yaml").read_text())
    given = content["/**/grasp_detector"]["ros__parameters"]
    assert Settings().changed(given) == Settings()


def test_the_dds_profile_has_room_for_images() -> None:
    space = "{http://www.eprosima.com}"
    profile = ET.parse(CONFIG / "fastdds.xml")
    (size,) = (each.text for each in profile.iter(f"{space}segment_size"))
    (builtin,) = (each.text for each in profile.iter(f"{space}useBuiltinTransports"))
    assert int(size or 0) >= 8 * 1280 * 720 * 3 // 2
    assert builtin == "false"


def test_the_dds_profile_has_patience_for_a_client_that_is_not_known_yet(rig: Rig) -> None:
    """With a tenth of a second, Fast DDS's own, first calls on a busy machine had no answer."""
    asked: list[float] = []

    def answer(_: Any, response: SetBool.Response) -> SetBool.Response:
        asked.append(time.monotonic())
        return response

    rig.node.create_service(SetBool, "late", answer)
    # A reader that asks for more than the service's writer offers is never known to it.
    qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    client = rig.node.create_client(SetBool, "late", qos_profile=qos)
    rig.until(lambda: rig.node.count_services("/late"), "the service")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client.call_async(SetBool.Request())
        rig.until(lambda: caught, "the end of its patience")
    assert "client will not receive response" in str(caught[0].message)
    assert time.monotonic() - asked[0] > 1.0


def test_rviz_shows_what_the_node_publishes() -> None:
    text = (CONFIG / "grasp_detector.rviz").read_text()
    topics = {
        display["Topic"]["Value"]
        for display in yaml.safe_load(text)["Visualization Manager"]["Displays"]
        if "Topic" in display
    }
    code = (TOP / "grasp_detector" / "ros" / "outputs.py").read_text()
    published = {f"grasp_detector/{name}" for name in re.findall(r'"~/(\w+)"', code)}
    assert topics == published


# What RViz 2 itself saves, by class: rviz_default_plugins/plugins_description.xml and the
# properties that each class makes. RViz passes over names that it does not know, silently.
QOS = {"Value", "Depth", "History Policy", "Reliability Policy", "Durability Policy", "Filter size"}
RVIZ: dict[str, set[str]] = {
    "rviz_common/Displays": set(),
    "rviz_default_plugins/Image": {"Topic", "Normalize Range", "Max Value", "Min Value"},
    "rviz_default_plugins/MarkerArray": {"Topic", "Namespaces"},
    "rviz_default_plugins/PoseArray": {"Topic", "Shape", "Axes Length", "Axes Radius"},
    "rviz_default_plugins/Axes": {"Reference Frame", "Length", "Radius"},
    "rviz_default_plugins/MoveCamera": set(),
    "rviz_default_plugins/Select": set(),
    "rviz_default_plugins/FocusCamera": set(),
    "rviz_default_plugins/Orbit": {
        *("Distance", "Focal Point", "Invert Z Axis", "Near Clip Distance", "Pitch", "Yaw"),
        "Target Frame",
    },
}


def test_rviz_knows_every_class_and_property() -> None:
    content = yaml.safe_load((CONFIG / "grasp_detector.rviz").read_text())
    manager = content["Visualization Manager"]
    parts = [
        *content["Panels"], *manager["Displays"], *manager["Tools"], manager["Views"]["Current"]
    ]  # fmt: skip
    for part in parts:
        odd = set(part) - RVIZ[part["Class"]] - {"Class", "Name", "Enabled", "Value"}
        assert not odd, part["Class"]
        assert set(part.get("Topic", {})) <= QOS
        assert part.get("Topic", {}).get("Reliability Policy", "Reliable") in (
            *("Reliable", "Best Effort", "System Default"),
        )
    assert set(manager["Global Options"]) == {"Background Color", "Fixed Frame", "Frame Rate"}
