"""A camera's intrinsics from a file, as whoever calibrated it left them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.detector.readout import Readout, lens
from grasp_detector.errors import InputError

_MOST_BYTES = 1_000_000
_KINDS = (
    "fx, fy, cx and cy (JSON or YAML), a calibration of camera_calibration "
    "or what 'ros2 topic echo --once' prints of a camera_info is needed"
)


@dataclass(frozen=True)
class CameraFile:
    """Intrinsics as calibrated, and which of the camera's pixels the pictures have."""

    path: Path
    intrinsics: Intrinsics
    readout: Readout

    def at(self, width: int, height: int) -> Intrinsics:
        """The intrinsics for a picture of ``width`` x ``height`` pixels.

        Raises:
            InputError: the picture has other proportions than the camera's.
        """
        try:
            return self.readout.of_picture(self.intrinsics, width, height, repr(str(self.path)))
        except InputError as error:
            raise InputError(f"{error}: give the camera of the picture") from error


def read_camera(path: Path) -> CameraFile:
    """Read a camera's file: our JSON, a ROS calibration or a printed camera_info.

    Raises:
        InputError: no such file, or it does not hold a calibrated camera.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{str(path)!r} is too large for a camera's file: {_KINDS}")
        # JSON is YAML; `ros2 topic echo` ends what it prints with the mark of a next document.
        values = next(iter(yaml.safe_load_all(path.read_text())), None)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, IndexError, RecursionError) as error:
        # PyYAML lets through what Python says of impossible dates and numbers.
        raise InputError(f"{str(path)!r} is neither JSON nor YAML: {_KINDS}") from error
    try:
        return _camera(path, values)
    except (TypeError, KeyError, IndexError, AttributeError, ValueError, OverflowError) as error:
        # Ours say what is wrong with the numbers.
        why = str(error) if isinstance(error, InputError) else _KINDS
        raise InputError(f"{str(path)!r} is no camera's file: {why}") from error


def _camera(path: Path, values: Any) -> CameraFile:
    """KeyError, TypeError or ValueError where the values are not there or no numbers."""
    if "camera_matrix" in values:  # camera_calibration
        matrix = values["camera_matrix"]["data"]
        distortion = values.get("distortion_coefficients", {"data": []})["data"]
        size = values["image_width"], values["image_height"]
    elif "k" in values:  # sensor_msgs/CameraInfo
        matrix, distortion = values["k"], values.get("d", [])
        size = values["width"], values["height"]
    else:
        fx, fy, cx, cy = (values[name] for name in ("fx", "fy", "cx", "cy"))
        matrix = [fx, 0, cx, 0, fy, cy, 0, 0, 1]
        distortion = values.get("distortion", values.get("d", []))
        size = values.get("width", 0), values.get("height", 0)
    fx, cx, fy, cy = (float(matrix[index]) for index in (0, 2, 4, 5))
    model, coefficients = lens(str(values.get("distortion_model", "")), distortion)
    roi = values.get("roi") or {}
    pixels = (
        *size,
        *(roi.get(name) or 0 for name in ("x_offset", "y_offset", "width", "height")),
        *(values.get(name) or 0 for name in ("binning_x", "binning_y")),
    )
    readout = Readout(*(_pixels(number) for number in pixels))
    return CameraFile(path, Intrinsics(fx, fy, cx, cy, model, coefficients), readout)


def _pixels(number: Any) -> int:
    """A count of pixels, 32 bits as in camera_info; ValueError or TypeError where it is none."""
    count = int(number)
    if not 0 <= count < 2**32:
        raise ValueError("no count of pixels")
    return count
