"""docs/topics.md against the running node."""

from __future__ import annotations

import re
from pathlib import Path

from ros_rig import Rig, StartRunning

from grasp_detector.detector import selection
from grasp_detector.ros import diagnostics
from grasp_detector.ros.parameters import Settings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "topics.md").read_text()
# What rclpy gives to every node, and to every lifecycle node.
RCLPY = re.compile(r"/(parameter_events|rosout|grasp_detector/transition_event|tf|tf_static)")
OF_RCLPY = re.compile(
    r"/grasp_detector/(change_state|get_\w+|list_parameters|describe_parameters|set_\w+)"
)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def resolved(name: str) -> str:
    return name if name.startswith("/") else "/" + name.replace("~", "grasp_detector")


def test_the_tables_are_the_node_s_own(rig: Rig, start_running: StartRunning) -> None:
    # As it is by default: the tests' own settings are others.
    start_running(image_reliability="best_effort", image_queue=10)
    node, me = rig.node, ("grasp_detector", "/")
    rig.until(lambda: me in node.get_node_names_and_namespaces(), "the node's name")
    for heading, topics, infos in (
        (
            "It subscribes to",
            node.get_subscriber_names_and_types_by_node(*me),
            node.get_subscriptions_info_by_topic,
        ),
        (
            "It publishes",
            node.get_publisher_names_and_types_by_node(*me),
            node.get_publishers_info_by_topic,
        ),
    ):
        told = {resolved(name): rest for name, *rest in rows(heading)}
        found = {name: types for name, types in topics if not RCLPY.fullmatch(name)}
        assert set(told) == set(found)
        for name, (kind, reliability, *_) in told.items():
            assert found[name] == [kind]
            (info,) = (each for each in infos(name) if each.node_name == "grasp_detector")
            assert info.qos_profile.reliability.name.lower() == reliability
    services = {
        name: types
        for name, types in node.get_service_names_and_types_by_node(*me)
        if not OF_RCLPY.fullmatch(name) and not name.endswith("type_description")
    }
    assert {resolved(name): [kind] for name, kind, _ in rows("Services")[:2]} == services


def test_every_filter_and_count_is_named() -> None:
    reasons = [value for name, value in vars(selection).items() if name.isupper()]
    reasons = [value for value in reasons if isinstance(value, str)]
    assert len(reasons) >= 7
    counts = [diagnostics.NO_DEPTH, diagnostics.NO_TRANSFORM, diagnostics.UNPLACED]
    counts += [diagnostics.NONE_FOUND, diagnostics.WITHOUT_POSE]
    flat = " ".join(PAGE.split())
    for words in [*reasons, *counts]:
        assert words in flat
    for name in re.findall(r"`((?:min|max|region|workspace|finger)_\w+)`", PAGE):
        assert hasattr(Settings(), name)
