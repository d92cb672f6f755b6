"""Grasps and camera information to and from their messages."""

from __future__ import annotations

import math
from collections.abc import Iterable

from geometry_msgs.msg import Point, Pose, PoseArray, Quaternion
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header

from grasp_detector.detector import Grasp, GripperPose, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.msg import Grasp5D, Grasp5DArray


def grasp_to_msg(grasp: Grasp, header: Header) -> Grasp5D:
    """Return the message of a grasp in the picture with that header."""
    msg = Grasp5D(
        header=header,
        x=float(grasp.x),
        y=float(grasp.y),
        theta=float(grasp.theta),
        h=float(grasp.h),
        w=float(grasp.w),
        class_id=int(grasp.class_id),
        class_name=grasp.class_name,
        confidence=float(grasp.confidence),
    )
    if grasp.pose is not None:
        msg.has_pose = True
        msg.pose = pose_to_msg(grasp.pose)
        msg.opening = float(grasp.pose.opening)
        msg.depth = float(grasp.pose.depth)
    return msg


def grasps_to_msg(grasps: Iterable[Grasp], header: Header) -> Grasp5DArray:
    """Return the message of all grasps in the picture with that header."""
    return Grasp5DArray(header=header, grasps=[grasp_to_msg(grasp, header) for grasp in grasps])


def poses_to_msg(grasps: Iterable[Grasp], header: Header) -> PoseArray:
    """Return the gripper poses of the grasps that have one."""
    poses = [pose_to_msg(grasp.pose) for grasp in grasps if grasp.pose is not None]
    return PoseArray(header=header, poses=poses)


def pose_to_msg(pose: GripperPose) -> Pose:
    """Return the message of a gripper's pose."""
    x, y, z = map(float, pose.position)
    qx, qy, qz, qw = map(float, pose.orientation)
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def intrinsics_from_msg(info: CameraInfo, width: int, height: int) -> Intrinsics:
    """Return the pinhole intrinsics for a picture of ``width`` x ``height`` pixels of that camera.

    Where camera_info names a region of interest, that is the picture; it may be scaled (binning).
    Distortion is not applied: give rectified images where the lens has much of it.

    Raises:
        InputError: the camera is not calibrated, or its pictures have another aspect ratio.
    """
    fx, cx, fy, cy = (float(info.k[index]) for index in (0, 2, 4, 5))
    if not (math.isfinite(fx + fy + cx + cy) and fx > 0.0 and fy > 0.0):
        raise InputError(
            f"camera_info has fx {fx:g}, fy {fy:g}, cx {cx:g}, cy {cy:g}: "
            "the camera is not calibrated"
        )
    cx, cy = cx - info.roi.x_offset, cy - info.roi.y_offset
    full_width, full_height = info.roi.width or info.width, info.roi.height or info.height
    if full_width == 0 or full_height == 0:
        return Intrinsics(fx, fy, cx, cy)
    scale = width / full_width
    if abs(full_height * scale - height) > 1.0:
        raise InputError(
            f"camera_info is for {full_width}x{full_height} pixels, "
            f"the picture has {width}x{height}"
        )
    # Pixel centres lie at whole numbers, so the picture's corner is at (-0.5, -0.5).
    return Intrinsics(fx * scale, fy * scale, (cx + 0.5) * scale - 0.5, (cy + 0.5) * scale - 0.5)


def inside(grasp: Grasp, roi: RegionOfInterest) -> bool:
    """Return whether the grasp's centre lies in the region; all zeros are the whole picture."""
    if roi.width == 0 and roi.height == 0:
        return True
    across = roi.x_offset <= grasp.x < roi.x_offset + roi.width
    return across and roi.y_offset <= grasp.y < roi.y_offset + roi.height
