"""A camera's driver and the detector in one launch file: copy it, put your camera in.

ros2 launch bringup.launch.py
"""

from __future__ import annotations

from launch.actions import GroupAction, IncludeLaunchDescription, SetEnvironmentVariable
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription  # type: ignore[attr-defined]


def generate_launch_description() -> LaunchDescription:
    """Return what ``ros2 launch`` starts."""
    detector = FindPackageShare("grasp_detector")
    profile = PathJoinSubstitution([detector, "config", "fastdds.xml"])
    return LaunchDescription(
        [
            # Both need room for images; Fast DDS 3 (Kilted and later) reads the second.
            SetEnvironmentVariable("FASTRTPS_DEFAULT_PROFILES_FILE", profile),
            SetEnvironmentVariable("FASTDDS_DEFAULT_PROFILES_FILE", profile),
            # A group of its own: what a launch file is given, and its defaults, stay for those that
            # are included after it, and the driver has a camera_name, too.
            GroupAction(
                [
                    _included(
                        [FindPackageShare("realsense2_camera"), "launch", "rs_launch.py"],
                        {"align_depth.enable": "true", "enable_sync": "true"},
                    )
                ]
            ),
            _included([detector, "launch", "detect.launch.py"], {"camera": "realsense"}),
        ]
    )


def _included(path: list[object], arguments: dict[str, str]) -> IncludeLaunchDescription:
    return IncludeLaunchDescription(
        PythonLaunchDescriptionSource(PathJoinSubstitution(path)),
        launch_arguments=arguments.items(),
    )
