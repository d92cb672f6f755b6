"""Reliability and depth of the node's topics, each topic's by parameters of its own.

They are named as everywhere in ROS 2: ``qos_overrides./rgb/image_raw.subscription.depth``. (rclpy
would declare them with each subscription, and keep for ever the defaults that they had first.)
"""

from __future__ import annotations

from collections.abc import Iterable

from rcl_interfaces.msg import IntegerRange, ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import QoSProfile, QoSReliabilityPolicy

from grasp_detector.errors import InputError
from grasp_detector.ros.declaring import declare_one

RELIABILITY = {
    "best_effort": QoSReliabilityPolicy.BEST_EFFORT,
    "reliable": QoSReliabilityPolicy.RELIABLE,
}
SUBSCRIPTION, PUBLISHER = "subscription", "publisher"


def declare_overrides(node: Node, topics: Iterable[str], kind: str) -> None:
    """Declare the parameters of topics that the node subscribes to or publishes.

    Raises:
        InputError: a value given at the start is refused.
    """
    for topic in topics:
        name = _name(node, topic, kind)
        reliability = declare_one(
            node,
            f"{name}.reliability",
            "",
            ParameterDescriptor(
                description="best_effort or reliable; empty: as the node has it.", read_only=True
            ),
        )
        if reliability not in ("", *RELIABILITY):
            raise InputError(
                f"{name}.reliability is {reliability!r}, none of {', '.join(RELIABILITY)}"
            )
        declare_one(
            node,
            f"{name}.depth",
            0,
            ParameterDescriptor(
                description="Messages that are kept; 0: as the node has it.",
                read_only=True,
                integer_range=[IntegerRange(from_value=0, to_value=1000)],
            ),
        )


def profile(node: Node, topic: str, kind: str, reliability: str, depth: int) -> QoSProfile:
    """Return a topic's QoS: what the node would have, unless parameters say otherwise."""
    name = _name(node, topic, kind)
    own_reliability = node.get_parameter(f"{name}.reliability").value
    own_depth = node.get_parameter(f"{name}.depth").value
    return QoSProfile(
        reliability=RELIABILITY[own_reliability or reliability], depth=own_depth or depth
    )


def _name(node: Node, topic: str, kind: str) -> str:
    return f"qos_overrides.{node.resolve_topic_name(topic)}.{kind}"
