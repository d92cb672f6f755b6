"""docs/performance.md and its plot, out of the stored figures beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grasp_detector.bench.others import others_goals, others_lines
from grasp_detector.bench.table import engine_rows, milliseconds
from grasp_detector.errors import InputError
from grasp_detector.evaluation.beside import check_page, page_path, write_beside
from grasp_detector.evaluation.markdown import percent, table

_PARTS = ("bench", "over_dds", "before_after", "accuracy", "others")
COMMAND = "make bench"
NOTES = "notes.md"
"""In the folder of the figures: what bounds each row and what did not help, written by hand."""
_FRAME_GOAL, _P50_GOAL, _P99_GOAL, _MEMORY_GOAL, _START_GOAL = 8e-3, 15e-3, 33e-3, 500.0, 2.0


def write_page(folder: Path) -> Path:
    """Write the page of a folder of figures, ``docs/performance.md`` of ``docs/performance``.

    Raises:
        InputError: figures are missing or damaged, or the page is not ours.
    """
    from grasp_detector.bench.plot import write_plot

    text = page_text(folder)
    check_page(folder, COMMAND)
    write_plot(_read(folder), folder / "stages.png")
    return write_beside(folder, text, COMMAND)


def page_text(folder: Path) -> str:
    """What the page should say; errors as `write_page`."""
    figures, name = _read(folder), page_path(folder).stem
    bench, dds = figures["bench"], figures["over_dds"]
    try:
        notes = (folder / NOTES).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{str(folder / NOTES)!r} cannot be read") from error
    lines = [
        "# Performance",
        "",
        f"Written by `{COMMAND}` from the figures in [{name}/]({name}/) and the notes there; "
        f"change {name}/{NOTES}, not this page.",
        "",
        *_machine(bench["machine"]),
        *_goals(bench, dds, figures["others"]),
        "## The way of a frame, before and after",
        "",
        *_stages(figures["before_after"]),
        f"![Stages and engines]({name}/stages.png)",
        "",
        "## Over DDS",
        "",
        *_over_dds(dds),
        "## Engines",
        "",
        *_engines(bench),
        *_accuracy(figures["accuracy"]),
        "## Networks",
        "",
        *_networks(bench),
        *others_lines(figures["others"]),
        notes.strip(),
    ]
    return "\n".join(lines) + "\n"


def _read(folder: Path) -> dict[str, Any]:
    try:
        return {name: json.loads((folder / f"{name}.json").read_bytes()) for name in _PARTS}
    except (OSError, ValueError) as error:
        raise InputError(f"{str(folder)!r} lacks figures: {error}; make bench") from error


def _machine(machine: dict[str, Any]) -> list[str]:
    has = [name for name, key in (("bfloat16", "bf16"), ("int8", "int8")) if machine[key]]
    kind = "a shared virtual machine" if machine["virtual"] else "a machine"
    versions = ", ".join(f"{name} {each}" for name, each in machine["versions"].items())
    return [
        f"Measured on {kind} with {machine['cores']} cores of an {machine['processor']}"
        + (f" (with {' and '.join(has)} instructions)" if has else "")
        + f"; {versions}. What is compared was measured in turns; figures are medians, some with "
        "their quartiles. Engines and networks were measured with "
        f"{_company(machine)}.",
        "",
    ]


def _company(machine: dict[str, Any]) -> str:
    """What else the machine had to do when a measurement ended, its own work included."""
    load = f"the machine's load at {machine['load']:.1f}"
    if not machine["realtime"]:
        return load
    return (
        f"{load} of others, before whom it ran at real-time priority, but for what is said to be "
        "beside a busy core"
    )


def _goals(bench: dict[str, Any], dds: dict[str, Any], others: dict[str, Any]) -> list[str]:
    frame = _chosen(bench["frames"])
    busy = next(row for row in bench["busy_frames"] if row["engine"] == frame["engine"])
    by_name = {row["name"]: row for row in dds["rows"]}
    camera, pressed = by_name["30 Hz"], by_name["30 Hz, one core kept busy"]
    start = next(row for row in bench["starts"] if row["engine"] == frame["engine"])
    lost = camera["published"] - camera["answered"]
    rows = [
        (
            "`detect(rgb, depth)`, 640x480, whole, with poses, median",
            "8 ms",
            f"{milliseconds(frame['seconds'][0])} ms",
            frame["seconds"][0] <= _FRAME_GOAL,
        ),
        (
            "stamp to `/grasps` at 30 Hz, p50",
            "15 ms",
            f"{milliseconds(camera['p50'][0])} ms",
            camera["p50"][0] <= _P50_GOAL,
        ),
        (
            "the same, p99",
            "33 ms",
            f"{milliseconds(camera['p99'][0])} ms",
            camera["p99"][0] <= _P99_GOAL,
        ),
        ("pairs lost", "0", f"{lost} of {camera['published']}", lost == 0),
        (
            "`detect` beside a busy core",
            "16 ms",
            f"{milliseconds(busy['seconds'][0])} ms",
            busy["seconds"][0] <= 2 * _FRAME_GOAL,
        ),
        (
            "stamp to `/grasps` beside a busy core, p50 and p99",
            "30 and 66 ms",
            f"{milliseconds(pressed['p50'][0])} and {milliseconds(pressed['p99'][0])} ms",
            pressed["p50"][0] <= 2 * _P50_GOAL and pressed["p99"][0] <= 2 * _P99_GOAL,
        ),
        (
            "the node's memory",
            "500 MB",
            f"{camera['memory_mb']:.0f} MB",
            camera["memory_mb"] <= _MEMORY_GOAL,
        ),
        (
            "start of a process to its first grasps, export kept",
            "2 s",
            f"{start['seconds'][0]:.2g} s",
            start["seconds"][0] <= _START_GOAL,
        ),
        *others_goals(others),
    ]
    return table(
        ("on two cores", "goal", "measured", "reached"),
        [(what, goal, found, "yes" if reached else "no") for what, goal, found, reached in rows],
    )


def _chosen(frames: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of the engine that "auto" takes, by these times."""
    from grasp_detector.detector.choice import choose

    rows = {row["engine"]: row for row in frames}
    return rows[choose({name: row["seconds"][0] for name, row in rows.items()})]


def _stages(compared: dict[str, Any]) -> list[str]:
    rows = compared["rows"]
    stages = list(next(iter(rows.values()))["stages"])
    return [
        f"Both in turns, with {_company(compared['machine'])}.",
        "",
        *table(
            ("milliseconds, median", *stages),
            [
                (
                    f"{name} ({row['engine']})",
                    *(milliseconds(row["stages"][each][0]) for each in stages),
                )
                for name, row in rows.items()
            ],
        ),
    ]


def _over_dds(dds: dict[str, Any]) -> list[str]:
    return [
        "A camera, the node and a watcher are processes of their own; latency is from the stamp, "
        "given right before publishing, to the watcher's callback. Each case ran "
        f"{dds['rounds']} times for {dds['seconds']:.0f} s, in turns: the median of the runs, "
        f"with {_company(dds['machine'])} right after the last.",
        "",
        *table(
            ("", "p50, ms", "p99, ms", "pairs", "lost", "node's memory, MB"),
            [
                (
                    row["name"],
                    milliseconds(row["p50"][0]),
                    milliseconds(row["p99"][0]),
                    str(row["published"]),
                    str(row["published"] - row["answered"]),
                    f"{row['memory_mb']:.0f}",
                )
                for row in dds["rows"]
            ],
        ),
    ]


def _engines(bench: dict[str, Any]) -> list[str]:
    cost, most = bench["cost"], bench["machine"]["cores"]
    rates = bench["rates"][str(most)]
    said = ", ".join(f"{name} {rate / 1e9:.0f}" for name, rate in rates.items())
    lines = [
        f"The shipped network multiplies and adds {cost['macs'] / 1e6:.0f} million times a picture "
        f"({cost['depthwise'] / 1e6:.0f} million of them depthwise), has "
        f"{cost['weights'] / 1e6:.1f} MB of weights, and its layers read and write "
        f"{cost['activations'] / 1e6:.0f} MB of activations (float32, nothing fused). Of a matrix "
        f"product of 1024 x 1024 the runtimes make, in thousand million operations a second on "
        f"{most} threads: {said}; memory moves {bench['bandwidth'] / 1e9:.0f} GB/s. The floor, "
        "by these rates, is the larger of operations over that rate and weights over the "
        "bandwidth.",
        "",
        *table(
            ("the network alone, ms a picture", "threads", "batch", "median", "quartiles", "floor"),
            engine_rows(bench),
        ),
    ]
    starts = {row["engine"]: row for row in bench["starts"]}
    busy = {row["engine"]: row for row in bench["busy_frames"]}
    lines += table(
        (
            "a whole frame, ms",
            "median",
            "p99",
            "fuse",
            "infer",
            "decode",
            "beside a busy core",
            "start, s",
            "memory, MB",
        ),
        [
            (
                row["engine"],
                milliseconds(row["seconds"][0]),
                milliseconds(row["p99"]),
                *(milliseconds(each[0]) for each in row["stages"].values()),
                milliseconds(busy[row["engine"]]["seconds"][0]),
                f"{starts[row['engine']]['seconds'][0]:.2f}",
                f"{starts[row['engine']]['memory_mb']:.0f}",
            )
            for row in bench["frames"]
        ],
    )
    window = bench["sliding_window"]
    times = window["seconds"][0] / _chosen(bench["frames"])["seconds"][0]
    return [
        *lines,
        f"The sliding window, {window['windows']} windows in torch, takes "
        f"{milliseconds(window['seconds'][0])} ms a picture: {times:.0f} times as long as a whole "
        "frame of the fastest engine that keeps the accuracy.",
        "",
    ]


def _accuracy(figures: dict[str, Any]) -> list[str]:
    rows = figures["rows"]
    thresholds = list(rows[0]["accuracy"])
    return [
        "### What precision costs",
        "",
        f"`weights/{figures['weights']}` on what its training held out ({figures['held_out']}), "
        f"{figures['pictures']} pictures of Cornell, in percent; one picture is "
        f"{100 / figures['pictures']:.1f}. int8 is calibrated with made-up pictures, as by itself.",
        "",
        *table(
            ("", *(f"> {each}" for each in thresholds), "class"),
            [
                (
                    row["engine"],
                    *(percent(each) for each in row["accuracy"].values()),
                    percent(row["class"]) if row["class"] is not None else "-",
                )
                for row in rows
            ],
        ),
    ]


def _networks(bench: dict[str, Any]) -> list[str]:
    names = list(bench["networks"][0]["seconds"])
    return table(
        ("ms a picture, batch 1", "million multiplications", "weights, MB", *names),
        [
            (
                f"{row['backbone']}, {row['head']}",
                f"{row['cost']['macs'] / 1e6:.0f}",
                f"{row['cost']['weights'] / 1e6:.1f}",
                *(milliseconds(row["seconds"][name][0]) for name in names),
            )
            for row in bench["networks"]
        ],
    )
