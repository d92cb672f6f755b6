"""Grasps, camera information, stamps and poses to and from their messages."""

from __future__ import annotations

from collections.abc import Iterable

from geometry_msgs.msg import Point, Pose, PoseArray, Quaternion, Vector3
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header

from grasp_detector.detector import Grasp, GripperPose, Intrinsics
from grasp_detector.detector.readout import Readout, lens
from grasp_detector.errors import InputError
from grasp_detector.geometry import Rigid
from grasp_detector.msg import Grasp5D, Grasp5DArray
from grasp_detector.rgbd import Region


def stamp_ns(header: Header) -> int:
    """Return the stamp, nanoseconds; rclpy's own Time fails on one before 1970."""
    return int(header.stamp.sec) * 1_000_000_000 + int(header.stamp.nanosec)


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


def rigid_from_msg(position: Point | Vector3, orientation: Quaternion) -> Rigid:
    """Return what the two parts of a pose's message, or of a transform's, say together.

    Raises:
        ValueError: they are not finite, or the quaternion is 0.
    """
    x, y, z, w = orientation.x, orientation.y, orientation.z, orientation.w
    return Rigid.from_quaternion([position.x, position.y, position.z], [x, y, z, w])


def intrinsics_from_msg(
    info: CameraInfo, width: int, height: int, rectified: bool = False
) -> Intrinsics:
    """Return the intrinsics for a picture of ``width`` x ``height`` pixels of that camera.

    Where camera_info names a region of interest, that is the picture; it may be binned, or resized
    afterwards. Rectified pictures are those of a pinhole, which camera_info's P describes.

    Raises:
        InputError: the camera is not calibrated, no camera has its numbers, its pictures have
            another aspect ratio, or its distortion is of an unknown model.
    """
    if rectified and info.roi.do_rectify and info.roi.width:
        raise InputError("the rectified image is of a region of interest: rectify the whole image")
    places = (0, 2, 5, 6) if rectified else (0, 2, 4, 5)
    fx, cx, fy, cy = (float((info.p if rectified else info.k)[index]) for index in places)
    model, distortion = ("", ()) if rectified else lens(str(info.distortion_model), info.d)
    readout = Readout(
        *(info.width, info.height),
        *(info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height),
        *(info.binning_x, info.binning_y),
    )
    camera = Intrinsics(fx, fy, cx, cy, model, distortion)
    return readout.of_picture(camera, width, height, "camera_info")


def region_from_msg(roi: RegionOfInterest) -> Region | None:
    """Return the region of a request; None for the whole, which all zeros ask for.

    Raises:
        InputError: it is empty.
    """
    if not any((roi.x_offset, roi.y_offset, roi.width, roi.height)):
        return None
    try:
        return Region(roi.x_offset, roi.y_offset, roi.width, roi.height)
    except InputError as error:
        whole = "the whole picture is asked for with all zeros"
        raise InputError(f"{error}; {whole}") from error
