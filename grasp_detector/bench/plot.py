"""Stages before and after, and engines beside their floors, as a picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from grasp_detector.bench.floor import floor
from grasp_detector.bench.frames import STAGES
from grasp_detector.errors import InputError
from grasp_detector.files import write_whole

_COLOURS = ("#7f9cc0", "#d98c5f", "#8fb58a")


def write_plot(figures: dict[str, Any], path: Path) -> None:
    """Write the picture as PNG.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("the plot needs matplotlib: pip install grasp_detector[bench]") from error
    picture = Figure(figsize=(10, 3.4), layout="constrained", dpi=100)
    left, right = picture.subplots(1, 2)

    rows = figures["before_after"]["rows"]
    frames = {f"{name}\n{row['engine']}": row["stages"] for name, row in rows.items()}
    begin = np.zeros(len(frames))
    for stage, colour in zip(STAGES, _COLOURS, strict=True):
        wide = np.array([1e3 * stages[stage][0] for stages in frames.values()])
        left.barh(list(frames), wide, left=begin, label=stage, color=colour)
        begin += wide
    left.invert_yaxis()
    left.set_xlabel("ms a frame, 640x480 with depth and poses")
    left.legend(frameon=False)

    bench = figures["bench"]
    most = bench["machine"]["cores"]
    alone = [row for row in bench["engines"] if (row["threads"], row["batch"]) == (most, 1)]
    names = [row["engine"] for row in alone]
    median, low, high = 1e3 * np.array([row["seconds"] for row in alone]).T
    right.barh(names, median, xerr=(median - low, high - median), color=_COLOURS[0], capsize=3)
    for index, name in enumerate(names):
        least = floor(bench, name, most)
        if least is not None:
            right.plot([1e3 * least] * 2, [index - 0.4, index + 0.4], color="black")
    right.set_xscale("log")
    right.set_xticks([1, 2, 5, 10, 20, 50], labels=["1", "2", "5", "10", "20", "50"])
    right.invert_yaxis()
    right.set_xlabel("ms, the network alone; quartiles; line: the floor")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    buffer = BytesIO()
    # Without the date and matplotlib's version the same figures give the same file.
    picture.savefig(buffer, format="png", metadata={"Software": None})
    write_whole(path, buffer.getvalue())
