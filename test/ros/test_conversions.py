"""A camera_info means the same from a topic and from a file that it was printed to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from grasp_detector.detector import Intrinsics
from grasp_detector.detector.camera_file import read_camera
from grasp_detector.errors import InputError
from grasp_detector.ros.conversions import intrinsics_from_msg

MODELS = ["plumb_bob", "rational_polynomial", "equidistant", "of its own", ""]
COEFFICIENTS = st.lists(st.sampled_from([0.0, 0.1, -0.25]), max_size=8)
FILLED = st.builds(lambda some, zeros: some + [0.0] * zeros, COEFFICIENTS, st.integers(0, 10))
ROIS = st.builds(
    RegionOfInterest,
    x_offset=st.integers(0, 500),
    y_offset=st.integers(0, 300),
    width=st.sampled_from([0, 640, 1280]),
    height=st.sampled_from([0, 480, 960]),
)
INFOS = st.builds(
    CameraInfo,
    width=st.sampled_from([0, 640, 1280]),
    height=st.sampled_from([0, 480, 960]),
    k=st.builds(
        lambda fx, fy, cx, cy: [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        *(st.floats(300.0, 3000.0), st.floats(300.0, 3000.0)),
        *(st.floats(0.0, 1280.0), st.floats(0.0, 960.0)),
    ),
    distortion_model=st.sampled_from(MODELS),
    d=FILLED,
    roi=ROIS,
    binning_x=st.integers(0, 2),
    binning_y=st.integers(0, 2),
)
SIZES = st.sampled_from([(1280, 960), (640, 480), (640, 240), (320, 240), (320, 200)])


def printed(msg: Any) -> dict[str, Any]:
    """What `ros2 topic echo --once` prints of a camera_info."""
    fields = {}
    for name in msg.get_fields_and_field_types():
        value = getattr(msg, name)
        if hasattr(value, "get_fields_and_field_types"):
            value = printed(value)
        fields[name] = value if isinstance(value, dict | str | int) else list(map(float, value))
    return fields


def in_file(path: Path, info: CameraInfo, width: int, height: int) -> Intrinsics | None:
    """None where the file is refused."""
    path.write_text(yaml.safe_dump(printed(info)) + "---\n")
    try:
        return read_camera(path).at(width, height)
    except InputError as error:
        assert str(error).startswith(repr(str(path))) and "\n" not in str(error)
        return None


def on_topic(info: CameraInfo, width: int, height: int) -> Intrinsics | None:
    try:
        return intrinsics_from_msg(info, width, height)
    except InputError:
        return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(info=INFOS, size=SIZES)
def test_file_and_topic_agree(tmp_path: Path, info: CameraInfo, size: tuple[int, int]) -> None:
    assert in_file(tmp_path / "info.yaml", info, *size) == on_topic(info, *size)
