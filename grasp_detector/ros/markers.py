"""Grasps as RViz markers: two jaws and an arrow along the approach, coloured by confidence."""

from __future__ import annotations

from collections.abc import Sequence

from geometry_msgs.msg import Point, Vector3
from rclpy.duration import Duration
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from grasp_detector.detector import Grasp, GripperPose
from grasp_detector.ros.conversions import pose_to_msg

# A gripper's usual size, metres: how thick a jaw is and how far it reaches; where the arrow starts.
JAW_THICKNESS = 0.008
JAW_REACH = 0.04
ARROW_START = 0.12
# Seconds: what the camera no longer confirms is gone then.
LIFETIME = 1


def markers_to_msg(grasps: Sequence[Grasp], header: Header) -> MarkerArray:
    """Return the markers of the grasps that have a pose, in place of all markers shown before."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for index, grasp in enumerate(grasps):
        if grasp.pose is not None:
            markers += _gripper(index, grasp, grasp.pose, header)
    return MarkerArray(markers=markers)


def _gripper(index: int, grasp: Grasp, pose: GripperPose, header: Header) -> list[Marker]:
    """Return a grasp's markers.

    They are in the gripper's frame: x opens, z approaches, the origin lies between the jaws.
    """
    jaws = Marker(ns="jaws", type=Marker.CUBE_LIST)
    jaws.scale = Vector3(x=JAW_THICKNESS, y=float(pose.jaw), z=JAW_REACH)
    side = (pose.opening + JAW_THICKNESS) / 2
    jaws.points = [Point(x=-side, z=-JAW_REACH / 2), Point(x=side, z=-JAW_REACH / 2)]

    approach = Marker(ns="approach", type=Marker.ARROW)
    approach.points = [Point(z=-ARROW_START), Point()]
    approach.scale = Vector3(x=0.004, y=0.01, z=0.02)  # shaft, head, head's length

    markers = [jaws, approach]
    if grasp.class_name:
        label = Marker(ns="class", type=Marker.TEXT_VIEW_FACING, text=grasp.class_name)
        label.scale.z = 0.02
        markers.append(label)
    for marker in markers:
        marker.header = header
        marker.id = index
        marker.lifetime = Duration(seconds=LIFETIME).to_msg()
        marker.pose = pose_to_msg(pose)
        marker.color = _color(grasp.confidence)
    return markers


def _color(confidence: float) -> ColorRGBA:
    """Red for 0 through yellow to green for 1."""
    sure = min(max(float(confidence), 0.0), 1.0)
    return ColorRGBA(r=min(1.0, 2.0 - 2.0 * sure), g=min(1.0, 2.0 * sure), b=0.1, a=0.9)
