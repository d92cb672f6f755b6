"""The protocol of measurement: one grasp a picture, judged by the rectangle metric."""

from grasp_detector.evaluation.protocol import (
    THRESHOLDS,
    Report,
    Verdict,
    judge,
    object_interval,
    summarise,
)

__all__ = ["THRESHOLDS", "Report", "Verdict", "judge", "object_interval", "summarise"]
