"""The real node's services."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5DArray
from grasp_detector.srv import DetectGrasps
from ros_rig import (
    Rig,
    Running,
    change_state,
    flat_depth,
    said,
    set_parameter,
    stamp_ns,
    values,
)
from sensor_msgs.msg import RegionOfInterest
from std_srvs.srv import SetBool
from visualization_msgs.msg import Marker, MarkerArray

SECOND = 1_000_000_000


class TestServices:
    def test_detect_answers_with_a_newer_frame(self, running: Running) -> None:
        response = self._detect(running.rig, DetectGrasps.Request(timeout=20.0))
        assert response.success
        assert response.message == f"{len(response.grasps.grasps)} grasps"
        assert len(response.grasps.grasps) > 0

    def test_detect_looks_at_the_region(self, running: Running) -> None:
        """A red bar in a corner that is not looked at without a region."""
        rig, diagnostics = running.rig, running.diagnostics
        rgb = np.full((240, 320, 3), 120, np.uint8)
        rgb[20:30, 5:65] = (200, 30, 30)
        roi = RegionOfInterest(x_offset=0, y_offset=0, width=75, height=60)
        request = DetectGrasps.Request(timeout=20.0, roi=roi)
        response = self._show_until_answered(rig, request, rgb=rgb)
        assert response.success
        best = response.grasps.grasps[0]
        assert 5 <= best.x < 65
        assert abs(best.y - 25) < 8
        assert abs(best.theta) > 1.2  # across the bar
        for each in response.grasps.grasps:
            assert each.x < 75
            assert each.y < 60
        # What is published is still of the middle, and nobody else is told of the region.
        rig.until(lambda: running.grasps, "what is published")
        published = running.grasps[-1].grasps
        assert published and all(80 <= each.x < 240 for each in published)
        rig.until(
            lambda: int(values(diagnostics).get("grasps removed: like a surer one", 0)) > 0,
            "the counts of the filters",
        )
        assert "grasps removed: outside the region" not in values(diagnostics)

    def test_detect_says_why_there_are_none(self, running: Running) -> None:
        rig = running.rig
        set_parameter(rig, "max_opening", 0.001)
        response = self._detect(rig, DetectGrasps.Request(timeout=20.0))
        assert response.success
        assert list(response.grasps.grasps) == []
        assert response.message.startswith("no grasp: ")
        assert "opening outside min_opening to max_opening" in response.message
        running.show_until_said("of them without a grasp")
        assert int(values(running.diagnostics)["pairs without a grasp"]) > 0
        refused = set_parameter(rig, "min_opening", 0.5)
        assert refused == "min_opening is 0.5, more than max_opening, which is 0.001"

    @pytest.mark.parametrize(
        ("roi", "words"),
        [
            ((5000, 0, 80, 50), "80x50 pixels from (5000, 0) lies outside the picture, which has"),
            ((100, 60, 80, 0), "the region is empty: 80x0 pixels"),
            ((100, 60, 0, 0), "the region is empty: 0x0 pixels"),
        ],
    )
    def test_detect_refuses_a_region_that_nothing_is_in(
        self, running: Running, roi: tuple[int, int, int, int], words: str
    ) -> None:
        x, y, width, height = roi
        region = RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height)
        request = DetectGrasps.Request(timeout=20.0, roi=region)
        response = self._show_until_answered(running.rig, request)
        assert not response.success
        assert words in response.message

    def test_a_request_s_region_does_not_need_the_parameters_one(
        self, rig: Rig, start_node: Any
    ) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        start_node(region_width=60, region_height=60)
        region = RegionOfInterest(x_offset=100, y_offset=80, width=120, height=80)
        rig.until(lambda: rig.camera.color.get_subscription_count(), "the subscription")
        set_parameter(rig, "region_x", 700)
        response = self._detect(rig, DetectGrasps.Request(timeout=20.0, roi=region))
        assert response.success
        assert len(response.grasps.grasps) > 0
        # Those of the parameters' region are none, and that is said.
        words = "60x60 pixels from (700, 0) lies outside the picture"
        response = self._show_until_answered(rig, DetectGrasps.Request(timeout=20.0))
        assert not response.success
        assert words in response.message
        rig.show_until(lambda: said(diagnostics, words), "the diagnosis")
        assert not grasps

    def test_detect_says_what_was_wrong_with_the_pairs(self, running: Running) -> None:
        request = DetectGrasps.Request(timeout=3.0)
        response = self._show_until_answered(running.rig, request, depth=flat_depth(120, 120))
        assert not response.success
        assert response.message.startswith("no usable pair of images came within 3 s (")
        assert "120x120" in response.message

    def test_detect_says_that_the_camera_s_clock_is_behind(self, running: Running) -> None:
        rig = running.rig
        request = DetectGrasps.Request(timeout=1.0)
        answer = rig.begin_call(DetectGrasps, "grasp_detector/detect", request)

        def show() -> int:
            behind = 3 * SECOND // 2
            return rig.camera.show(stamp=rig.node.get_clock().now().nanoseconds - behind)

        rig.repeat(show, answer.done, "the refusal")
        assert not answer.result().success
        assert "pairs came, stamped before the request" in answer.result().message

    def test_detect_says_why_not(self, rig: Rig, start_node: Any) -> None:
        start_node("-r", "__ns:=/left", autostart=False)
        name = "/left/grasp_detector/detect"
        response = rig.call(DetectGrasps, name, DetectGrasps.Request())
        assert not response.success
        assert response.message == "the node is not active"
        change_state(rig, "configure", node="/left/grasp_detector")
        change_state(rig, "activate", node="/left/grasp_detector")
        response = rig.call(DetectGrasps, name, DetectGrasps.Request(timeout=0.2))
        assert not response.success
        assert "no pair of images came within 0.2 s" in response.message

    @pytest.mark.parametrize("timeout", [math.inf, 1e12, math.nan, -1.0])
    def test_detect_refuses_a_timeout_that_cannot_be(
        self, running: Running, timeout: float
    ) -> None:
        request = DetectGrasps.Request(timeout=timeout)
        response = running.rig.call(DetectGrasps, "grasp_detector/detect", request)
        assert not response.success
        assert response.message == f"timeout is {np.float32(timeout):g}, outside 0 to 3600 s"
        running.answers_again()

    def test_enable(self, running: Running) -> None:
        rig = running.rig
        waiting = rig.begin_call(
            DetectGrasps, "grasp_detector/detect", DetectGrasps.Request(timeout=60.0)
        )
        response = rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=False))
        assert response.success
        rig.until(waiting.done, "the end of a request that nothing will answer")
        assert waiting.result().message in (
            "the node was disabled",
            "the node is disabled: call ~/enable first",
        )
        rig.until(lambda: rig.camera.color.get_subscription_count() == 0, "the unsubscription")
        running.until_said("disabled by ~/enable")
        rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=True))
        running.answers_again()

    def test_enabled_again_it_knows_the_camera_at_once(self, running: Running) -> None:
        rig = running.rig
        rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=False))
        rig.until(lambda: rig.camera.color.get_subscription_count() == 0, "the unsubscription")
        rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=True))
        running.grasps.clear()
        # Its camera_info comes after the images.
        rig.show_until(lambda: running.grasps, "an answer", with_info=False)
        assert all(each.has_pose for each in running.grasps[0].grasps[:1])

    def test_enable_takes_the_markers_away(self, running: Running) -> None:
        rig = running.rig
        markers = rig.collect(MarkerArray, "grasp_detector/markers")
        rig.show_until(lambda: markers and len(markers[-1].markers) > 1, "markers")
        rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=False))
        rig.until(lambda: len(markers[-1].markers) == 1, "the markers' end")
        assert markers[-1].markers[0].action == Marker.DELETEALL

    def test_enable_says_that_the_node_is_not_active(self, rig: Rig, start_node: Any) -> None:
        start_node(autostart=False)
        response = rig.call(SetBool, "grasp_detector/enable", SetBool.Request(data=True))
        assert "the node is not active" in response.message

    def _detect(self, rig: Rig, request: DetectGrasps.Request) -> DetectGrasps.Response:
        asked = rig.node.get_clock().now().nanoseconds
        response = self._show_until_answered(rig, request)
        assert stamp_ns(response.grasps) >= asked
        return response

    @staticmethod
    def _show_until_answered(
        rig: Rig, request: DetectGrasps.Request, **shown: Any
    ) -> DetectGrasps.Response:
        future = rig.begin_call(DetectGrasps, "grasp_detector/detect", request)
        rig.show_until(future.done, "the answer of ~/detect", **shown)
        return future.result()
