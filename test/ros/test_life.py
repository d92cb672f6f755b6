"""The real node's life: transitions, parameters, its start and end."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from grasp_detector.msg import Grasp5DArray
from ros_rig import (
    HANGUP,
    Process,
    Rig,
    Running,
    change_state,
    said,
    set_parameter,
)
from visualization_msgs.msg import Marker, MarkerArray

SECOND = 1_000_000_000


class TestLife:
    def test_transitions_repeat(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        start_node(autostart=False)
        for _ in range(2):
            change_state(rig, "configure")
            for _ in range(2):
                change_state(rig, "activate")
                rig.answered(grasps)
                change_state(rig, "deactivate")
                rig.until(lambda: rig.camera.color.get_subscription_count() == 0, "silence")
            change_state(rig, "cleanup")
        assert change_state(rig, "unconfigured_shutdown", check=False)

    def test_an_impossible_transition_is_refused(self, running: Running) -> None:
        for label in ("cleanup", "activate", "configure"):
            assert not change_state(running.rig, label, check=False)
        assert "transition 2 is refused" in running.process.printed()
        running.answers_again()

    @pytest.mark.parametrize("state", ["unconfigured", "inactive", "active"])
    def test_a_shutdown_from_outside_ends_it_cleanly(
        self, rig: Rig, start_node: Any, state: str
    ) -> None:
        process = start_node(autostart=False)
        for label in {"inactive": ["configure"], "active": ["configure", "activate"]}.get(
            state, []
        ):
            change_state(rig, label)
        assert change_state(rig, f"{state}_shutdown")
        assert process.wait() == 0
        assert "Traceback" not in process.printed()

    def test_a_signal_after_a_shutdown_ends_it_cleanly(self, rig: Rig, start_node: Any) -> None:
        process = start_node(autostart=False)
        assert change_state(rig, "unconfigured_shutdown")
        assert process.end(signal.SIGINT) == 0
        assert "Traceback" not in process.printed()

    def test_stays_inactive_without_weights(self, rig: Rig, start_node: Any, weights: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process: Process = start_node(weights="/nowhere.safetensors")
        rig.until(lambda: said(diagnostics, "stays inactive"), "the reason")
        (status,) = diagnostics[-1].status
        assert status.level == DiagnosticStatus.ERROR
        assert "/nowhere.safetensors" in status.message
        assert status.hardware_id == "/rgb/image_raw"
        assert process.printed().count("stays inactive") == 1
        assert "/nowhere.safetensors" in process.printed()
        assert not change_state(rig, "activate", check=False)
        assert set_parameter(rig, "weights", str(weights)) == ""
        change_state(rig, "activate")
        rig.answered(grasps)
        rig.until(lambda: diagnostics[-1].status[0].level != DiagnosticStatus.ERROR, "its end")

    def test_integers_are_taken_for_floats(self, rig: Rig, start_node: Any) -> None:
        from rcl_interfaces.srv import GetParameters

        start_node(autostart=False, min_confidence=1, detect_timeout=7)
        request = GetParameters.Request(names=["min_confidence", "detect_timeout"])
        given = rig.call(GetParameters, "/grasp_detector/get_parameters", request).values
        assert [each.double_value for each in given] == [1.0, 7.0]
        assert set_parameter(rig, "min_confidence", 1.5)  # the range still holds

    def test_parameters_change_or_say_why_not(self, running: Running) -> None:
        rig = running.rig
        assert set_parameter(rig, "max_grasps", 1) == ""
        assert len(running.answer().grasps) == 1
        assert "deactivate" in set_parameter(rig, "backlog", 5)
        assert set_parameter(rig, "min_confidence", 1.5)
        assert set_parameter(rig, "min_confidence", "high")
        assert set_parameter(rig, "engine", "steam")
        running.grasps.clear()
        running.answers_again()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, HANGUP])
    def test_signals_end_it_cleanly(self, running: Running, number: signal.Signals) -> None:
        rig, process = running.rig, running.process
        markers = rig.collect(MarkerArray, "grasp_detector/markers")
        rig.show_until(lambda: markers, "markers")
        taken = process.shared_memory
        assert taken
        begun = time.monotonic()
        assert process.end(number) == 0
        assert time.monotonic() - begun < 2.0
        assert "Traceback" not in process.printed()
        assert not [path for path in taken if path.exists()], "given back"
        rig.until(lambda: len(markers[-1].markers) == 1, "the markers' end")
        assert markers[-1].markers[0].action == Marker.DELETEALL

    def test_bad_parameters_at_the_start(self, rig: Rig, start_node: Any) -> None:
        process = start_node(device="steam")
        assert process.wait() == 2
        assert process.printed().strip() == "device is 'steam', none of auto, cpu, cuda"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("-p", "oops"), "Couldn't parse parameter override rule: '-p oops'"),
            (("--params-file", "/nowhere.yaml"), "/nowhere.yaml"),
            (("--params-file", "MALFORMED"), "Couldn't parse params file"),
            (("--bogus",), "unknown ROS arguments: ['--bogus']"),
        ],
    )
    def test_bad_ros_arguments(
        self, rig: Rig, tmp_path: Path, arguments: tuple[str, ...], words: str
    ) -> None:
        malformed = tmp_path / "malformed.yaml"
        malformed.write_text("a: [1, 2\n  b: {")
        given = (str(malformed) if each == "MALFORMED" else each for each in arguments)
        process = rig.start("node", *given)
        assert process.wait() == 2
        # rcl may say before that it has failed.
        assert words in process.printed().strip().splitlines()[-1]
        assert "Traceback" not in process.printed()
