"""An RGB-D pair in, grasps out."""

from grasp_detector.detector.clearance import Fingers
from grasp_detector.detector.detector import GraspDetector
from grasp_detector.detector.grasp import Grasp
from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.pose import GripperPose
from grasp_detector.model.weights import read_info

__all__ = ["Fingers", "Grasp", "GraspDetector", "GripperPose", "Intrinsics", "read_info"]
