"""What is wrong at the node's inputs, in one sentence: the watchdog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import monotonic
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSCompatibility, qos_check_compatible
from rclpy.subscription import Subscription

from grasp_detector.ros.camera import COLOR, DEPTH, FRAMES_DIFFER, INFO, TOPICS, Camera
from grasp_detector.ros.choosing import NOT_JUDGED
from grasp_detector.ros.diagnostics import (
    FAILED,
    FOUND,
    NO_DEPTH,
    NO_TRANSFORM,
    NONE_FOUND,
    NOT_USABLE,
    OK,
    PROFILE,
    TOO_SLOW,
    UNPLACED,
    WARN,
    WITHOUT_POSE,
)
from grasp_detector.ros.stats import Report

SILENT_AFTER = 3.0  # seconds
# Fewer images than this share of the camera_info that came with them are a loss; of few messages
# nothing can be said.
LOST_BELOW, LEAST_INFOS = 0.7, 5
# Fewer pairs than this share of the images of the slower stream: most find no partner.
PAIRED_BELOW, LEAST_IMAGES = 0.7, 10


@dataclass(frozen=True)
class Inputs:
    """How things stand at the node's inputs."""

    topics: Mapping[str, str]  # stream: its topic, resolved
    publishers: Mapping[str, int]  # stream: how many publish it
    stamps: Mapping[str, Sequence[int]]  # stream: those of its last images, ns, as they came
    slop: float  # seconds
    open_for: float  # seconds since the subscriptions were made
    # Stream, or INFO: what is said of publishers that the subscription cannot hear.
    unheard: Mapping[str, str] = field(default_factory=dict)


def judge(report: Report, inputs: Inputs) -> tuple[bytes, str]:
    """Return the level and the one sentence that say how an active node fares."""
    for stream in TOPICS:
        if trouble := _silent(stream, report, inputs):
            return WARN, trouble
        if report.recent[f"{stream} without stamp"]:
            topic = inputs.topics[stream]
            return WARN, f"the {stream} images on {topic} have the stamp 0 and cannot be paired"
    if inputs.open_for >= SILENT_AFTER:
        if lost := _lost(report):
            return WARN, lost
        if unpaired := _unpaired(report, inputs):
            return WARN, unpaired
    for event in (FAILED, NOT_USABLE, TOO_SLOW):
        if dropped := report.recent[event]:
            why = f" ({report.why[event]})" if report.why[event] else ""
            return WARN, f"{dropped} of {report.recent['pair']} pairs {event}{why}"
    if report.recent[WITHOUT_POSE]:
        why = report.why[WITHOUT_POSE]
        if not report.total[INFO] and (reason := inputs.unheard.get(INFO)):
            why = f"{why}: {reason}"
        return WARN, f"grasps have no pose: {why}"
    if report.recent[UNPLACED]:
        return WARN, f"{NOT_JUDGED}: {report.why[UNPLACED]}"
    if report.recent[NO_TRANSFORM]:
        return WARN, f"grasps have no pose: {report.why[NO_TRANSFORM]}"
    if report.recent[NO_DEPTH] and report.recent[NO_DEPTH] == report.recent[FOUND]:
        return WARN, "grasps have no pose: the depth image has no depth between the jaws of any"
    if report.recent[FRAMES_DIFFER]:
        return WARN, f"{report.why[FRAMES_DIFFER]}: is depth registered to the colour image?"
    answered = f"{report.rate('answered'):.1f} pairs/s answered"
    if none := report.recent[NONE_FOUND]:
        return OK, f"{answered}, {none} of them without a grasp ({report.why[NONE_FOUND]})"
    return OK, answered


def offset(color: Sequence[int], depth: Sequence[int]) -> float:
    """Return by how much depth is stamped later than colour, seconds.

    Args:
        color: stamps of its last images, ns; at least one.
        depth: the same of depth.
    """
    newest = depth[-1] - color[-1]
    if abs(newest) > max(max(color) - min(color), max(depth) - min(depth)):
        return newest / 1e9  # of different times altogether
    nearest = (min((other - stamp for other in depth), key=abs) for stamp in color)
    return median(nearest) / 1e9


def look(node: Node, camera: Camera) -> Inputs:
    """Return how things stand at a camera's topics."""
    subscriptions = camera.subscriptions
    topics = {stream: each.topic_name for stream, each in subscriptions.items()}
    return Inputs(
        topics=topics,
        publishers={stream: node.count_publishers(topic) for stream, topic in topics.items()},
        stamps={stream: list(stamps) for stream, stamps in camera.stamps.items()},
        slop=camera.settings.sync_slop,
        open_for=monotonic() - camera.opened,
        unheard={stream: unheard(node, each) for stream, each in subscriptions.items()},
    )


def unheard(node: Node, subscription: Subscription) -> str:
    """Return which publishers a subscription of ``node`` cannot hear, and why; empty: none."""
    message: Any = subscription.msg_type
    kind = f"{message.__module__.partition('.')[0]}/msg/{message.__name__}"
    found = []
    for each in node.get_publishers_info_by_topic(subscription.topic_name):
        name = f"{each.node_namespace.rstrip('/')}/{each.node_name}"
        if each.topic_type != kind:
            found.append(f"{name} publishes {each.topic_type} there, not {kind}")
            continue
        compatible, _ = qos_check_compatible(each.qos_profile, subscription.qos_profile)
        if compatible == QoSCompatibility.ERROR:
            offered = each.qos_profile.reliability.name.lower()
            asked = subscription.qos_profile.reliability.name.lower()
            found.append(
                f"{name} publishes it {offered}, {asked} is asked for: "
                f"set image_reliability to {offered}"
            )
    return "; ".join(sorted(found))


def _silent(stream: str, report: Report, inputs: Inputs) -> str | None:
    silent = min(report.age.get(stream, inputs.open_for), inputs.open_for)
    if silent < SILENT_AFTER:
        return None
    message = f"no {stream} image for {silent:.0f} s on {inputs.topics[stream]}"
    if reason := inputs.unheard.get(stream):
        return f"{message}: {reason}"
    if not inputs.publishers[stream]:
        return f"{message}, which nobody publishes"
    if report.total[stream]:  # DDS knows of a publisher for some seconds after its process died
        return f"{message}, where they came until then: has the camera stopped?"
    return f"{message}, which is published: {PROFILE}"


def _unpaired(report: Report, inputs: Inputs) -> str | None:
    """Say so when images of both streams come but find no partner, or few do."""
    if not all(inputs.stamps.get(stream) for stream in TOPICS):
        return None
    apart = offset(inputs.stamps[COLOR], inputs.stamps[DEPTH])
    later = "depth is the later" if apart > 0 else "colour is the later"
    measured = (
        f"the stamps of colour and depth are {abs(apart):.3f} s apart ({later}), "
        f"sync_slop is {inputs.slop:g} s"
    )
    silent = min(report.age.get("pair", inputs.open_for), inputs.open_for)
    if silent >= SILENT_AFTER:
        return f"no pair for {silent:.0f} s: {measured}"
    images = min(report.recent[stream] for stream in TOPICS)
    if images >= LEAST_IMAGES and report.recent["pair"] < PAIRED_BELOW * images:
        return f"of {images} images {report.recent['pair']} found a partner: {measured}"
    return None


def _lost(report: Report) -> str | None:
    """Say so when camera_info, which is small, comes clearly more often than the images."""
    infos = report.recent[INFO]
    for stream in TOPICS:
        if infos >= LEAST_INFOS and report.recent[stream] < LOST_BELOW * infos:
            other = " (or it has a lower rate for depth)" if stream == DEPTH else ""
            return (
                f"{report.rate(stream):.1f} {stream} images/s but {report.rate(INFO):.1f} "
                f"camera_info/s: images are lost on the way: {PROFILE}{other}"
            )
    return None
