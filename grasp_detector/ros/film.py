"""A film of a recording: what the camera saw with its grasps, and beside it the grippers in space.

    tools/with_ros python -m grasp_detector.ros.film demo/recording demo

writes ``film.webp``, an animated picture, and ``grippers.png``, a still of the grippers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from visualization_msgs.msg import MarkerArray

from grasp_detector.detector import Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.files import written_aside
from grasp_detector.ros.bag import read_bag
from grasp_detector.ros.canvas import Canvas
from grasp_detector.ros.conversions import intrinsics_from_msg, stamp_ns
from grasp_detector.ros.images import color_from_msg, depth_from_msg
from grasp_detector.ros.recorder import COLOR, DEPTH, INFO, JPEG, MARKERS
from grasp_detector.ros.scene_view import MarkerScene, around, draw_cloud
from grasp_detector.sheet import fit

KINDS = {
    COLOR: Image, DEPTH: Image, INFO: CameraInfo, JPEG: CompressedImage, MARKERS: MarkerArray
}  # fmt: skip
TILE = (420, 380)  # pixels of each of the two pictures: width, height
STILL = (640, 560)
RATE = 5.0  # pictures a second
QUALITY = 70  # of the film
SWAY = 0.45  # radians that the eye goes to either side
FRONT = np.pi / 2  # the eye is where the picture's lower edge is


@dataclass(frozen=True)
class Moment:
    """A pair of images, what was found in it, and the camera.

    Attributes:
        time: of the pair, seconds.
        rgb, overlay: ``(H, W, 3)`` uint8.
        depth: ``(H, W)`` uint16 mm or float m.
        markers: of its grasps.
    """

    time: float
    rgb: NDArray[np.uint8]
    overlay: NDArray[np.uint8]
    depth: NDArray[np.generic]
    markers: MarkerArray
    camera: Intrinsics


def moments(folder: Path) -> Iterator[Moment]:
    """The moments of a recording of which there is everything.

    Raises:
        InputError: there is no such recording.
    """
    waiting: dict[int, dict[str, Image | CompressedImage | MarkerArray]] = {}
    info: CameraInfo | None = None
    topics = {f"/{topic}": kind for topic, kind in KINDS.items()}
    for topic, _, message in read_bag(folder, topics):
        if topic == f"/{INFO}":
            info = message
            continue
        header = message.markers[0].header if topic == f"/{MARKERS}" else message.header
        stamp = stamp_ns(header)
        parts = waiting.setdefault(stamp, {})
        parts[topic.removeprefix("/")] = message
        if len(parts) < len(KINDS) - 1 or info is None:
            continue
        # Nothing older will be whole.
        waiting = {other: parts for other, parts in waiting.items() if other > stamp}
        color = parts[COLOR]
        jpeg = cv2.imdecode(np.frombuffer(parts[JPEG].data, np.uint8), cv2.IMREAD_COLOR)
        yield Moment(
            time=stamp / 1e9,
            rgb=color_from_msg(color),
            overlay=np.asarray(jpeg[..., ::-1]),
            depth=depth_from_msg(parts[DEPTH]),
            markers=parts[MARKERS],
            camera=intrinsics_from_msg(info, color.width, color.height),
        )


def in_space(moment: Moment, yaw: float, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The grippers of a moment among the camera's points, ``(H, W, 3)``.

    Args:
        moment: to show.
        yaw: of the eye, see `Eye`.
        size: width and height.
    """
    eye = around(moment.depth, moment.camera, yaw, size)
    canvas = Canvas(eye)
    draw_cloud(canvas, moment.rgb, moment.depth, moment.camera)
    scene = MarkerScene()
    scene.update(moment.markers.markers)
    scene.draw(canvas)
    return canvas.finish()


@dataclass(frozen=True)
class Film:
    """Frames and the times at which they begin, seconds; and a still picture."""

    frames: list[NDArray[np.uint8]]
    times: list[float]
    still: NDArray[np.uint8]

    def durations(self) -> list[int]:
        """How long each frame stays, milliseconds: as long as it took, the last as usual."""
        ends = [*self.times[1:], self.times[-1] + 1.0 / RATE]
        return [round(1000 * (end - begin)) for begin, end in zip(self.times, ends, strict=True)]


def film(recording: Path, seconds: float) -> Film:
    """The film of a recording's first seconds.

    Args:
        recording: its folder.
        seconds: of it to show.

    Raises:
        InputError: no such recording, or no whole moment in it.
    """
    frames: list[NDArray[np.uint8]] = []
    times: list[float] = []
    best: Moment | None = None
    began = last = -np.inf
    for moment in moments(recording):
        began = moment.time if began < 0 else began
        if moment.time - began > seconds:
            break
        # Stamps are never quite even.
        if moment.time - last < 0.9 / RATE:
            continue
        last = moment.time
        yaw = FRONT + SWAY * np.sin(2 * np.pi * (moment.time - began) / seconds)
        times.append(moment.time - began)
        frames.append(np.hstack([_middle(moment.overlay), in_space(moment, yaw, TILE)]))
        # The still is of whatever has most to show.
        if best is None or len(moment.markers.markers) > len(best.markers.markers):
            best = moment
    if best is None:
        raise InputError(f"{str(recording)!r} holds no pair of images with its grasps")
    return Film(frames, times, in_space(best, FRONT + SWAY, STILL))


def save(folder: Path, made: Film) -> list[Path]:
    """Write ``film.webp`` and ``grippers.png``; return their paths.

    Raises:
        InputError: the folder cannot be written.
    """
    paths = [folder / "film.webp", folder / "grippers.png"]
    first, *others = map(Pillow.fromarray, made.frames)
    with written_aside(paths[0]) as aside:
        options = {"duration": made.durations(), "loop": 0, "quality": QUALITY, "method": 4}
        first.save(aside, "WEBP", save_all=True, append_images=others, **options)
    with written_aside(paths[1]) as aside:
        Pillow.fromarray(made.still).save(aside, "PNG", optimize=True)
    return paths


def _middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of a picture, as a tile."""
    (height, width), (across, down) = picture.shape[:2], TILE
    top, left = max(0, (height - down) // 2), max(0, (width - across) // 2)
    return fit(picture[top : top + down, left : left + across], across, down)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the film; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m grasp_detector.ros.film", description="A film of a recording of the demo."
    )
    parser.add_argument("recording", type=Path, help="its folder")
    parser.add_argument("output", type=Path, help="for film.webp and grippers.png")
    parser.add_argument("--seconds", type=float, default=9.0, help="to show (default: 9)")
    options = parser.parse_args(arguments)
    if not options.seconds > 0:
        parser.error("--seconds must be positive")
    try:
        for path in save(options.output, film(options.recording, options.seconds)):
            print(path)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
