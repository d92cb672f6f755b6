"""The figures of `grasp-detector bench` as tables for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from grasp_detector.bench.floor import floor


def tables(figures: dict[str, Any]) -> Iterator[Table]:
    """One after the other."""
    yield _table(
        "The network alone, milliseconds a picture",
        ("engine", "threads", "batch", "median", "quartiles", "floor"),
        engine_rows(figures),
    )
    for title, key in (
        ("A whole frame, 640x480 with depth, milliseconds", "frames"),
        ("The same beside a process that keeps one core busy", "busy_frames"),
    ):
        yield _table(
            title,
            ("engine", "whole", "quartiles", "p99", "fuse", "infer", "decode"),
            (
                (
                    row["engine"],
                    *spread(row["seconds"]),
                    milliseconds(row["p99"]),
                    *(milliseconds(row["stages"][stage][0]) for stage in row["stages"]),
                )
                for row in figures[key]
            ),
        )
    yield _table(
        "From the start of a process to its first grasps",
        ("engine", "seconds", "memory, MB"),
        (
            (row["engine"], f"{row['seconds'][0]:.2f}", f"{row['memory_mb']:.0f}")
            for row in figures["starts"]
        ),
    )
    names = list(figures["networks"][0]["seconds"])
    yield _table(
        "Networks, milliseconds a picture",
        ("network", "million multiplications", *names),
        (
            (
                f"{row['backbone']} {row['head']}",
                f"{row['cost']['macs'] / 1e6:.0f}",
                *(milliseconds(row["seconds"][name][0]) for name in names),
            )
            for row in figures["networks"]
        ),
    )
    window = figures["sliding_window"]
    yield _table(
        "The sliding window, milliseconds a picture",
        ("windows", "median", "quartiles"),
        [(str(window["windows"]), *spread(window["seconds"]))],
    )


def engine_rows(figures: dict[str, Any]) -> list[tuple[str, ...]]:
    """Engine, threads, batch, median, quartiles and floor of the network alone."""
    return [
        (
            row["engine"],
            str(row["threads"]),
            str(row["batch"]),
            *spread(row["seconds"], row["batch"]),
            milliseconds(floor(figures, row["engine"], row["threads"], row["batch"])),
        )
        for row in figures["engines"]
    ]


def milliseconds(seconds: float | None) -> str:
    """Three digits of it, or all before the point; "-" for none."""
    if seconds is None:
        return "-"
    value = 1e3 * seconds
    return f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


def spread(values: Sequence[float], of: int = 1) -> tuple[str, str]:
    """Median, and quartiles, of that many at once, in milliseconds for each."""
    median, low, high = (value / of for value in values)
    return milliseconds(median), f"{milliseconds(low)} to {milliseconds(high)}"


def _table(title: str, head: Sequence[str], rows: Any) -> Table:
    table = Table(title=title, title_justify="left")
    for index, name in enumerate(head):
        table.add_column(name, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*row)
    return table
