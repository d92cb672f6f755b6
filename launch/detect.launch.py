"""The detector for one of the known cameras; the camera's driver is started by itself.

    ros2 launch grasp_detector detect.launch.py camera:=realsense rviz:=true

What a camera's topics are called is in config/cameras; config/detector.yaml holds the parameters.
"""

from __future__ import annotations

import os
from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from grasp_detector.errors import InputError
from grasp_detector.ros.parameter_docs import parameter_help
from grasp_detector.ros.parameter_files import write_over
from grasp_detector.ros.presets import read_presets
from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity  # type: ignore[attr-defined]

SHARE = Path(__file__).resolve().parent.parent
CONFIG = SHARE / "config"
PRESETS = read_presets(CONFIG / "cameras")
# Fast DDS 2 (Humble, Jazzy) reads the first, Fast DDS 3 (Kilted and later) the second.
DDS_PROFILE = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")


def generate_launch_description() -> LaunchDescription:
    """Return what ``ros2 launch`` starts."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "camera",
                default_value="custom",
                choices=list(PRESETS),
                description="Kind of camera: which topics, encodings and QoS its driver has.",
            ),
            DeclareLaunchArgument(
                "camera_name",
                default_value="",
                description="Where the driver's topics are, such as /left/camera of several; "
                "not given: where the driver puts them by default.",
            ),
            DeclareLaunchArgument(
                "params_file",
                default_value=str(CONFIG / "detector.yaml"),
                description="File of the node's parameters; a copy of config/detector.yaml.",
            ),
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the node and of what it publishes; one for each of "
                "several cameras.",
            ),
            DeclareLaunchArgument(
                "device",
                default_value="",
                description=parameter_help("device"),
            ),
            DeclareLaunchArgument(
                "weights",
                default_value="",
                description=parameter_help("weights"),
            ),
            DeclareLaunchArgument(
                "target_frame",
                default_value="",
                description=parameter_help("target_frame"),
            ),
            DeclareLaunchArgument(
                "rviz", default_value="false", description="Whether to show the grasps in RViz."
            ),
            *(
                # Shared memory with room for images, unless somebody has tuned Fast DDS already.
                SetEnvironmentVariable(name, str(CONFIG / "fastdds.xml"))
                for name in DDS_PROFILE
                if not any(known in os.environ for known in DDS_PROFILE)
            ),
            OpaqueFunction(function=_nodes),
        ]
    )


def _nodes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the node, with the topics of the camera that was asked for, and RViz."""
    camera = LaunchConfiguration("camera").perform(context)
    preset = PRESETS[camera]
    name = LaunchConfiguration("camera_name").perform(context)
    params_file = Path(LaunchConfiguration("params_file").perform(context))
    arguments = {
        "device": LaunchConfiguration("device"),
        "weights": LaunchConfiguration("weights"),
        "target_frame": LaunchConfiguration("target_frame"),
    }
    given = {name: value.perform(context) for name, value in arguments.items()}
    given = {parameter: value for parameter, value in given.items() if value}
    if not params_file.is_file():
        raise InputError(f"params_file: '{params_file}' is not a file")
    # Later ones win: the user's file over the camera's preset, arguments over both.
    parameters = [preset.parameters, str(params_file)]
    if given:
        parameters.append(str(write_over(params_file, given)))
    fixed = given.get("target_frame") or preset.frame(name)
    return [
        Node(
            package="rviz2",
            executable="rviz2",
            namespace=LaunchConfiguration("namespace"),
            arguments=["-d", str(CONFIG / "grasp_detector.rviz"), "-f", fixed],
            condition=IfCondition(LaunchConfiguration("rviz")),
        ),
        # Last: where RViz is not installed, nothing is left running.
        Node(
            package="grasp_detector",
            executable="grasp_detector",
            namespace=LaunchConfiguration("namespace"),
            parameters=parameters,
            remappings=preset.remapped(name),
            output="screen",
        ),
    ]
