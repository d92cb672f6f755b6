"""What the node says of itself: whether it works, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from grasp_detector.ros.camera import COLOR, DEPTH, TOPICS
from grasp_detector.ros.stats import Report

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
SILENT_AFTER = 3.0  # seconds
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
    open_for: float  # seconds since the subscriptions were made


def judge(report: Report, inputs: Inputs) -> tuple[bytes, str]:
    """Return the level and the one sentence that say how an active node fares."""
    for stream in TOPICS:
        silent = min(report.age.get(stream, inputs.open_for), inputs.open_for)
        if silent >= SILENT_AFTER:
            topic = inputs.topics[stream]
            why = "" if inputs.publishers[stream] else ", which nobody publishes"
            return WARN, f"no {stream} image for {silent:.0f} s on {topic}{why}"
        if report.recent[f"{stream} without stamp"]:
            topic = inputs.topics[stream]
            return WARN, f"the {stream} images on {topic} have the stamp 0 and cannot be paired"
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
    return OK, f"{report.rate('answered'):.1f} pairs/s answered"


def status(
    name: str, level: bytes, message: str, report: Report, about: dict[str, str]
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
    return DiagnosticStatus(name=name, level=level, message=message, hardware_id="", values=pairs)
