"""What camera_info says of its pictures, in plain numbers: their lens, and which pixels they are.

The node has it from a topic, others from a file; both ask here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from grasp_detector.detector.intrinsics import MODELS, Intrinsics
from grasp_detector.errors import InputError

# Of the picture's longer side: focal lengths from a fisheye's to a telescope's; and how far from
# the picture a region of interest may have left the principal point.
_FOCAL = (0.05, 100.0)
_FARTHEST_MIDDLE = 100.0


@dataclass(frozen=True)
class Readout:
    """Which pixels of the calibrated camera a picture has, as camera_info names them.

    Attributes:
        width, height: of the calibrated camera, pixels; 0 = unknown.
        x_offset, y_offset: first column and row of the region of interest, pixels.
        roi_width, roi_height: of the region of interest, pixels; 0 = all of the camera's.
        binning_x, binning_y: pixels read as one, across and down; 0 = 1.
    """

    width: int
    height: int
    x_offset: int = 0
    y_offset: int = 0
    roi_width: int = 0
    roi_height: int = 0
    binning_x: int = 0
    binning_y: int = 0

    def of_picture(self, camera: Intrinsics, width: int, height: int, source: str) -> Intrinsics:
        """The intrinsics for a picture of ``width`` x ``height`` pixels.

        The picture is the region of interest; it may be binned, or resized afterwards.

        Args:
            camera: as calibrated.
            width: of the picture, pixels.
            height: of the picture, pixels.
            source: what this was read from, for the error.

        Raises:
            InputError: the picture has another aspect ratio, or no camera has such numbers.
        """
        seen = self._seen(camera, width, height, source)
        side = max(width, height)
        shortest, longest = (share * side for share in _FOCAL)
        focal = all(shortest <= each <= longest for each in (seen.fx, seen.fy))
        if not (focal and max(abs(seen.cx), abs(seen.cy)) <= _FARTHEST_MIDDLE * side):
            # A grasp's place would be any number.
            raise InputError(
                f"{source} has fx {seen.fx:g}, fy {seen.fy:g}, cx {seen.cx:g}, cy {seen.cy:g} "
                f"for {width}x{height} pixels, which no camera has"
            )
        return seen

    def _seen(self, camera: Intrinsics, width: int, height: int, source: str) -> Intrinsics:
        camera = replace(camera, cx=camera.cx - self.x_offset, cy=camera.cy - self.y_offset)
        whole = (self.roi_width or self.width, self.roi_height or self.height)
        if 0 in whole:
            return camera
        binned = (max(self.binning_x, 1), max(self.binning_y, 1))
        if all(
            abs(side / step - seen) < 1.0
            for side, step, seen in zip(whole, binned, (width, height), strict=True)
        ):
            return camera.resized(1 / binned[0], 1 / binned[1])
        across, down = width / whole[0], height / whole[1]
        if abs(across * whole[1] - height) > 1.0:
            raise InputError(
                f"{source} is for {whole[0]}x{whole[1]} pixels, the picture has {width}x{height}"
            )
        return camera.resized(across, down)


def lens(model: str, coefficients: Iterable[float]) -> tuple[str, tuple[float, ...]]:
    """The distortion's model and coefficients as `Intrinsics` takes them; none if it does nothing.

    Args:
        model: camera_info's distortion_model.
        coefficients: camera_info's d.
    """
    distortion = tuple(map(float, coefficients))
    if not any(distortion) and model != "equidistant":  # that without any is no pinhole either
        return "", ()
    if model == "plumb_bob" and any(distortion[5:]):
        # OrbbecSDK_ROS2 names its eight coefficients so; the rest of plumb_bob is the same.
        model = "rational_polynomial"
    # Some drivers fill up with zeros what other models have.
    most = max(MODELS.get(model, (0,)))
    return model, distortion if any(distortion[most:]) else distortion[:most]
