"""Pictures of space and the film of a recording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image as Pillow
from PIL import ImageSequence
from rclpy.serialization import serialize_message
from ros_rig import flat_depth, header_at, picture
from sensor_msgs.msg import CameraInfo, Image
from visualization_msgs.msg import Marker

from grasp_detector.detector import Grasp, GripperPose, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.ros import film
from grasp_detector.ros.bag import BagWriter
from grasp_detector.ros.canvas import Canvas, Eye
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.markers import markers_to_msg
from grasp_detector.ros.recorder import as_jpeg
from grasp_detector.ros.scene_view import MarkerScene, around, draw_cloud

SECOND = 1_000_000_000
RED, GREEN = (255, 0, 0), (0, 255, 0)
CAMERA = Intrinsics(300.0, 300.0, 159.5, 119.5)


def eye(**changes: Any) -> Eye:
    return replace(Eye((0.0, 0.0, 0.8), 0.5, np.pi / 2, 0.8, 200, 160), **changes)


def square(x: float, y: float, z: float, half: float = 0.03) -> np.ndarray:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    return half * corners + (x, y, z)


def gripper(opening: float = 0.08) -> Grasp:
    pose = GripperPose((0.0, 0.0, 0.75), (0.0, 0.0, 0.0, 1.0), opening, 0.03, 0.75)
    return Grasp(160, 120, 0.0, 20, 40, confidence=0.9, class_name="Mug", pose=pose)


def coloured(shown: np.ndarray, hue: tuple[int, int, int]) -> np.ndarray:
    """Where a picture is of a colour, however light."""
    dark, bright = np.array(hue) < 128, np.array(hue) >= 128
    return (shown[..., dark].max(-1) < 60) & (shown[..., bright].min(-1) > 90)


def test_the_eye_sees_the_table_as_one_who_stands_before_it() -> None:
    middle, up, right, away = eye().pixels(
        eye().seen([[0, 0, 0.8], [0, 0, 0.7], [0.1, 0, 0.8], [0, -0.1, 0.8]])
    )
    assert middle == pytest.approx([99.5, 79.5])
    assert up[1] < middle[1] - 5 and up[0] == pytest.approx(middle[0])
    assert right[0] > middle[0] + 5 and right[1] == pytest.approx(middle[1])
    assert away[1] < middle[1] - 5  # further up in the camera's picture is further away


def test_rviz_looks_so_too() -> None:
    text = (Path(__file__).resolve().parents[2] / "config" / "grasp_detector.rviz").read_text()
    view = yaml.safe_load(text)["Visualization Manager"]["Views"]["Current"]
    assert view["Class"] == "rviz_default_plugins/Orbit"
    # With Invert Z Axis RViz turns both angles' signs and the vertical.
    assert view["Invert Z Axis"] is True
    focus = view["Focal Point"]
    rviz = eye(
        focus=(focus["X"], focus["Y"], focus["Z"]),
        distance=view["Distance"],
        yaw=-view["Yaw"],
        pitch=view["Pitch"],
    )
    middle, up, away = rviz.pixels(rviz.seen([[0, 0, 0.8], [0, 0, 0.7], [0, -0.1, 0.8]]))
    assert up[1] < middle[1] and away[1] < middle[1]
    assert np.abs(middle - (100, 80)).max() < 40


def test_the_nearer_hides_the_farther_whichever_comes_first() -> None:
    high, low = (square(0, 0, 0.7, 0.02), RED), (square(0, 0, 0.8, 0.06), GREEN)
    pictures = []
    for faces in ((high, low), (low, high)):
        canvas = Canvas(eye(pitch=1.5))
        for corners, colour in faces:
            canvas.face(corners, colour, 1.0)
        pictures.append(canvas.finish())
    assert coloured(pictures[0], RED).sum() > 100
    assert coloured(pictures[0], GREEN).sum() > 100
    # Edges may differ by a pixel's rounding.
    assert (pictures[0] != pictures[1]).any(-1).mean() < 0.002


def test_points_and_faces_hide_each_other() -> None:
    grid = np.stack(np.meshgrid(*[np.linspace(-0.1, 0.1, 200)] * 2), -1).reshape(-1, 2)
    cloud = np.insert(grid, 2, 0.8, axis=1)
    green = np.tile(np.array(GREEN, np.uint8), (len(cloud), 1))
    for height, seen in ((0.7, True), (0.9, False)):
        canvas = Canvas(eye(pitch=1.5))
        canvas.face(square(0, 0, height), RED, 1.0)
        canvas.points(cloud, green, 0.002)
        shown = canvas.finish()
        assert coloured(shown, RED).any() == seen
        assert coloured(shown, GREEN).mean() > 0.1


def test_what_is_behind_the_eye_is_not_drawn() -> None:
    canvas = Canvas(eye())
    canvas.face(square(0.0, 5.0, -5.0), RED, 1.0)
    canvas.points(np.array([[0.0, 5.0, -5.0]]), np.array([RED], np.uint8), 0.01)
    canvas.words("lost", np.array([0.0, 5.0, -5.0]))
    assert (canvas.finish() == canvas.finish()[0, 0]).all()


def test_markers_are_replaced_and_go() -> None:
    scene = MarkerScene()
    scene.update(markers_to_msg([gripper(), gripper()], header_at(1)).markers)
    two = len(scene)
    scene.update(markers_to_msg([gripper()], header_at(2)).markers)
    assert 0 < len(scene) < two
    scene.update(markers_to_msg([], header_at(3)).markers)
    assert len(scene) == 0


def test_the_jaws_stand_on_either_side_of_the_opening() -> None:
    shown = []
    for opening in (0.06, 0.14):
        scene, canvas = MarkerScene(), Canvas(eye(focus=(0, 0, 0.75)))
        scene.update(markers_to_msg([gripper(opening)], header_at(1)).markers)
        scene.draw(canvas)
        drawn = canvas.finish()
        shown.append(np.flatnonzero((drawn != drawn[0, 0]).any(-1).any(0)))
    for columns in shown:
        assert columns.min() + columns.max() == pytest.approx(199, abs=6)
    assert np.ptp(shown[1]) > np.ptp(shown[0]) + 20


def test_a_marker_that_cannot_be_drawn_is_named() -> None:
    scene = MarkerScene()
    scene.update([Marker(type=Marker.MESH_RESOURCE)])
    with pytest.raises(InputError, match="type 10 cannot be drawn"):
        scene.draw(Canvas(eye()))


def test_the_cloud_shows_what_the_camera_saw() -> None:
    rgb, depth = picture(), flat_depth()
    canvas = Canvas(around(depth, CAMERA, np.pi / 2, (240, 200)))
    draw_cloud(canvas, rgb, depth, CAMERA)
    shown = canvas.finish()
    red = (shown[..., 0] > 150) & (shown[..., 1] < 80)
    rows, columns = np.nonzero(red)
    # The bar runs across the picture's middle.
    assert np.ptp(columns) > 100 > 3 * np.ptp(rows)
    nothing = Canvas(around(np.zeros_like(depth), CAMERA, np.pi / 2, (240, 200)))
    draw_cloud(nothing, rgb, np.zeros_like(depth), CAMERA)
    assert (nothing.finish() == shown[0, 0]).all()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two seconds at five pairs a second; the overlay of the last one is missing."""
    folder = tmp_path / "recording"
    info = CameraInfo(width=320, height=240)
    info.k = [300.0, 0.0, 159.5, 0.0, 300.0, 119.5, 0.0, 0.0, 1.0]
    with BagWriter(folder) as bag:
        for topic, kind in film.KINDS.items():
            bag.add_topic(f"/{topic}", kind)
        for number in range(11):
            stamp = 50 * SECOND + number * SECOND // 5
            color = to_image_msg(picture(), "rgb8", header_at(stamp))
            parts = {
                film.INFO: info,
                film.COLOR: color,
                film.DEPTH: to_image_msg(flat_depth(), "16UC1", color.header),
                film.MARKERS: markers_to_msg([gripper()] * (number % 3), color.header),
                film.JPEG: as_jpeg(color),
            }
            for topic, message in parts.items():
                if number < 10 or topic != film.JPEG:
                    bag.write(f"/{topic}", stamp, serialize_message(message))
    return folder


def test_a_recording_becomes_a_film(recording: Path, tmp_path: Path) -> None:
    assert film.main([str(recording), str(tmp_path), "--seconds", "1.1"]) == 0
    with Pillow.open(tmp_path / "film.webp") as shown:
        # A frame knows how long it stays once it is decoded.
        read = [
            (np.asarray(each.convert("RGB")), each.info["duration"])
            for each in ImageSequence.Iterator(shown)
        ]
    frames, durations = zip(*read, strict=True)
    assert len(frames) == 6
    assert durations[:-1] == (200,) * 5  # as recorded
    frame = frames[0]
    assert frame.shape == (film.TILE[1], 2 * film.TILE[0], 3)
    left, right = frame[:, : film.TILE[0]], frame[:, film.TILE[0] :]
    red = (left[..., 0] > 150) & (left[..., 1] < 80)
    assert red[film.TILE[1] // 2].mean() > 0.3
    assert np.ptp(right.reshape(-1, 3).astype(int), axis=0).max() > 100
    still = np.asarray(Pillow.open(tmp_path / "grippers.png"))
    assert still.shape == (film.STILL[1], film.STILL[0], 3)


def test_moments_are_whole(recording: Path) -> None:
    seen = list(film.moments(recording))
    assert [round(each.time, 3) for each in seen] == [50 + number / 5 for number in range(10)]
    assert isinstance(seen[0].rgb, np.ndarray) and seen[0].camera.fx == 300.0


def test_no_recording_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert film.main([str(tmp_path / "none"), str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with BagWriter(tmp_path / "empty") as bag:
        bag.add_topic("/rgb/image_raw", Image)
    assert film.main([str(tmp_path / "empty"), str(tmp_path)]) == 2
    assert "holds no pair of images with its grasps" in capsys.readouterr().err
