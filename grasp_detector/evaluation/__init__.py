"""The protocol of measurement: one grasp a picture, judged by the rectangle metric."""

from grasp_detector.evaluation.protocol import (
    Finder,
    Found,
    Network,
    Verdict,
    finder_of,
    judge,
    judge_finder,
    see,
)
from grasp_detector.evaluation.statistics import (
    THRESHOLDS,
    Report,
    calibration,
    confusion,
    object_interval,
    summarise,
)
from grasp_detector.evaluation.timing import PictureTime, time_finder, time_network

__all__ = [
    "THRESHOLDS",
    "Finder",
    "Found",
    "Network",
    "PictureTime",
    "Report",
    "Verdict",
    "calibration",
    "confusion",
    "finder_of",
    "judge",
    "judge_finder",
    "object_interval",
    "see",
    "summarise",
    "time_finder",
    "time_network",
]
