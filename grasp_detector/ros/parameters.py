"""The node's parameters: one table of names, types, defaults, ranges and descriptions.

Declaration, validation, documentation and the values that the node works with all come from
``Settings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import Any

from rclpy.node import Node

from grasp_detector.detector import Fingers
from grasp_detector.detector.engines import DEVICES, ENGINES
from grasp_detector.detector.pose import APPROACHES
from grasp_detector.detector.selection import Wanted
from grasp_detector.errors import InputError
from grasp_detector.rgbd import LONGEST_SIDE
from grasp_detector.ros.declaring import declare_one, take_integers
from grasp_detector.ros.parameter_kinds import check, descriptor, parameter
from grasp_detector.ros.qos import RELIABILITY

LONGEST_WAIT = 3600.0  # seconds that ~/detect may wait
ANY_OPENING = 1.0  # metres: no gripper opens wider, so that it means no limit
FARTHEST = 100.0  # metres: beyond what any camera sees, so that it means no limit


@dataclass(frozen=True)
class Settings:
    """The values of all parameters at one time."""

    autostart: bool = parameter(
        True, "Configure and activate at the start, without a lifecycle manager."
    )
    weights: str = parameter("", "Weights file (safetensors); empty: the shipped ones.", loads=True)
    weights_sha256: str = parameter(
        "",
        "SHA-256 of the weights file, 64 hexadecimal digits; a file with another one is refused. "
        "Empty: as SHA256SUMS beside the file lists it, if there is one that does.",
        loads=True,
    )
    device: str = parameter("auto", "Where the network runs.", choices=DEVICES, loads=True)
    engine: str = parameter("auto", "What runs the network.", choices=ENGINES, loads=True)
    max_grasps: int = parameter(
        Wanted.max_grasps,
        "Most grasps published for a pair of images.",
        low=1,
        high=1000,
        live=True,
    )
    min_confidence: float = parameter(
        Wanted.min_confidence,
        "Grasps of less confidence are not published.",
        low=0.0,
        high=1.0,
        live=True,
    )
    overlap: float = parameter(
        Wanted.overlap,
        "Of grasps at like angles that overlap more than this (Jaccard index) one is published.",
        low=0.0,
        high=1.0,
        live=True,
    )
    min_opening: float = parameter(
        0.0,
        "Grasps that open less are not published, metres.",
        low=0.0,
        high=ANY_OPENING,
        live=True,
    )
    max_opening: float = parameter(
        ANY_OPENING,
        "Grasps that open wider are not published, metres: what your gripper can. At 1 no limit.",
        low=0.0,
        high=ANY_OPENING,
        live=True,
    )
    finger_width: float = parameter(
        0.0,
        "Width of the gripper's fingers along the plates, metres. Above 0, depth is asked for room "
        "for the fingers: grasps are moved and opened, up to max_opening and 0.25, and are the "
        "less sure the less room there is: 0 without any, which any min_confidence above 0 leaves "
        "out.",
        low=0.0,
        high=0.2,
        live=True,
    )
    finger_thickness: float = parameter(
        Fingers.thickness,
        "Thickness of the fingers along the opening, metres; with finger_width.",
        low=0.001,
        high=0.1,
        live=True,
    )
    finger_reach: float = parameter(
        Fingers.reach,
        "How far the fingertips go below a grasp's position, metres; with finger_width.",
        low=0.001,
        high=0.3,
        live=True,
    )
    approach: str = parameter(
        Wanted.approach,
        "Where the gripper comes from: the optical axis, or the surface's normal, if it has one.",
        choices=APPROACHES,
        live=True,
    )
    rectified: bool = parameter(
        False,
        "The images are rectified: camera_info's P is theirs, not K and the distortion.",
        live=True,
    )
    crop_size: float = parameter(
        Wanted.crop_size,
        "Side of the square that is looked at, as a part of the image's shorter side.",
        low=0.2,
        high=1.0,
        live=True,
    )
    region_x: int = parameter(
        0,
        "Left edge of the region of the colour image where grasps are looked for, pixels.",
        low=0,
        high=LONGEST_SIDE,
        live=True,
    )
    region_y: int = parameter(
        0, "Upper edge of the region, pixels.", low=0, high=LONGEST_SIDE, live=True
    )
    region_width: int = parameter(
        0,
        "Width of the region, pixels; 0: the square in the image's middle is looked at.",
        low=0,
        high=LONGEST_SIDE,
        live=True,
    )
    region_height: int = parameter(
        0,
        "Height of the region, pixels; 0: the square in the image's middle is looked at.",
        low=0,
        high=LONGEST_SIDE,
        live=True,
    )
    smoothing: float = parameter(
        0.0,
        "Weight of earlier images in a grasp that is seen again, so that it holds still; 0: none.",
        low=0.0,
        high=0.95,
        live=True,
    )
    target_frame: str = parameter(
        "", "Frame that poses are given in, through tf2; empty: the colour image's own."
    )
    workspace_frame: str = parameter(
        "", "Frame of the workspace, through tf2; empty: the colour image's own."
    )
    workspace_min_x: float = parameter(
        -FARTHEST,
        "Least x of a grasp's position in workspace_frame, metres; at -100 no limit.",
        low=-FARTHEST,
        high=FARTHEST,
        live=True,
    )
    workspace_min_y: float = parameter(
        -FARTHEST,
        "Least y of a grasp's position in workspace_frame, metres; at -100 no limit.",
        low=-FARTHEST,
        high=FARTHEST,
        live=True,
    )
    workspace_min_z: float = parameter(
        -FARTHEST,
        "Least z of a grasp's position in workspace_frame, metres; at -100 no limit.",
        low=-FARTHEST,
        high=FARTHEST,
        live=True,
    )
    workspace_max_x: float = parameter(
        FARTHEST,
        "Greatest x of a grasp's position in workspace_frame, metres; at 100 no limit.",
        low=-FARTHEST,
        high=FARTHEST,
        live=True,
    )
    workspace_max_y: float = parameter(
        FARTHEST,
        "Greatest y of a grasp's position in workspace_frame, metres; at 100 no limit.",
        low=-FARTHEST,
        high=FARTHEST,
        live=True,
    )
    workspace_max_z: float = parameter(
        FARTHEST,
        "Greatest z of a grasp's position in workspace_frame, metres; at 100 no limit.",
        low=-FARTHEST,
        high=FARTHEST,
        live=True,
    )
    image_reliability: str = parameter(
        "best_effort",
        "Reliability asked of the camera's topics; best_effort is compatible with every publisher. "
        "For one topic alone: qos_overrides.",
        choices=tuple(RELIABILITY),
    )
    image_transport: str = parameter(
        "raw",
        "How images come: raw, or compressed, on the topics' names with /compressed (JPEG, PNG) "
        "and /compressedDepth (PNG) added.",
        choices=("raw", "compressed"),
    )
    image_queue: int = parameter(
        10, "Images of each stream that the middleware keeps for the node.", low=1, high=1000
    )
    sync_queue: int = parameter(
        10, "Images of each stream that wait for their partner.", low=1, high=1000
    )
    sync_slop: float = parameter(
        # Not 0: equal stamps would not be within it.
        0.02,
        "Stamps of a pair differ by less than this, seconds, and by less than 0.6 of the time "
        "between two images.",
        low=0.001,
        high=10.0,
    )
    backlog: int = parameter(
        3,
        "Pairs that may wait for the detector; when one more comes, the oldest is dropped. "
        "1: always the newest.",
        low=1,
        high=100,
    )
    detect_timeout: float = parameter(
        2.0,
        "Longest wait of ~/detect where the request names none, seconds.",
        low=0.01,
        high=LONGEST_WAIT,
        live=True,
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            other = each.name.replace("min_", "max_")
            low, high = getattr(self, each.name), getattr(self, other, None)
            if high is not None and other != each.name and low > high:
                raise InputError(f"{each.name} is {low}, more than {other}, which is {high}")

    def changed(self, values: Mapping[str, Any], active: bool = False) -> Settings:
        """Return settings with ``values`` in place of the old ones.

        Names that are not in the table (rclpy's own parameters) are passed over.

        Raises:
            InputError: a value is refused: its type, its range, or the node is ``active`` and it
            is not live.
        """
        table = {each.name: each for each in fields(self)}
        known = {name: value for name, value in values.items() if name in table}
        for name, value in known.items():
            about = table[name].metadata
            check(name, value, table[name].default, about)
            if active and not (about["live"] or about["loads"]) and value != getattr(self, name):
                raise InputError(
                    f"{name} cannot change while the node is active: deactivate it first"
                )
        return replace(self, **known)

    def loaded(self) -> dict[str, Any]:
        """Return the values that decide which detector is loaded."""
        return {each.name: getattr(self, each.name) for each in fields(self) if loads(each)}


def loads(parameter: Field[Any]) -> bool:
    """Return whether the parameter decides which detector is loaded."""
    return bool(parameter.metadata["loads"])


def declare(node: Node) -> Settings:
    """Declare all parameters on ``node`` and return their values.

    Raises:
        InputError: a value given at the start (command line, file) is refused.
    """
    values = {
        each.name: declare_one(node, each.name, each.default, descriptor(each.metadata))
        for each in fields(Settings)
    }
    take_integers(node, {each.name for each in fields(Settings) if isinstance(each.default, float)})
    return Settings().changed(values)
