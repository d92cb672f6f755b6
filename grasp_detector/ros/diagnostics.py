"""What the node says of itself: its status, as ``/diagnostics`` carries it."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from grasp_detector.ros.camera import TOPICS
from grasp_detector.ros.stats import Report

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
PROFILE = "start the camera's driver with config/fastdds.xml too"
# Why pairs were not answered.
TOO_SLOW = "dropped: the detector is too slow"
NOT_USABLE = "dropped: not usable"
FAILED = "dropped: error in the detector"
WITHOUT_POSE = "pairs without usable camera_info"
# Why grasps have none, of how many, and pairs no grasps.
FOUND = "grasps found"
NO_DEPTH = "grasps without pose: no depth between the jaws"
NO_TRANSFORM = "pairs without a transform"
UNPLACED = "pairs without the workspace's transform"
NONE_FOUND = "pairs without a grasp"
RESCALED = "depth rescaled to the colour image"


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
