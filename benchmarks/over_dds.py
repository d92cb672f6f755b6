"""Image stamp to /grasps over DDS: rates, cameras, a busy core, compressed images; in turns.

    tools/with_ros python -m benchmarks.over_dds --json docs/performance/over_dds.json

A camera, a node and this watcher are processes of their own. Latency is from the stamp that the
camera gives, right before it publishes, to the callback of this process.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import rclpy
from grasp_detector.msg import Grasp5DArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo

from benchmarks.together import SPACES
from grasp_detector.bench.machine import about, busy_neighbour, normal_priority
from grasp_detector.bench.spread import Spread
from grasp_detector.files import write_whole
from grasp_detector.ros.camera import INFO_TOPIC
from grasp_detector.ros.children import Child, Children, own_domain
from grasp_detector.ros.conversions import stamp_ns
from grasp_detector.ros.tally import Tally

QOS = QoSProfile(depth=500)
START = 120.0  # seconds until every node answers, at most
SETTLE = 2.0  # seconds that do not count after all answer
TAIL = 1.0  # seconds for the answers to the last pairs


@dataclass(frozen=True)
class Case:
    """What is measured: cameras, each with a node, at a rate; the nodes in one process or not."""

    name: str
    rate: float = 30.0
    cameras: int = 1
    together: bool = False
    busy: bool = False
    transport: str = "raw"


CASES = (
    Case("30 Hz"),
    Case("60 Hz", rate=60.0),
    Case("30 Hz, one core kept busy", busy=True),
    Case("30 Hz, compressed images", transport="compressed"),
    Case("three cameras, 30 Hz", cameras=3),
    Case("three cameras, 60 Hz", rate=60.0, cameras=3),
    Case("three cameras, 30 Hz, one process", cameras=3, together=True),
)


class Watcher(Node):
    """Counts the pairs of one camera and the answers to them."""

    def __init__(self, context: Context, namespace: str) -> None:
        super().__init__("watcher", context=context, namespace=namespace)
        self.tally = Tally()
        self.create_subscription(CameraInfo, INFO_TOPIC, self._on_info, QOS)
        self.create_subscription(Grasp5DArray, "grasps", self._on_grasps, QOS)

    def _on_info(self, msg: CameraInfo) -> None:
        self.tally.publish(stamp_ns(msg.header))

    def _on_grasps(self, msg: Grasp5DArray) -> None:
        now = self.get_clock().now().nanoseconds
        self.tally.answer(stamp_ns(msg.header), now, len(msg.grasps))


def run(case: Case, seconds: float, folder: Path) -> dict[str, Any]:
    """Measure a case once.

    Raises:
        RuntimeError: no answer within two minutes.
    """
    with own_domain() as domain, Children(domain) as children:
        context = Context()
        rclpy.init(context=context, domain_id=domain)
        executor = SingleThreadedExecutor(context=context)
        watchers = [Watcher(context, space) for space in SPACES[: case.cameras]]
        for watcher in watchers:
            executor.add_node(watcher)
        nodes = _start(children, case, folder)

        def spin(until: float) -> None:
            while monotonic() < until:
                executor.spin_once(timeout_sec=0.05)

        try:
            began = monotonic()
            while any(watcher.tally.began_ns is None for watcher in watchers):
                spin(monotonic() + 0.2)
                if monotonic() - began > START:
                    raise RuntimeError(f"no answer: {nodes[0].tail()}")
            spin(monotonic() + SETTLE)
            with busy_neighbour() if case.busy else nullcontext():
                spin(monotonic() + 0.5)
                for watcher in watchers:
                    watcher.tally.began_ns = watcher.get_clock().now().nanoseconds
                spin(monotonic() + seconds)
                for watcher in watchers:
                    watcher.tally.end_ns = watcher.get_clock().now().nanoseconds
                spin(monotonic() + TAIL)
            memory = max(whole for whole, _ in (node.memory_mb() for node in nodes))
        finally:
            executor.shutdown()
            for watcher in watchers:
                watcher.destroy_node()
            rclpy.shutdown(context=context)
    counts = [watcher.tally.count() for watcher in watchers]
    latencies = [found for watcher in watchers if (found := watcher.tally.latency())]
    return {
        "p50": float(np.mean([p50 for p50, _ in latencies])),
        "p99": float(max(p99 for _, p99 in latencies)),
        "published": sum(count.published for count in counts),
        "answered": sum(count.answered for count in counts),
        "memory_mb": memory,
    }


def _start(children: Children, case: Case, folder: Path) -> list[Child]:
    """Start the cameras and their nodes, and return the nodes' processes."""
    camera: dict[str, object] = {"rate": case.rate, "transport": case.transport}
    node: dict[str, object] = {"image_transport": case.transport}
    spaces = SPACES[: case.cameras]
    for space in spaces:
        children.start("benchmarks.camera", camera, folder / f"{space}.log", space)
    if case.together:
        return [children.start("benchmarks.together", node, folder / "together.log")]
    return [
        children.start("grasp_detector.ros.node", node, folder / f"{space}_node.log", space)
        for space in spaces
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every case, in turns, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each run (default: 15)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each case (default: 3)")
    options = parser.parse_args(arguments)
    found: dict[str, list[dict[str, Any]]] = {case.name: [] for case in CASES}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for case in CASES:
                with normal_priority() if case.busy else nullcontext():
                    result = run(case, options.seconds, Path(folder))
                found[case.name].append(result)
                print(case.name, json.dumps(result), flush=True)
    rows = [
        {
            **asdict(case),
            "p50": Spread.of([each["p50"] for each in found[case.name]]).to_list(),
            "p99": Spread.of([each["p99"] for each in found[case.name]]).to_list(),
            "published": sum(each["published"] for each in found[case.name]),
            "answered": sum(each["answered"] for each in found[case.name]),
            "memory_mb": max(each["memory_mb"] for each in found[case.name]),
        }
        for case in CASES
    ]
    figures = {
        "machine": about(),
        "seconds": options.seconds,
        "rounds": options.rounds,
        "rows": rows,
    }
    write_whole(options.json, json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
