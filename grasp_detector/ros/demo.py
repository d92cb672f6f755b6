"""The detector at work on a simulated Kinect: ``make demo``.

Three processes talk over DDS: the camera, the detector's node, and this one, which watches,
counts, and keeps pictures. Behind the camera a gripper tries the best grasps.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from types import FrameType

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from rich.console import Console

from grasp_detector.errors import InputError
from grasp_detector.ros import album, bag, film
from grasp_detector.ros.children import Children, own_domain
from grasp_detector.ros.demo_display import Display, facts
from grasp_detector.ros.demo_watch import Watch
from grasp_detector.ros.running import ending_signals

START = 180.0  # seconds until the first answer at most: the first run ever prepares the network
TAIL = 1.0  # seconds that the answers to the last pairs have
LOOK_EVERY = 0.1  # seconds between looks at the processes
SEED = 7  # of the camera
FILM = 9.0  # seconds of the recording


class DemoError(Exception):
    """Why the demo failed, in one line; then what the process at fault said last."""


class Demo:
    """One run of the demo.

    Args:
        seconds: of detection to watch.
        output: folder for pictures and logs.
        console: to show the state on.
        record: also into ``output / "recording"``.
    """

    def __init__(
        self, seconds: float, output: Path, console: Console, record: bool = False
    ) -> None:
        self._seconds = seconds
        self._record = record
        self._output = output
        self._recording = output / "recording"
        self._console = console
        self._rates: dict[str, float] = {}
        self.stopping = False  # set from outside to end early

    def run(self) -> None:
        """Start everything, watch it, end everything, save the pictures.

        Raises:
            DemoError: no grasps arrived, or a process ended.
        """
        self._output.mkdir(parents=True, exist_ok=True)
        with own_domain() as domain, Children(domain) as children:
            camera, detector = (self._output / f"{name}.log" for name in ("camera", "detector"))
            children.start(
                "grasp_detector.ros.simulated_camera", {"seed": SEED, "gripper": True}, camera
            )
            children.start("grasp_detector.ros.node", {}, detector)
            if self._record:
                log = self._output / "recorder.log"
                children.start("grasp_detector.ros.recorder", {"folder": str(self._recording)}, log)
            context = Context()
            # Signals are this process's own business.
            rclpy.init(
                context=context, domain_id=domain, signal_handler_options=SignalHandlerOptions.NO
            )
            watch = Watch(context)
            executor = SingleThreadedExecutor(context=context)
            executor.add_node(watch)
            try:
                with Display(self._console, watch) as display:
                    self._look_on(watch, executor, children, display)
            finally:
                executor.shutdown()
                watch.destroy_node()
                rclpy.shutdown(context=context)
        if not self.stopping:
            self._conclude(watch)

    def _look_on(
        self, watch: Watch, executor: SingleThreadedExecutor, children: Children, display: Display
    ) -> None:
        def look(state: str, until: float) -> bool:
            """Let messages come in for a moment; return whether to go on."""
            moment = monotonic() + LOOK_EVERY
            while monotonic() < moment:
                executor.spin_once(timeout_sec=LOOK_EVERY)
            watch.tidy()
            display.update(state)
            ended = children.ended()
            # Ctrl-C goes to the children, too: then their end is no failure.
            if ended is not None and not self.stopping:
                status = f"{ended.name} ended with status {ended.status}"
                raise DemoError(f"{status}; it said last:\n{ended.tail()}")
            return not self.stopping and monotonic() < until

        until = monotonic() + START
        while watch.tally.began_ns is None:
            if not look("starting: the detector loads", until):
                if self.stopping:
                    return
                said = "\n".join(child.tail() for child in children)
                raise DemoError(f"no answer of the detector within {START:.0f} s:\n{said}")
        began = monotonic()
        until = began + self._seconds
        while look(f"{max(0.0, until - monotonic()):.0f} s to go", until):
            pass
        ended = monotonic()
        self._rates = {name: rate.mean(began, ended) for name, rate in watch.rates.items()}
        watch.tally.end_ns = watch.get_clock().now().nanoseconds
        until = monotonic() + TAIL
        while look("the last answers", until) and not watch.tally.complete:
            pass

    def _conclude(self, watch: Watch) -> None:
        files = album.save(self._output, watch.pages)
        for name, value in facts(self._rates, watch.tally):
            self._say(name, value)
        if watch.tally.with_grasps == 0:
            raise DemoError("the detector answered, but found no grasp in any picture")
        if files:
            self._say("pictures", f"{len(watch.pages)}, together in {files[-1]}")
        if self._record:
            megabytes = (self._recording / bag.FILE).stat().st_size / 1e6
            self._say("recording", f"{megabytes:.0f} MB in {self._recording}")
            try:
                paths = film.save(self._output, film.film(self._recording, FILM))
                self._say("film", ", ".join(map(str, paths)))
            except InputError as error:  # a machine so busy that no moment came whole
                self._say("film", f"none: {error}")

    def _say(self, name: str, value: str) -> None:
        self._console.print(f"{name:10} {value}", highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit status: 0 only if grasps arrived."""
    parser = argparse.ArgumentParser(
        prog="python -m grasp_detector.ros.demo", description="The detector on a simulated Kinect."
    )
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="of detection to watch (default: 30)"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("demo"), help="for pictures and logs (default: demo)"
    )
    parser.add_argument(
        "--record", action="store_true", help="all messages, as MCAP, and a film of them"
    )
    options = parser.parse_args(arguments)
    if not 0 < options.seconds < float("inf"):
        parser.error("--seconds must be positive")
    demo = Demo(options.seconds, options.output, Console(), options.record)
    stopped_by = 0

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal stopped_by
        stopped_by = number
        demo.stopping = True

    for number in ending_signals():
        signal.signal(number, on_signal)
    try:
        demo.run()
    except (DemoError, InputError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 128 + stopped_by if stopped_by else 0


if __name__ == "__main__":
    sys.exit(main())
