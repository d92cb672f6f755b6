#!/usr/bin/env python3
"""Let the node answer a camera for a long time; watch its memory and count the pairs it loses.

    tools/with_ros python tools/soak.py --minutes 30 --json soak.json --picture soak.png

Ends with status 0 where no pair was lost and the memory grew by less than 5 MB, else with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import cycle
from math import nan
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5DArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from grasp_detector.detector import Intrinsics
from grasp_detector.files import write_whole
from grasp_detector.ros.children import Child, Children, own_domain
from grasp_detector.ros.conversions import stamp_ns
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.pair_publisher import PairPublisher, camera_info
from grasp_detector.ros.tally import Tally

MOST_GROWTH = 5.0  # MB
START = 120.0  # seconds that the node has until its first answer
SETTLE = 5.0  # seconds for the answers to the last pairs
VIEWS = 16
# As the presets of the cameras have it; all else at its default.
PARAMETERS: Mapping[str, object] = {"image_reliability": "reliable"}


@dataclass
class Soak:
    """What was measured; memory and load each second from the first answer on.

    Memory is the node's resident set; shared is the part of it that holds images on their way: it
    grows to what the longest queue needed and stays. Load is the machine's, of the last minute:
    more than it has cores is more than it can do.
    """

    minutes: float
    rate: float
    published: int = 0
    answered: int = 0
    lost_at: list[float] = field(default_factory=list)  # seconds from the first answer on
    memory_mb: list[float] = field(default_factory=list)
    shared_mb: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    latency_ms: dict[str, float] = field(default_factory=dict)
    reported: dict[str, str] = field(default_factory=dict)  # by the node itself, at the end

    @property
    def lost(self) -> int:
        """Pairs without an answer."""
        return len(self.lost_at)

    @property
    def growth_mb(self) -> float:
        """Memory of the last tenth over that of the second tenth: the first still warms up."""
        tenth = max(1, len(self.memory_mb) // 10)
        return median(self.memory_mb[-tenth:]) - median(self.memory_mb[tenth : 2 * tenth])

    def sentence(self) -> str:
        """All of it in one line."""
        return (
            f"{self.published} pairs in {self.minutes:g} min at {self.rate:g} Hz: "
            f"{self.lost} lost, memory {self.memory_mb[-1]:.1f} MB, grew by {self.growth_mb:.2f} "
            f"MB, latency {self.latency_ms['p50']:.1f} ms (p99 {self.latency_ms['p99']:.1f} ms)"
        )


class Partner(Node):
    """The camera, and who listens to the grasps."""

    def __init__(self, context: Context) -> None:
        super().__init__("soak", context=context)
        self._pairs = PairPublisher(self, keeps=10)
        self._views = cycle([_view(number) for number in range(VIEWS)])
        self.tally = Tally()
        self.reported: dict[str, str] = {}
        kept = QoSProfile(depth=1000)
        self.create_subscription(Grasp5DArray, "grasps", self._on_grasps, kept)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, kept)

    def show(self) -> None:
        """Publish the next pair, with its camera_info."""
        color, depth = next(self._views)
        info = camera_info(color.width, color.height, Intrinsics(525.0, 525.0, 319.5, 239.5))
        self.tally.publish(self._pairs.publish(color, depth, info))

    def _on_grasps(self, msg: Grasp5DArray) -> None:
        now = self.get_clock().now().nanoseconds
        self.tally.answer(stamp_ns(msg.header), now, len(msg.grasps))

    def _on_diagnostics(self, msg: DiagnosticArray) -> None:
        self.reported = {each.key: each.value for each in msg.status[0].values}


def soak(minutes: float, rate: float = 30.0, parameters: Mapping[str, object] = PARAMETERS) -> Soak:
    """Run the node as a process, show it pairs at ``rate`` Hz, and measure.

    Raises:
        RuntimeError: the node ends, or never answers.
    """
    with own_domain() as domain, Children(domain) as children, tempfile.TemporaryDirectory() as log:
        child = children.start("grasp_detector.ros.node", dict(parameters), Path(log, "node.log"))
        context = Context()
        rclpy.init(context=context, domain_id=domain)
        partner, executor = Partner(context), SingleThreadedExecutor(context=context)
        executor.add_node(partner)
        try:
            _wait_for_answer(partner, executor, child)
            return _measure(partner, executor, child, minutes, rate)
        finally:
            executor.shutdown()
            partner.destroy_node()
            rclpy.shutdown(context=context)


def _wait_for_answer(partner: Partner, executor: SingleThreadedExecutor, child: Child) -> None:
    until = time.monotonic() + START
    while partner.tally.began_ns is None:
        if child.status is not None or time.monotonic() > until:
            raise RuntimeError(f"the node does not answer:\n{child.tail()}")
        partner.show()
        pause = time.monotonic() + 0.5
        while time.monotonic() < pause:
            executor.spin_once(timeout_sec=0.05)


def _measure(
    partner: Partner, executor: SingleThreadedExecutor, child: Child, minutes: float, rate: float
) -> Soak:
    result = Soak(minutes, rate)
    tally, shown = partner.tally, 0
    tally.began_ns = began_ns = partner.get_clock().now().nanoseconds
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < minutes * 60.0:
        if child.status is not None:
            raise RuntimeError(f"the node ended with status {child.status}:\n{child.tail()}")
        if now >= shown / rate:
            partner.show()
            shown += 1
        if now >= len(result.memory_mb):
            memory, shared = child.memory_mb()
            result.memory_mb.append(memory)
            result.shared_mb.append(shared)
            result.load.append(os.getloadavg()[0])
        due = min(shown / rate, len(result.memory_mb))
        executor.spin_once(timeout_sec=max(0.0, due - (time.monotonic() - begun)))
    until = time.monotonic() + SETTLE
    while not tally.complete and time.monotonic() < until:
        executor.spin_once(timeout_sec=0.1)
    count = tally.count()
    result.published, result.answered = count.published, count.answered
    result.lost_at = [round((stamp - began_ns) / 1e9, 2) for stamp in tally.lost()]
    p50, p99 = tally.latency() or (nan, nan)
    result.latency_ms = {"p50": round(p50 * 1e3, 2), "p99": round(p99 * 1e3, 2)}
    result.reported = partner.reported
    return result


def _view(number: int) -> tuple[Image, Image]:
    """A table with a bar on it, and the depth of both."""
    rgb = np.full((480, 640, 3), 170, np.uint8)
    depth = np.full((480, 640), 900, np.uint16)
    angle = np.pi * number / VIEWS
    reach = 80 * np.array([np.cos(angle), np.sin(angle)])
    middle = np.array([320, 240])
    ends = [tuple(int(v) for v in np.rint(each)) for each in (middle - reach, middle + reach)]
    cv2.line(rgb, ends[0], ends[1], (180, 50, 40), 25)
    cv2.line(depth, ends[0], ends[1], 860, 25)
    return to_image_msg(rgb, "rgb8"), to_image_msg(depth, "16UC1")


def draw(result: Soak, path: Path) -> None:
    """Draw memory and losses over time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (memory, losses, load) = pyplot.subplots(3, 1, sharex=True, figsize=(8, 6.5))
    minutes = np.arange(len(result.memory_mb)) / 60.0
    memory.plot(minutes, result.memory_mb, color="tab:blue", label="all")
    memory.plot(minutes, result.shared_mb, color="tab:cyan", label="shared: images on their way")
    memory.legend(loc="center right", fontsize=8)
    memory.set_ylabel("resident memory, MB")
    memory.set_ylim(0, max(result.memory_mb) * 1.15)
    memory.set_title(result.sentence(), fontsize=8)
    at = np.array(result.lost_at) / 60.0
    losses.step([0.0, *at, minutes[-1]], [*range(len(at) + 1), len(at)], where="post", color="red")
    losses.set_ylabel("pairs lost until then")
    losses.set_ylim(-0.05, max(1.0, len(at) * 1.15))
    load.plot(minutes, result.load, color="tab:gray")
    load.set_ylabel(f"machine's load\n({os.cpu_count()} cores)")
    load.set_ylim(0, max(result.load) * 1.15)
    load.set_xlabel("minutes")
    for axes in (memory, losses, load):
        axes.grid(alpha=0.3)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=30.0, help="pairs a second")
    parser.add_argument("--json", type=Path, help="file for all that is measured")
    parser.add_argument("--picture", type=Path, help="file for a picture of it")
    given = parser.parse_args(arguments)
    result = soak(given.minutes, given.rate)
    print(result.sentence())
    if given.json:
        content: dict[str, Any] = {"sentence": result.sentence(), **asdict(result)}
        write_whole(given.json, json.dumps(content, indent=1) + "\n")
    if given.picture:
        draw(result, given.picture)
    return int(result.lost > 0 or result.growth_mb >= MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
