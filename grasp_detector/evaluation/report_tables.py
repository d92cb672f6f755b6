"""The tables of the report: the paper's two, the sweep, confusion and calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from grasp_detector.data import FOLDS, UNKNOWN, categories
from grasp_detector.data.folds import Split
from grasp_detector.evaluation.chosen import SPLITS, Chosen
from grasp_detector.evaluation.deal import Deal
from grasp_detector.evaluation.markdown import NONE, duration, over_folds, percent, table
from grasp_detector.evaluation.results import Result
from grasp_detector.evaluation.statistics import (
    THRESHOLDS,
    calibration,
    confusion,
    object_interval,
    summarise,
)
from grasp_detector.evaluation.table import Figures


def _cell(chosen: Chosen, split: Split, share: Callable[[Result], float | None]) -> str:
    """Mean and deviation, and how many folds are missing."""
    if split not in chosen.row.splits:
        return NONE
    shares = chosen.shares(split, share)
    if not chosen.on(split):
        return "not run"
    if not shares:
        return NONE
    count = "" if len(shares) == FOLDS else f" ({len(shares)} of {FOLDS} folds)"
    return over_folds(shares) + count


def _accuracy(threshold: float) -> Callable[[Result], float]:
    return lambda result: summarise(result.verdicts).accuracy[threshold]


def _classification(result: Result) -> float | None:
    return summarise(result.verdicts).classification


def _figures(figures: Figures) -> str:
    return " / ".join(f"{figures[split]:.1f}" for split in SPLITS) if figures else NONE


def rectangles_table(rows: Sequence[Chosen]) -> list[str]:
    """All rows by the rectangle metric, with intervals and times."""
    lines = [
        "## Rectangle metric",
        "",
        "The form of the paper's Table I. The interval is of 95 %, of the pictures of all folds "
        "that were run object-wise (Wilson's; pictures of one object tell less).",
        "",
    ]
    body = []
    for each in rows:
        verdicts = each.verdicts("object")
        interval = " to ".join(map(percent, object_interval(verdicts))) if verdicts else NONE
        body.append(
            [
                each.row.title,
                *(_cell(each, split, _accuracy(THRESHOLDS[0])) for split in SPLITS),
                interval,
                _time(each),
                _figures(each.row.paper),
                each.row.paper_time or NONE,
            ]
        )
    head = ["", "image-wise", "object-wise", "interval", "time a picture"]
    head += ["the paper, image / object", "the paper's time"]
    lines += table(head, body)
    lines += [
        "Among the better ones since, of the full data with depth and by their own protocol: 96.0 "
        "image-wise, 96.1 object-wise (Chu, Xu and Vela, *Real-world Multi-object, Multi-grasp "
        "Detection*, RA-L 2018).",
        "",
    ]
    return lines


def _time(chosen: Chosen) -> str:
    return NONE if chosen.seconds is None else duration(chosen.seconds)


def speed(rows: Sequence[Chosen], detailed: Chosen) -> list[str]:
    """How much faster than the slowest the detailed row is."""
    lines = [
        "Time is from the camera's picture to the grasp, one picture at a time: the median of a "
        "row's runs, on whichever of the machines that the last section names, beside as much "
        "other work as it says.",
        "",
    ]
    slowest = max(rows, key=lambda each: each.seconds or 0.0)
    if slowest.seconds and detailed.seconds and slowest is not detailed:
        times = slowest.seconds / detailed.seconds
        lines += [
            f"{slowest.row.title} takes {times:.0f} times as long as {detailed.row.title}. They "
            "were not timed side by side; `grasp-detector bench` does that.",
            "",
        ]
    return lines


def sweep_table(rows: Sequence[Chosen]) -> list[str]:
    """The rows that were run, at every threshold."""
    lines = ["## Jaccard sweep", "", "Correct at greater Jaccard indices, of the folds run.", ""]
    for split in SPLITS:
        body = [
            [
                each.row.title,
                *(over_folds(each.shares(split, _accuracy(t))) for t in THRESHOLDS),
                f"{len(each.on(split))} of {FOLDS}",
            ]
            for each in rows
            if each.on(split)
        ]
        if body:
            lines += table([f"{split}-wise", *(f"> {t:.2f}" for t in THRESHOLDS), "folds"], body)
    return lines


def classes_table(rows: Sequence[Chosen], folds: Deal, paper_most_common: float) -> list[str]:
    """The rows that classify, and what it is worth to say the most common class always."""
    truth = np.array([p.truth for p in folds.pictures.values() if p.truth != UNKNOWN])
    share = percent(np.bincount(truth).max() / len(truth)) if len(truth) else NONE
    body = [
        ["Most common class", share, share, " / ".join([f"{paper_most_common:.1f}"] * 2)],
        *(
            [
                each.row.title,
                *(_cell(each, split, _classification) for split in SPLITS),
                _figures(each.row.paper_classes),
            ]
            for each in rows
            if any(each.shares(split, _classification) for split in SPLITS)
        ),
    ]
    return [
        "## Classification",
        "",
        f"The form of the paper's Table II: the class of the best grasp, of {len(categories())}. "
        "The categories are ours: the paper does not list its own.",
        "",
        *table(["", "image-wise", "object-wise", "the paper, image / object"], body),
    ]


def confusion_table(detailed: Chosen) -> list[str]:
    """Which category was taken for which, object-wise and image-wise."""
    names = categories()
    lines = []
    for split in reversed(SPLITS):
        matrix = confusion(detailed.verdicts(split), len(names))
        if not matrix.any():
            continue
        body = [
            [
                f"{number} {name}",
                *(str(count) if count else "" for count in matrix[number].tolist()),
                percent(matrix[number, number] / total) if (total := matrix[number].sum()) else "",
            ]
            for number, name in enumerate(names)
        ]
        lines += [
            f"### {detailed.row.title}, {split}-wise: what was taken for what",
            "",
            f"Pictures of {len(detailed.on(split))} of {FOLDS} folds; rows are true, columns "
            "answers.",
            "",
            *table(["", *map(str, range(len(names))), "%"], body),
        ]
    return lines


def calibration_table(detailed: Chosen) -> list[str]:
    """Success by confidence: whether confidence can be believed."""
    lines = ["## Confidence", ""]
    if not detailed.results:
        return [*lines, f"{detailed.row.title}: not run.", ""]
    lines += [f"{detailed.row.title}: how often a grasp of such confidence is correct.", ""]
    head = ["confidence", "pictures", "mean confidence", "correct"]
    for split in SPLITS:
        body = [
            [
                f"{each.low:.1f} to {each.high:.1f}",
                str(each.pictures),
                percent(each.confidence),
                percent(each.correct),
            ]
            for each in calibration(detailed.verdicts(split))
        ]
        if body:
            lines += table([f"{split}-wise, {head[0]}", *head[1:]], body)
    return lines
