"""Recordings that Foxglove, ``ros2 bag`` and our own film open: MCAP with rosbag2's metadata.

There is no rosbag2 for Python alone; https://mcap.dev/spec/registry says how ROS 2 lies in MCAP.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from mcap.exceptions import McapError
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer
from rclpy.serialization import deserialize_message

from grasp_detector.errors import InputError
from grasp_detector.files import write_whole

FILE = "recording_0.mcap"
METADATA = "metadata.yaml"
CHUNK = 8_000_000  # bytes: some images, not one
# rosbag2's format as of Humble, which every later one reads.
_VERSION = 5
_FIELD = re.compile(r"^\s*(?:(\w+)/)?([A-Z]\w*)(?:\[[^\]]*\])?\s+\w+", re.MULTILINE)


class BagWriter:
    """Writes serialized messages into a folder; what an earlier recording left there goes.

    Raises:
        InputError: the folder cannot be written, or a message's definition is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._channels: dict[str, tuple[int, str]] = {}
        self._counts: Counter[str] = Counter()
        self._first = self._last = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / METADATA).unlink(missing_ok=True)
            self._file = (folder / FILE).open("wb")
        except OSError as error:
            raise InputError(f"{str(folder)!r} cannot be written: {error.strerror}") from error
        self._writer = Writer(self._file, CHUNK, CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="grasp_detector")

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add_topic(self, topic: str, kind: type[Any]) -> None:
        """Announce a topic, by its full name, and the class of its messages."""
        name = type_name(kind)
        schema = self._writer.register_schema(name, "ros2msg", definition(name).encode())
        # Without QoS profiles `ros2 bag play` publishes reliably, which serves every subscriber.
        metadata = {"offered_qos_profiles": ""}
        channel = self._writer.register_channel(topic, "cdr", schema, metadata)
        self._channels[topic] = channel, name

    def write(self, topic: str, time_ns: int, message: bytes) -> None:
        """Add a serialized message (CDR) that came at that time."""
        channel, _ = self._channels[topic]
        self._writer.add_message(channel, time_ns, message, time_ns, self._counts[topic])
        self._counts[topic] += 1
        self._first = min(self._first or time_ns, time_ns)
        self._last = max(self._last, time_ns)

    def close(self) -> None:
        """End the recording, once: only now it can be read."""
        if self._file.closed:
            return
        self._writer.finish()
        self._file.close()
        write_whole(self._folder / METADATA, yaml.safe_dump(self._metadata(), sort_keys=False))

    def _metadata(self) -> dict[str, Any]:
        times = {
            "starting_time": {"nanoseconds_since_epoch": self._first},
            "duration": {"nanoseconds": self._last - self._first},
            "message_count": self._counts.total(),
        }
        topics = [
            {
                "topic_metadata": {
                    "name": topic,
                    "type": name,
                    "serialization_format": "cdr",
                    "offered_qos_profiles": "",
                },
                "message_count": self._counts[topic],
            }
            for topic, (_, name) in self._channels.items()
        ]
        information = {
            "version": _VERSION,
            "storage_identifier": "mcap",
            **times,
            "topics_with_message_count": topics,
            # Of whole files: chunks inside MCAP say themselves how they are compressed.
            "compression_format": "",
            "compression_mode": "",
            "relative_file_paths": [FILE],
            "files": [{"path": FILE, **times}],
        }
        return {"rosbag2_bagfile_information": information}


def read_bag(folder: Path, kinds: dict[str, type[Any]]) -> Iterator[tuple[str, int, Any]]:
    """Topic, time in nanoseconds and message of those topics of a recording, by time.

    Args:
        folder: of the recording.
        kinds: topic: class of its messages.

    Raises:
        InputError: no such recording, it ends in its middle, or a topic holds other messages.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            for schema, channel, message in make_reader(file).iter_messages(list(kinds)):
                kind = kinds[channel.topic]
                if schema is None or schema.name != type_name(kind):
                    raise InputError(f"{str(path)!r}: {channel.topic} is no {type_name(kind)}")
                yield channel.topic, message.log_time, deserialize_message(message.data, kind)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except McapError as error:
        raise InputError(f"{str(path)!r} is no whole recording: {error}") from error


def type_name(kind: type[Any]) -> str:
    """Return what ROS calls a message's class, such as ``sensor_msgs/msg/Image``."""
    package, interface = kind.__module__.split(".")[:2]
    return f"{package}/{interface}/{kind.__name__}"


def definition(name: str) -> str:
    """Return a message's definition and those of all that it holds, as MCAP's ``ros2msg`` wants.

    Raises:
        InputError: one of them is not installed.
    """
    texts: dict[str, str] = {}
    missing = [name]
    while missing:
        package, _, kind = (full := missing.pop(0)).split("/")
        if full in texts:
            continue
        texts[full] = _text(package, kind)
        code = re.sub(r"#.*", "", texts[full])
        missing += [f"{other or package}/msg/{inner}" for other, inner in _FIELD.findall(code)]
    first, *others = texts.items()
    parts = [first[1]]
    for full, text in others:
        package, _, kind = full.split("/")
        parts.append(f"{'=' * 80}\nMSG: {package}/{kind}\n{text}")
    return "\n".join(parts)


def _text(package: str, kind: str) -> str:
    try:
        return Path(get_package_share_directory(package), "msg", f"{kind}.msg").read_text()
    except (PackageNotFoundError, OSError) as error:
        raise InputError(f"the definition of {package}/{kind} is not installed") from error
