"""Recordings, read back by another's library with nothing but what they say about themselves."""

from __future__ import annotations

import signal
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np
import pytest
import rclpy
import yaml
from grasp_detector.msg import Grasp5D, Grasp5DArray
from rclpy.serialization import serialize_message
from ros_rig import Rig, flat_depth, header_at, picture
from rosbags.highlevel import AnyReader
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Bool
from visualization_msgs.msg import Marker, MarkerArray

from grasp_detector.errors import InputError
from grasp_detector.ros.bag import FILE, BagWriter, definition, read_bag
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.recorder import COLOR, DEPTH, GRASPS, Recorder, raw_stamp_ns

SECOND = 1_000_000_000


def test_what_was_written_is_read_by_another_library(tmp_path: Path) -> None:
    grasp = Grasp5D(header=header_at(5 * SECOND), x=3.5, class_name="Mug", opening=0.06)
    grasp.pose.position.z = 0.75
    found = Grasp5DArray(header=header_at(5 * SECOND), grasps=[grasp])
    markers = MarkerArray(markers=[Marker(ns="jaws", action=Marker.DELETEALL)])
    with BagWriter(tmp_path / "new" / "bag") as bag:
        for topic, kind in (("/grasps", Grasp5DArray), ("/m", MarkerArray), ("/none", Bool)):
            bag.add_topic(topic, kind)
        bag.write("/grasps", 7 * SECOND, serialize_message(found))
        bag.write("/m", 9 * SECOND, serialize_message(markers))
        bag.write("/grasps", 8 * SECOND, serialize_message(Grasp5DArray()))
    with AnyReader([tmp_path / "new" / "bag"]) as reader:
        assert (reader.start_time, reader.duration) == (7 * SECOND, 2 * SECOND + 1)
        assert reader.topics["/grasps"].msgcount == 2
        assert reader.topics["/none"].msgcount == 0
        read: list[tuple[str, int, Any]] = [
            (connection.topic, time, reader.deserialize(raw, connection.msgtype))
            for connection, time, raw in reader.messages()
        ]
    assert [(topic, time // SECOND) for topic, time, _ in read] == [
        ("/grasps", 7), ("/grasps", 8), ("/m", 9)
    ]  # fmt: skip
    (first,) = read[0][2].grasps
    assert (first.x, first.class_name, first.class_id) == (3.5, "Mug", -1)
    assert first.pose.position.z == 0.75
    assert first.header.stamp.sec == 5
    assert read[2][2].markers[0].ns == "jaws"


def test_rosbag2_is_told_what_it_asks_for(tmp_path: Path) -> None:
    with BagWriter(tmp_path) as bag:
        bag.add_topic("/held", Bool)
        bag.write("/held", 4 * SECOND, serialize_message(Bool(data=True)))
    text = (tmp_path / "metadata.yaml").read_text()
    told = yaml.safe_load(text)["rosbag2_bagfile_information"]
    assert told["storage_identifier"] == "mcap"
    assert told["relative_file_paths"] == [FILE]
    assert told["files"][0]["starting_time"]["nanoseconds_since_epoch"] == 4 * SECOND
    # rosbag2 reads these as text up to version 8 of the format and as a list from 9 on.
    assert told["version"] < 9
    (topic,) = told["topics_with_message_count"]
    assert topic["topic_metadata"] == {
        "name": "/held",
        "type": "std_msgs/msg/Bool",
        "serialization_format": "cdr",
        "offered_qos_profiles": "",
    }


def test_definitions_hold_all_that_a_message_holds() -> None:
    text = definition("grasp_detector/msg/Grasp5DArray")
    inner = [line[5:] for line in text.splitlines() if line.startswith("MSG: ")]
    assert set(inner) == {
        *("grasp_detector/Grasp5D", "std_msgs/Header", "builtin_interfaces/Time"),
        *("geometry_msgs/Pose", "geometry_msgs/Point", "geometry_msgs/Quaternion"),
    }
    assert len(inner) == len(set(inner))
    with pytest.raises(InputError, match="nobody_msgs/Nothing is not installed"):
        definition("nobody_msgs/msg/Nothing")


def test_what_is_no_recording_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read: No such file"):
        list(read_bag(tmp_path, {"/held": Bool}))
    with BagWriter(tmp_path) as bag:
        bag.add_topic("/held", Bool)
        bag.write("/held", 1, serialize_message(Bool()))
    with pytest.raises(InputError, match=r"/held is no sensor_msgs/msg/Image"):
        list(read_bag(tmp_path, {"/held": Image}))
    whole = (tmp_path / FILE).read_bytes()
    for broken in (b"", b"nonsense", whole[: len(whole) // 2]):
        (tmp_path / FILE).write_bytes(broken)
        with pytest.raises(InputError, match=r"no whole recording"):
            list(read_bag(tmp_path, {"/held": Bool}))
    with pytest.raises(InputError, match=r"cannot be written"):
        BagWriter(tmp_path / FILE / "below")


def test_stamps_are_read_without_the_message(tmp_path: Path) -> None:
    image = to_image_msg(picture(), "rgb8", header_at(1_700_000_000_123_456_789))
    assert raw_stamp_ns(serialize_message(image)) == 1_700_000_000_123_456_789


@pytest.mark.parametrize("late", [False, True])
def test_a_demo_is_recorded_from_the_first_answer_on(rig: Rig, tmp_path: Path, late: bool) -> None:
    process = rig.start("recorder", folder=tmp_path / "bag", image_rate=5.0)
    grasps = rig.node.create_publisher(Grasp5DArray, "grasps", 10)
    overlay = rig.node.create_publisher(Image, "grasp_detector/overlay", 10)
    infos = rig.node.create_publisher(CameraInfo, "rgb/camera_info", 10)
    publishers = (grasps, overlay, infos, rig.camera.color, rig.camera.depth)
    connected = lambda: all(each.get_subscription_count() for each in publishers)  # noqa: E731
    rig.until(connected, "the recorder's subscriptions")
    stamps = [SECOND * 100 + number * SECOND // 10 for number in range(12)]
    for number, stamp in enumerate(stamps):
        if late and number in (0, 6):  # then it finds all that came meanwhile at once
            process.send(signal.SIGCONT if number else signal.SIGSTOP)
        rig.camera.show(stamp=stamp)
        moments(rig, 0.05)
        overlay.publish(to_image_msg(picture(), "rgb8", header_at(stamp)))
        if number >= 4:
            grasps.publish(Grasp5DArray(header=header_at(stamp)))
        moments(rig, 0.05)
    moments(rig, 0.5)
    assert process.end() == 0, process.printed()

    with AnyReader([tmp_path / "bag"]) as reader:
        read: dict[str, list[Any]] = {}
        for connection, _, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            read.setdefault(connection.topic, []).append(message)
    kept = [stamp_of(each) for each in read["/rgb/image_raw"]]
    assert [stamp_of(each) for each in read["/grasps"]] == stamps[4:]
    # Five a second of ten, none before the first answer, and each with its depth and its overlay.
    assert set(kept) in (set(stamps[4::2]), set(stamps[5::2]))
    assert [stamp_of(each) for each in read["/depth/image_raw"]] == kept
    assert [stamp_of(each) for each in read["/grasp_detector/overlay/compressed"]] == kept
    assert late or len(read["/rgb/camera_info"]) > len(kept)
    color, depth = read["/rgb/image_raw"][0], read["/depth/image_raw"][0]
    assert np.array_equal(color.data.reshape(240, 320, 3), picture())
    assert np.array_equal(depth.data.view(np.uint16).reshape(240, 320), flat_depth())
    jpeg = read["/grasp_detector/overlay/compressed"][0].data
    drawn = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(drawn.astype(int) - picture()).mean() < 2


@pytest.mark.parametrize(("rate", "kept"), [(0.5, 5), (1.0, 10), (10.0, 90)])
def test_as_many_pairs_are_kept_as_were_asked_for(
    ros_domain: int, tmp_path: Path, rate: float, kept: int
) -> None:
    """Of a camera of 30 pairs a second, nine seconds; nine tenths of the time between two do."""
    rclpy.init(args=["--ros-args", "-p", f"folder:={tmp_path}/bag", "-p", f"image_rate:={rate}"])
    recorder = Recorder()
    recorder._write(GRASPS, serialize_message(Grasp5DArray(header=header_at(100 * SECOND))))
    for number in range(9 * 30):
        header = header_at(100 * SECOND + number * SECOND // 30)
        image = serialize_message(to_image_msg(np.zeros((1, 1), np.uint8), "mono8", header))
        for topic in (COLOR, DEPTH):
            recorder._on_image(topic, image)
    recorder.stop()
    recorder.destroy_node()
    rclpy.shutdown()
    with AnyReader([tmp_path / "bag"]) as reader:
        assert reader.topics["/rgb/image_raw"].msgcount == pytest.approx(kept, abs=1)


def moments(rig: Rig, seconds: float) -> None:
    end = monotonic() + seconds
    rig.until(lambda: monotonic() > end, "some moments")


def stamp_of(message: Any) -> int:
    stamp = message.header.stamp
    return int(stamp.sec * SECOND + stamp.nanosec)
