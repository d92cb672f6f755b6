"""Weights that are swapped while pairs go through, and what cannot be loaded."""

from __future__ import annotations

import pickle
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from grasp_detector.msg import Grasp5DArray
from rclpy.parameter import Parameter
from ros_rig import LONG, Rig, StartRunning, node_here, said, set_parameter, stamp_ns, values
from safetensors import safe_open
from safetensors.numpy import save_file

from grasp_detector.errors import InputError
from grasp_detector.ros.loading import Loaded
from grasp_detector.ros.node import GraspDetectorNode
from grasp_detector.ros.parameters import Settings
from grasp_detector.weights_sums import sha256

ODD = str(Path(__file__).with_name("odd_engines.py"))
AT_ONCE = 2.0  # seconds that a node has for its end


class Bomb:
    """Whoever unpickles this makes a file."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self._target,)


def show_beyond(rig: Rig, condition: Any, what: str) -> list[int]:
    """Show 20 pictures a second until the condition holds, then ten more; return their stamps."""
    return rig.show_until(condition, what, every=0.05, timeout=150.0) + show_ten(rig)


def show_ten(rig: Rig) -> list[int]:
    shown: list[int] = []

    def show() -> None:
        shown.append(rig.camera.show())

    rig.repeat(show, lambda: len(shown) == 10, "ten pictures", every=0.05)
    return shown


class TestSwap:
    def test_no_pair_is_lost_while_weights_are_swapped(
        self, start_running: StartRunning, other_weights: Path
    ) -> None:
        running = start_running(engine="onnx")
        rig, grasps, diagnostics = running.rig, running.grasps, running.diagnostics
        before = show_ten(rig)
        assert set_parameter(rig, "weights", str(other_weights)) == ""
        during = show_beyond(
            rig,
            lambda: values(diagnostics).get("weights") == str(other_weights),
            "the other weights",
        )
        rig.until(lambda: len(grasps) >= len(before + during), "all answers")
        assert Counter(map(stamp_ns, grasps)) == Counter(before + during)
        assert f"now in use: {other_weights.name}" in running.process.printed()

    def test_what_cannot_be_weights_is_refused_at_once(
        self, start_running: StartRunning, weights: Path, tmp_path: Path
    ) -> None:
        running = start_running(program=[ODD, "cheap"])
        rig, diagnostics = running.rig, running.diagnostics
        executed = tmp_path / "executed"
        bad = {name: tmp_path / name for name in ("cut", "text", "pickled", "foreign", "missing")}
        bad["cut"].write_bytes(weights.read_bytes()[:-100])
        bad["text"].write_text("weights")
        bad["pickled"].write_bytes(pickle.dumps(Bomb(executed)))
        save_file({"a": np.zeros(3, np.float32)}, bad["foreign"])
        for path in bad.values():
            reason = set_parameter(rig, "weights", str(path))
            assert str(path) in reason
            assert "\n" not in reason
        reason = set_parameter(rig, "weights_sha256", "0" * 64)
        assert "have the SHA-256" in reason
        assert set_parameter(rig, "weights_sha256", sha256(weights)) == ""
        assert not executed.exists()
        running.answers_again()
        rig.until(lambda: values(diagnostics).get("weights") == str(weights), "what is in use")

    def test_what_turns_out_to_be_no_weights_changes_nothing(
        self, start_running: StartRunning, weights: Path, tmp_path: Path
    ) -> None:
        from rcl_interfaces.srv import GetParameters

        running = start_running(engine="onnx")
        rig, grasps, diagnostics = running.rig, running.grasps, running.diagnostics
        with safe_open(weights, "numpy") as file:
            metadata = file.metadata()
        liar = tmp_path / "liar.safetensors"
        save_file({"a": np.zeros(3, np.float32)}, liar, metadata)
        assert set_parameter(rig, "weights", str(liar)) == ""
        words = "do not fit their own description"
        shown = show_beyond(rig, lambda: said(diagnostics, words), "the reason")
        rig.until(lambda: len(grasps) >= len(shown), "all answers")
        request = GetParameters.Request(names=["weights"])
        (value,) = rig.call(GetParameters, "/grasp_detector/get_parameters", request).values
        assert value.string_value == values(diagnostics)["weights"] == str(weights)
        assert said(diagnostics, "stay in use")
        assert set_parameter(rig, "weights", str(weights)) == "", "as it is: the user knows"
        rig.show_until(lambda: not said(diagnostics[-1:], words), "no word of it any more")


class Loads:
    """In place of `load`: ``/x/bad`` takes until it may go on, and fails then."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = Event()
        self.go_on = Event()

    def __call__(self, settings: Settings) -> Loaded:
        self.asked.append(settings.weights)
        if settings.weights == "/x/bad":
            assert self.go_on.wait(LONG)
            raise InputError("bad")
        if self.broken.is_set():
            raise InputError("broken")
        detector: Any = SimpleNamespace(
            weights_path=Path(settings.weights), engine="onnx", device="cpu"
        )
        return Loaded(detector)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    loads = Loads()
    monkeypatch.setattr("grasp_detector.ros.loading.load", loads)
    monkeypatch.setattr("grasp_detector.ros.loading.check", lambda _: None)
    return loads


@pytest.fixture
def node(ros_domain: int, loads: Loads) -> Iterator[GraspDetectorNode]:
    """The node in this process, active, with the shipped weights."""
    with node_here() as node:
        yield node


def until_loaded(node: GraspDetectorNode) -> None:
    end = time.monotonic() + LONG
    while "loading" in node._detectors.about():
        assert time.monotonic() < end
        rclpy.spin_once(node, timeout_sec=0.02)


def test_a_file_that_was_replaced_is_loaded_when_it_is_asked_for_again(
    node: GraspDetectorNode, loads: Loads, tmp_path: Path
) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_text("first")

    def ask_for_it() -> int:
        node.set_parameters([Parameter("weights", value=str(path))])
        until_loaded(node)
        return loads.asked.count(str(path))

    assert ask_for_it() == 1
    assert ask_for_it() == 1, "as it is"
    path.write_text("the second")
    node.set_parameters([Parameter("max_grasps", value=6)])
    assert "loading" not in node._detectors.about()
    assert ask_for_it() == 2
    path.write_text("the third, which is broken")
    loads.broken.set()
    assert ask_for_it() == 3, "once"
    assert "stay in use" in node._detectors.trouble
    loads.broken.clear()
    path.write_text("the fourth")
    assert ask_for_it() == 4
    assert node._detectors.trouble == ""


class TestAskedForWhileABadSetLoads:
    @pytest.mark.parametrize(
        ("name", "value", "in_use"),
        [
            ("weights", "/x/good", "/x/good"),
            ("weights", "", ""),  # as before
            ("max_grasps", 5, ""),  # of the bad set, too
        ],
    )
    def test_parameters_say_what_is_in_use(
        self, node: GraspDetectorNode, loads: Loads, name: str, value: Any, in_use: str
    ) -> None:
        node.set_parameters([Parameter("weights", value="/x/bad")])
        node.set_parameters([Parameter(name, value=value)])
        loads.go_on.set()
        until_loaded(node)
        assert node._detectors.about()["weights"] == str(Path(in_use))
        assert node.get_parameter("weights").value == in_use
        assert node.get_parameter(name).value == value
        # What has nothing to do with it loads nothing.
        node.set_parameters([Parameter("max_grasps", value=6)])
        assert "loading" not in node._detectors.about()
        assert loads.asked == (["", "/x/bad", "/x/good"] if in_use else ["", "/x/bad"])


class TestDevice:
    def test_the_cpu_takes_over_from_a_lost_device(self, rig: Rig, start_node: Any) -> None:
        grasps = rig.collect(Grasp5DArray, "grasps")
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        process = start_node(program=[ODD, "lost"], device="cuda", autostart=True)
        words = (
            "the CPU takes over, the device failed: RuntimeError: CUDA error: the device is lost"
        )
        shown = show_beyond(rig, lambda: said(diagnostics, words), "what happened")
        rig.until(lambda: grasps and stamp_ns(grasps[-1]) == shown[-1], "the last answer")
        answered = [stamp_ns(each) for each in grasps]
        assert answered == shown[shown.index(answered[0]) :]  # from the first on, none is missing
        assert values(diagnostics)["device"] == "cpu"
        assert process.printed().count("second line") == 0
        assert process.printed().count(words) == 1

    def test_the_cpu_takes_over_from_a_full_device(self, start_running: StartRunning) -> None:
        running = start_running(program=[ODD, "full"], device="cuda")
        running.show_until_said(
            "the CPU takes over, the device failed: RuntimeError: CUDA out of memory."
        )

    def test_a_checksum_of_another_file_keeps_it_inactive(self, rig: Rig, start_node: Any) -> None:
        diagnostics = rig.collect(DiagnosticArray, "/diagnostics")
        start_node(weights_sha256="ab" * 32)
        words = f"not {'ab' * 32}: the file is another one, or damaged"
        rig.until(lambda: said(diagnostics, words), "the reason")


class TestEnd:
    @staticmethod
    def ends_at_once(process: Any) -> None:
        taken = process.shared_memory
        assert taken
        begun = time.monotonic()
        assert process.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < AT_ONCE
        assert not [path for path in taken if path.exists()], "given back"
        assert "Traceback" not in process.printed()

    def test_at_once_while_it_loads(self, rig: Rig, start_node: Any) -> None:
        process = start_node(program=[ODD, "slow"], autostart=False)
        rig.begin_call(*activation(rig))
        rig.until(lambda: "the engine loads" in process.printed(), "the loading")
        self.ends_at_once(process)

    def test_at_once_while_an_engine_hangs(self, rig: Rig, start_node: Any) -> None:
        process = start_node(program=[ODD, "hangs"], device="cuda")
        rig.show_until(lambda: "the engine hangs" in process.printed(), "an engine that hangs")
        self.ends_at_once(process)


def activation(rig: Rig) -> tuple[type, str, Any]:
    """What to call for an activation, once the node is configured."""
    from lifecycle_msgs.msg import Transition
    from lifecycle_msgs.srv import ChangeState
    from ros_rig import change_state

    change_state(rig, "configure")
    request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_ACTIVATE))
    return ChangeState, "/grasp_detector/change_state", request


@pytest.fixture
def other_weights(weights: Path, tmp_path: Path) -> Path:
    """The weights in another place; of the same name and content, so that they are exported."""
    return Path(shutil.copy(weights, tmp_path))
