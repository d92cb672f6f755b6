"""Grasps as RViz markers: grippers with an arrow along the approach, coloured by confidence."""

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
# How much the best gripper hides of what is behind it, and how much the others do.
STRONG, FAINT = 0.95, 0.4


def markers_to_msg(grasps: Sequence[Grasp], header: Header) -> MarkerArray:
    """Return the markers of the grasps that have a pose, in place of all markers shown before."""
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    named: set[str] = set()
    for index, grasp in enumerate(grasps):
        if grasp.pose is None:
            continue
        # Of many grasps of an object only the best carries its name: others would cover it.
        name = "" if grasp.class_name in named else grasp.class_name
        named.add(grasp.class_name)
        color = _color(grasp.confidence, STRONG if index == 0 else FAINT)
        markers += _gripper(index, grasp.pose, color, name, header)
    return MarkerArray(markers=markers)


def _gripper(
    index: int, pose: GripperPose, color: ColorRGBA, name: str, header: Header
) -> list[Marker]:
    """Return a grasp's markers.

    They are in the gripper's frame: x opens, z approaches, the origin lies between the jaws.
    """
    jaw = float(pose.jaw)
    jaws = Marker(ns="jaws", type=Marker.CUBE_LIST)
    jaws.scale = Vector3(x=JAW_THICKNESS, y=jaw, z=JAW_REACH)
    side = (pose.opening + JAW_THICKNESS) / 2
    jaws.points = [Point(x=-side, z=-JAW_REACH / 2), Point(x=side, z=-JAW_REACH / 2)]

    palm = Marker(ns="palm", type=Marker.CUBE_LIST)
    # A bar: a plate would hide the object.
    palm.scale = Vector3(
        x=pose.opening + 2 * JAW_THICKNESS, y=min(jaw, JAW_THICKNESS), z=JAW_THICKNESS
    )
    palm.points = [Point(z=-JAW_REACH - JAW_THICKNESS / 2)]

    approach = Marker(ns="approach", type=Marker.ARROW)
    approach.points = [Point(z=-ARROW_START), Point()]
    approach.scale = Vector3(x=0.004, y=0.01, z=0.02)  # shaft, head, head's length

    markers = [jaws, palm, approach]
    if name:
        label = Marker(ns="class", type=Marker.TEXT_VIEW_FACING, text=name)
        label.scale.z = 0.02
        markers.append(label)
    for marker in markers:
        marker.header = header
        marker.id = index
        marker.lifetime = Duration(seconds=LIFETIME).to_msg()
        marker.pose = pose_to_msg(pose)
        marker.color = color
    return markers


def _color(confidence: float, alpha: float) -> ColorRGBA:
    """Red for 0 through yellow to green for 1."""
    sure = min(max(float(confidence), 0.0), 1.0)
    return ColorRGBA(r=min(1.0, 2.0 - 2.0 * sure), g=min(1.0, 2.0 * sure), b=0.1, a=alpha)
