"""Thousands of malformed pairs, through the node's own way from message to message."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5DArray
from malformed import Maker, may_be_answered
from odd_engines import CheapEngine
from rclpy.parameter import Parameter
from ros_rig import Rig, header_at, node_here, stamp_ns, values
from sensor_msgs.msg import CameraInfo, Image

from grasp_detector.ros import outputs
from grasp_detector.ros.camera import Pair
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.node import GraspDetectorNode

SECOND = 1_000_000_000
PAIRS = 10_000
OVER_DDS = 400
FOCAL = 130.0  # pixels: the longest plausible one that Maker makes
LONGEST = 2.0  # seconds of computing that a pair may take: it is small
ODD = str(Path(__file__).with_name("odd_engines.py"))


def clean() -> tuple[Image, Image, CameraInfo]:
    rng = np.random.default_rng(5)
    color = to_image_msg(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8), "rgb8", header_at(9))
    depth = to_image_msg(np.full((48, 64), 700, np.uint16), "16UC1", header_at(9))
    info = CameraInfo(header=header_at(9), width=64, height=48)
    info.k = [60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0]
    return color, depth, info


def check_answer(answer: Grasp5DArray, width: int, height: int, moved: float | None = None) -> None:
    """All numbers are such as grasps of the picture can have; ``moved``: metres beside it, too."""
    sure = [each.confidence for each in answer.grasps]
    assert sure == sorted(sure, reverse=True)
    for each in answer.grasps:
        beside = 1.0
        if moved is not None and each.has_pose:
            beside += moved * FOCAL / each.depth
        assert -beside <= each.x <= width + beside
        assert -beside <= each.y <= height + beside
        assert -math.pi / 2 <= each.theta <= math.pi / 2
        assert 0 < each.h < math.inf
        assert 0 < each.w < math.inf
        assert 0 <= each.confidence <= 1
        pose = each.pose
        place = [pose.position.x, pose.position.y, pose.position.z, each.opening, each.depth]
        turned = [getattr(pose.orientation, axis) for axis in "xyzw"]
        assert np.isfinite([*place, *turned]).all()
        if each.has_pose:
            assert each.depth > 0
            assert sum(value**2 for value in turned) == pytest.approx(1.0, abs=1e-4)


@pytest.fixture
def node(
    ros_domain: int, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GraspDetectorNode]:
    """The node in this process, active, with an engine that costs nothing."""
    monkeypatch.setattr(
        "grasp_detector.detector.detector.make_engine", lambda *_, **__: CheapEngine(weights)
    )
    with node_here("-p", "min_confidence:=0.0") as node:
        yield node


def recorded_answers(monkeypatch: pytest.MonkeyPatch) -> list[Grasp5DArray]:
    """What the node in this process publishes as ``grasps``."""
    answers: list[Grasp5DArray] = []
    to_msg = outputs.grasps_to_msg

    def recorded(*arguments: Any) -> Grasp5DArray:
        answers.append(to_msg(*arguments))
        return answers[-1]

    monkeypatch.setattr(outputs, "grasps_to_msg", recorded)
    return answers


def test_ten_thousand_malformed_pairs(
    node: GraspDetectorNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = recorded_answers(monkeypatch)

    def answer(color: Image, depth: Image, info: CameraInfo | None) -> Grasp5DArray | None:
        answers.clear()
        begun = time.thread_time()
        node._work(Pair(color, depth, info, SECOND, SECOND, time.monotonic()))
        assert time.thread_time() - begun < LONGEST
        assert len(answers) <= 1
        return answers[0] if answers else None

    first = answer(*clean())
    assert first is not None
    assert first.grasps
    maker, answered = Maker(seed=6), 0
    for number in range(PAIRS):
        color, depth, info = maker.pair()
        found = answer(color, depth, info)
        if found is not None:
            answered += 1
            assert may_be_answered(color, depth), number
            check_answer(found, color.width, color.height)
        if number % 500 == 0:  # what was wrong before leaves no trace
            assert answer(*clean()) == first
    # Neither all refused nor all taken, and nothing but refusals: no error inside.
    assert PAIRS // 10 < answered < PAIRS // 2
    report = node._stats.report()
    assert report.total["dropped: error in the detector"] == 0, report.why
    total = report.total["answered"] + report.total["dropped: not usable"]
    assert total == PAIRS + PAIRS // 500 + 1


def test_malformed_pairs_with_every_choice_made(
    node: GraspDetectorNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fingers, normals, smoothing, a region and a workspace look at depth in ways of their own."""
    chosen = {
        "approach": "normal",
        "finger_width": 0.02,
        "smoothing": 0.5,
        "min_opening": 0.001,
        "workspace_max_z": 50.0,
        "region_x": 5,
        "region_y": 5,
        "region_width": 40,
        "region_height": 30,
    }
    result = node.set_parameters_atomically([Parameter(*each) for each in choices(chosen)])
    assert result.successful, result.reason
    answers = recorded_answers(monkeypatch)
    maker = Maker(seed=8)
    for number in range(PAIRS // 5):
        color, depth, info = maker.pair()
        # All of one time, now and then of another, so that smoothing has something to forget.
        stamp = SECOND * (1 + number // 50) + number
        answers.clear()
        begun = time.thread_time()
        node._work(Pair(color, depth, info, stamp, stamp, time.monotonic()))
        assert time.thread_time() - begun < LONGEST
        for each in answers:
            assert may_be_answered(color, depth), number
            check_answer(each, color.width, color.height, moved=0.05)
    report = node._stats.report()
    assert report.total["dropped: error in the detector"] == 0, report.why
    assert report.total["answered"] > PAIRS // 50


def choices(chosen: dict[str, Any]) -> Iterator[tuple[str, Parameter.Type, Any]]:
    for name, value in chosen.items():
        yield name, Parameter.Type.from_parameter_value(value), value


def test_malformed_pairs_over_dds(rig: Rig, weights: Path) -> None:
    grasps = rig.collect(Grasp5DArray, "grasps")
    diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
    process = rig.run(
        [ODD, "cheap"], weights=weights, image_reliability="reliable", image_queue=100, backlog=100
    )
    rig.answered(grasps)
    infos = rig.node.create_publisher(CameraInfo, "rgb/camera_info", 10)
    maker, sizes = Maker(seed=7), {}
    for _ in range(OVER_DDS):
        color, depth, info = maker.pair()
        stamp = rig.node.get_clock().now()
        color.header.stamp = depth.header.stamp = stamp.to_msg()
        sizes[stamp.nanoseconds] = color, depth
        if info is not None:
            infos.publish(info)
        rig.camera.color.publish(color)
        rig.camera.depth.publish(depth)
        pause = time.monotonic() + 0.01
        rig.until(lambda pause=pause: time.monotonic() >= pause, "a hundredth of a second")

    def looked_at() -> bool:
        seen = values(diagnostics)
        done = int(seen.get("pairs answered", 0)) + int(seen.get("dropped: not usable", 0))
        return done == int(seen.get("pairs in", -1)) > OVER_DDS

    rig.until(looked_at, "the last of them")
    assert "dropped: error in the detector" not in values(diagnostics)
    assert len(grasps) > OVER_DDS // 10
    for each in grasps:
        color, depth = sizes[stamp_ns(each)]
        assert may_be_answered(color, depth)
        check_answer(each, color.width, color.height)
    rig.answered(grasps)
    assert process.end() == 0
    assert "Traceback" not in process.printed()
