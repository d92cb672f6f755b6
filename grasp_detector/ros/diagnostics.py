"""What the node says of itself: whether it works, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from grasp_detector.ros.camera import COLOR, DEPTH, FRAMES_DIFFER, INFO, TOPICS
from grasp_detector.ros.stats import Report

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
SILENT_AFTER = 3.0  # seconds
# Fewer images than this share of the camera_info that came with them are a loss; of few messages
# nothing can be said.
LOST_BELOW, LEAST_INFOS = 0.7, 5
PROFILE = "start the camera's driver with config/fastdds.xml too"
# Why pairs were not answered.
TOO_SLOW = "dropped: the detector is too slow"
NOT_USABLE = "dropped: not usable"
FAILED = "dropped: error in the detector"
WITHOUT_POSE = "pairs without usable camera_info"


@dataclass(frozen=True)
class Inputs:
    """How things stand at the node's inputs."""

    topics: dict[str, str]  # stream: its topic, resolved
    publishers: dict[str, int]  # stream: how many publish it
    newest: dict[str, int]  # stream: stamp of its last image, ns
    slop: float  # seconds
    reliability: str  # asked of the images
    open_for: float  # seconds since the subscriptions were made


def judge(report: Report, inputs: Inputs) -> tuple[bytes, str]:
    """Return the level and the one sentence that say how an active node fares."""
    for stream in TOPICS:
        silent = min(report.age.get(stream, inputs.open_for), inputs.open_for)
        if silent >= SILENT_AFTER:
            message = f"no {stream} image for {silent:.0f} s on {inputs.topics[stream]}"
            if not inputs.publishers[stream]:
                return WARN, f"{message}, which nobody publishes"
            return WARN, (
                f"{message}, which is published: {PROFILE}, and see whether its QoS is compatible "
                f"with image_reliability {inputs.reliability}"
            )
        if report.recent[f"{stream} without stamp"]:
            topic = inputs.topics[stream]
            return WARN, f"the {stream} images on {topic} have the stamp 0 and cannot be paired"
    if inputs.open_for >= SILENT_AFTER and (lost := _lost(report)):
        return WARN, lost
    silent = min(report.age.get("pair", inputs.open_for), inputs.open_for)
    if silent >= SILENT_AFTER:
        apart = abs(inputs.newest.get(COLOR, 0) - inputs.newest.get(DEPTH, 0)) / 1e9
        return WARN, (
            f"no pair for {silent:.0f} s: the stamps of colour and depth are {apart:.3f} s apart, "
            f"sync_slop is {inputs.slop:g} s"
        )
    for event in (FAILED, NOT_USABLE, TOO_SLOW):
        if dropped := report.recent[event]:
            why = f" ({report.why[event]})" if report.why[event] else ""
            return WARN, f"{dropped} of {report.recent['pair']} pairs {event}{why}"
    if report.recent[WITHOUT_POSE]:
        return WARN, f"grasps have no pose: {report.why[WITHOUT_POSE]}"
    if report.recent[FRAMES_DIFFER]:
        return WARN, f"{report.why[FRAMES_DIFFER]}: is depth registered to the colour image?"
    return OK, f"{report.rate('answered'):.1f} pairs/s answered"


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


def status(
    name: str, hardware: str, level: bytes, message: str, report: Report, about: dict[str, str]
) -> DiagnosticStatus:
    """Return the node's status: counts, rates, latencies, and what else it is ``about``."""
    values = dict(about)
    for stream in TOPICS:
        values[f"{stream} images/s"] = f"{report.rate(stream):.1f}"
    values["pairs in"] = str(report.total["pair"])
    values["pairs answered"] = str(report.total["answered"])
    for event, count in sorted(report.total.items()):
        if event not in (*TOPICS, "pair", "answered"):
            values[event] = str(count)
    for stage, (median, p99) in report.latency.items():
        values[f"{stage} p50 ms"] = f"{median * 1e3:.1f}"
        values[f"{stage} p99 ms"] = f"{p99 * 1e3:.1f}"
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(
        name=name, level=level, message=message, hardware_id=hardware, values=pairs
    )
