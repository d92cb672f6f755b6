"""The real node as a process, over real DDS: what it answers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PoseArray
from grasp_detector.msg import Grasp5D, Grasp5DArray
from ros_rig import (
    Rig,
    Running,
    StartRunning,
    flat_depth,
    picture,
    stamp_ns,
)
from sensor_msgs.msg import Image
from visualization_msgs.msg import Marker, MarkerArray

SECOND = 1_000_000_000


class TestAnswers:
    def test_every_pair_is_answered_with_its_own_header(self, rig: Rig, start_node: Any) -> None:
        grasps, best = rig.collect(Grasp5DArray, "grasps"), rig.collect(Grasp5D, "grasps/best")
        start_node()
        rig.answered(grasps)
        shown: list[int] = []

        def show_next() -> bool:
            # The next when the last is answered: nothing here depends on time.
            if len(grasps) == len(shown):
                if len(shown) == 20:
                    return True
                shown.append(rig.camera.show())
            return False

        rig.until(show_next, "20 answers")
        rig.until(lambda: stamp_ns(best[-1]) == shown[-1], "the best of the last answer")
        del best[:-20]  # those of the pairs shown before
        assert [stamp_ns(each) for each in grasps] == shown
        assert [stamp_ns(each) for each in best] == shown
        for answer, first in zip(grasps, best, strict=True):
            assert answer.header.frame_id == "camera_frame"
            assert answer.grasps[0] == first
            assert all(each.header == answer.header for each in answer.grasps)
            sure = [each.confidence for each in answer.grasps]
            assert sure == sorted(sure, reverse=True)
            assert len(sure) <= 10

    def test_a_burst_is_answered_whole(self, start_running: StartRunning) -> None:
        running = start_running(sync_queue=100)
        shown = [running.rig.camera.show() for _ in range(5)]
        running.rig.until(lambda: len(running.grasps) == 5, "five answers")
        assert [stamp_ns(each) for each in running.grasps] == shown

    def test_nothing_found_is_an_empty_answer(self, rig: Rig, start_node: Any) -> None:
        grasps, best = rig.collect(Grasp5DArray, "grasps"), rig.collect(Grasp5D, "grasps/best")
        start_node(min_confidence=1.0)
        rig.answered(grasps)
        shown = rig.camera.show()
        rig.until(lambda: grasps, "an answer")
        assert stamp_ns(grasps[0]) == shown
        assert list(grasps[0].grasps) == []
        assert not best

    def test_every_encoding(self, running: Running) -> None:
        rgb, depth = picture(), flat_depth()
        opaque = np.full((*rgb.shape[:2], 1), 255, np.uint8)
        colors = {
            "rgb8": rgb,
            "bgr8": rgb[..., ::-1],
            "rgba8": np.concatenate([rgb, opaque], axis=2),
            "bgra8": np.concatenate([rgb[..., ::-1], opaque], axis=2),
            "mono8": rgb[..., 0],
        }
        depths = {"16UC1": depth, "mono16": depth, "32FC1": depth.astype(np.float32) / 1000}
        found = {}
        for encoding, depth_encoding in itertools.product(colors, depths):
            answer = running.answer(
                rgb=colors[encoding],
                depth=depths[depth_encoding],
                encoding=encoding,
                depth_encoding=depth_encoding,
            )
            best = answer.grasps[0]
            assert best.has_pose
            found[encoding, depth_encoding] = (best.x, best.y, best.theta, best.depth)
        expected = found.pop(("rgb8", "16UC1"))
        for (encoding, _), each in found.items():
            if encoding != "mono8":  # another picture
                assert each == pytest.approx(expected, abs=1e-3)

    def test_markers_poses_and_overlay_are_of_the_same_grasps(
        self, rig: Rig, start_node: Any
    ) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        markers = rig.collect(MarkerArray, "grasp_detector/markers")
        poses = rig.collect(PoseArray, "grasp_detector/poses")
        overlay = rig.collect(Image, "grasp_detector/overlay")
        start_node()
        rig.answered(grasps)
        rig.until(lambda: markers and poses and overlay, "what is to be looked at")
        shown = rig.camera.show()
        rig.until(
            lambda: (
                grasps
                and all(stamp_ns(each[-1]) == shown for each in (poses, overlay))
                and stamp_ns(markers[-1].markers[0]) == shown
            ),
            "all outputs",
        )
        with_pose = [each for each in grasps[0].grasps if each.has_pose]
        assert with_pose
        assert list(poses[-1].poses) == [each.pose for each in with_pose]
        first, *added = markers[-1].markers
        assert first.action == Marker.DELETEALL
        assert all(each.action == Marker.ADD for each in added)
        for part in ("jaws", "palm", "approach"):
            assert [each.ns for each in added].count(part) == len(with_pose)
        labels = [each.text for each in added if each.ns == "class"]
        # The shipped weights classify; of a class only the best grasp carries the name.
        assert labels == list(dict.fromkeys(each.class_name for each in with_pose))
        assert (overlay[-1].width, overlay[-1].height, overlay[-1].encoding) == (320, 240, "rgb8")
        drawn = np.frombuffer(bytes(overlay[-1].data), np.uint8).reshape(240, 320, 3)
        changed = (drawn != picture()).any(axis=-1)
        # The edge of the square in the middle, of two thirds of the height, and grasps in it.
        square = changed[40:200, 80:240]
        assert all(edge.all() for edge in (square[0], square[-1], square[:, 0], square[:, -1]))
        assert changed[60:180, 100:220].any()
