"""The part of docs/performance.md about GG-CNN and GR-ConvNet beside ours, out of its figures."""

from __future__ import annotations

from typing import Any

from grasp_detector.bench.table import milliseconds, spread
from grasp_detector.evaluation.markdown import table

_GOALS = {"GG-CNN": 8.0, "GR-ConvNet": 25.0}
_AS_PUBLISHED = "torch"
STAGES = ("prepare", "network", "decode")


def others_goals(figures: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """What, goal, measured and whether that reaches it: theirs as published over ours."""
    rows = {row["name"]: row for row in figures["rows"] if row["engine"] == _AS_PUBLISHED}
    return [
        (
            f"{name} in torch, from a pair to grasps, over `detect(rgb, depth)` without poses",
            f"{goal:.0f} times",
            f"{rows[name]['times']['whole'][0]:.1f} times",
            rows[name]["times"]["whole"][0] >= goal,
        )
        for name, goal in _GOALS.items()
    ]


def others_lines(figures: dict[str, Any]) -> list[str]:
    """How they were measured, the networks alone, and the whole way."""
    rows, machine, networks = figures["rows"], figures["machine"], figures["networks"]
    ours = {row["engine"]: row["seconds"]["alone"][0] for row in rows if row["name"] == "ours"}
    best = rows[0]["engine"]
    who = "before all others" if machine["realtime"] else "like everybody else"
    alone = [row for row in rows if row["name"] in networks]  # poses are not the network's
    return [
        "## Beside GG-CNN and GR-ConvNet",
        "",
        "Both were written from their papers and published code, with as many parameters as "
        "published, and are untrained, which changes no time. Each row is a process of its own; "
        f"all took turns, {figures['rounds']} each of {figures['calls']} frames, {who} (load "
        f"{machine['load']:.0f}). How many times as long as ours, which takes {best} by itself, is "
        "taken turn by turn. Theirs ran in torch, eager, as published; their networks also in "
        "the runtimes of ours, with its settings; what that costs their accuracy was not "
        "measured.",
        "",
        *table(
            (
                *("the network alone", "engine", "parameters", "million multiplications"),
                *("ms", "quartiles", "times ours", "times ours in the same engine"),
            ),
            [
                (
                    row["name"],
                    row["engine"],
                    f"{networks[row['name']]['parameters']:,}",
                    f"{networks[row['name']]['macs'] / 1e6:,.0f}",
                    *spread(row["seconds"]["alone"]),
                    f"{row['times']['alone'][0]:.1f}",
                    f"{row['seconds']['alone'][0] / ours[row['engine']]:.1f}",
                )
                for row in alone
            ],
            left=2,
        ),
        *table(
            (
                *("640x480 with depth to grasps", "engine", "ms", "quartiles"),
                *("times ours", "quartiles", *STAGES),
            ),
            [
                (
                    row["name"],
                    row["engine"],
                    *spread(row["seconds"]["whole"]),
                    f"{row['times']['whole'][0]:.1f}",
                    "{1:.1f} to {2:.1f}".format(*row["times"]["whole"]),
                    *(milliseconds(row["seconds"][stage][0]) for stage in STAGES),
                )
                for row in rows
            ],
            left=2,
        ),
    ]
