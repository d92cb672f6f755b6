"""What the demo shows: a live table on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.table import Table

from grasp_detector.msg import Grasp5D
from grasp_detector.ros.demo_watch import Watch
from grasp_detector.ros.tally import Tally

LINE_EVERY = 5.0  # seconds between lines where there is no terminal


class Display:
    """Shows the state of a watch while it is entered as a context."""

    def __init__(self, console: Console, watch: Watch) -> None:
        self._console = console
        self._watch = watch
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._lined = monotonic()

    def __enter__(self) -> Display:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.update("")
            self._live.stop()

    def update(self, state: str) -> None:
        """Show the newest numbers, under a headline."""
        if self._live is not None:
            self._live.update(self._table(state))
        elif monotonic() - self._lined >= LINE_EVERY:
            self._lined = monotonic()
            numbers = "  ".join(f"{name} {value}" for name, value in self._now())
            self._console.print(f"{state}: {numbers}", soft_wrap=True, highlight=False)

    def _table(self, state: str) -> Table:
        table = Table(title="grasp_detector on a simulated Kinect", caption=state, min_width=64)
        table.add_column("what", style="cyan", no_wrap=True)
        table.add_column("now")
        for name, value in self._now():
            table.add_row(name, value)
        return table

    def _now(self) -> list[tuple[str, str]]:
        now = monotonic()
        rates = {name: rate.recent(now) for name, rate in self._watch.rates.items()}
        return [*facts(rates, self._watch.tally), ("best grasp", describe(self._watch.best))]


def facts(rates: dict[str, float], tally: Tally) -> list[tuple[str, str]]:
    """Names and values of what was measured; rates in Hz."""
    shown = [(name, f"{rate:.1f} Hz") for name, rate in rates.items()]
    latency = tally.latency()
    if latency is not None:
        median, worst = (1000 * seconds for seconds in latency)
        shown.append(("latency", f"p50 {median:.0f} ms, p99 {worst:.0f} ms"))
    count = tally.count()
    shown.append(("answered", f"{count.answered} of {count.published} pairs"))
    if tally.tried:
        share = tally.held / tally.tried
        shown.append(("held", f"{tally.held} of {tally.tried} grasps tried, {share:.0%}"))
    return shown


def describe(grasp: Grasp5D | None) -> str:
    """A grasp in one line."""
    if grasp is None:
        return "-"
    opening = f"opening {1000 * grasp.opening:.0f} mm, " if grasp.has_pose else ""
    angle = math.degrees(grasp.theta)
    return (
        f"x {grasp.x:.0f}, y {grasp.y:.0f}, {angle:+.0f}°, "
        f"{opening}confidence {grasp.confidence:.2f}"
    )
