"""The grasp rectangle and what is computed with it.

A grasp is five numbers, ``x, y, theta, h, w``, in that order along the last axis of an array:
the centre (pixels, y down), the angle of the opening axis to the image's x axis (radians, modulo
pi), the length of a jaw plate and the opening between the plates (section III of the paper).
"""

from grasp_detector.geometry.angles import angle_difference, wrap_angle
from grasp_detector.geometry.jaccard import jaccard_index
from grasp_detector.geometry.metric import (
    ANGLE_TOLERANCE,
    JACCARD_THRESHOLD,
    best_jaccard,
    rectangle_metric,
)
from grasp_detector.geometry.rectangle import corners_to_grasp, grasp_to_corners
from grasp_detector.geometry.rigid import Rigid, matrix_to_quaternion, quaternion_to_matrix
from grasp_detector.geometry.suppression import Likeness, alike
from grasp_detector.geometry.transform import similarity, transform_grasps

__all__ = [
    "ANGLE_TOLERANCE",
    "JACCARD_THRESHOLD",
    "Likeness",
    "Rigid",
    "alike",
    "angle_difference",
    "best_jaccard",
    "corners_to_grasp",
    "grasp_to_corners",
    "jaccard_index",
    "matrix_to_quaternion",
    "quaternion_to_matrix",
    "rectangle_metric",
    "similarity",
    "transform_grasps",
    "wrap_angle",
]
