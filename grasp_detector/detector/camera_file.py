"""A camera's intrinsics from a file, as whoever calibrated it left them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grasp_detector.detector.intrinsics import Intrinsics
from grasp_detector.errors import InputError

_MOST_BYTES = 1_000_000
_KINDS = (
    "fx, fy, cx and cy (JSON or YAML), a calibration of camera_calibration "
    "or what 'ros2 topic echo --once' prints of a camera_info is needed"
)


@dataclass(frozen=True)
class CameraFile:
    """Intrinsics, and the size of the pictures that they are of where the file tells."""

    path: Path
    intrinsics: Intrinsics
    size: tuple[int, int] | None  # width and height, pixels

    def at(self, width: int, height: int) -> Intrinsics:
        """The intrinsics for pictures of another size.

        Raises:
            InputError: the pictures have other proportions than the camera's.
        """
        if self.size is None:
            return self.intrinsics
        across, down = width / self.size[0], height / self.size[1]
        if abs(across - down) * max(self.size) > 1.0:
            raise InputError(
                f"{str(self.path)!r} is for {self.size[0]}x{self.size[1]} pixels, "
                f"the picture has {width}x{height}: give the camera of the picture"
            )
        return self.intrinsics.resized(across, down)


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
    lens = tuple(float(each) for each in distortion)
    model, lens = (str(values.get("distortion_model", "")), lens) if any(lens) else ("", ())
    width, height = (int(side) for side in size)
    if width < 0 or height < 0:
        raise ValueError("a negative size")
    intrinsics = Intrinsics(fx, fy, cx, cy, model, lens)
    return CameraFile(path, intrinsics, (width, height) if width and height else None)
