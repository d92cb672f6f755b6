"""The results as a page: the form of the paper's tables, beside the paper's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grasp_detector.data import FOLDS
from grasp_detector.evaluation.chosen import SPLITS, Chosen, choose
from grasp_detector.evaluation.deal import FILE, Deal
from grasp_detector.evaluation.markdown import NONE, duration, table
from grasp_detector.evaluation.report_tables import (
    calibration_table,
    classes_table,
    confusion_table,
    rectangles_table,
    speed,
    sweep_table,
)
from grasp_detector.evaluation.results import Result, Run, experiment_hash
from grasp_detector.evaluation.table import Table


def write_report(plan: Table, folds: Deal, results: Mapping[Run, Result], notes: str = "") -> str:
    """The page.

    Args:
        plan: the rows.
        folds: the data set as it was dealt.
        results: all that are stored.
        notes: what still fails and why, Markdown written by hand; "" = nothing yet.
    """
    rows = [choose(row, results) for row in plan.rows]
    detailed = next(each for each in rows if each.row.name == plan.detailed)
    lines = [
        *_head(folds),
        *rectangles_table(rows),
        *speed(rows, detailed),
        *sweep_table(rows),
        *classes_table(rows, folds, plan.most_common_class),
        *confusion_table(detailed),
        *calibration_table(detailed),
        "## What still fails, and why",
        "",
        notes.strip() or "Not written yet.",
        "",
        *_runs(rows),
        *_commands(),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(folds: Deal) -> list[str]:
    objects = {picture.object_id for picture in folds.pictures.values()}
    known = f" of {len(objects)} objects" if "" not in objects else ""
    return [
        "# Results",
        "",
        "Written by `grasp-detector table` from the files in [results/](results/); change neither "
        "by hand.",
        "",
        f"Data: **{folds.data}**, {len(folds.pictures)} pictures{known} "
        f"(SHA-256 {folds.fingerprint[:12]}). Figures are of these data; the paper's, "
        "printed beside them, are of the full Cornell data set with depth: not the same thing.",
        "",
        "Protocol: one grasp a picture, the fixed central crop, no augmentation; correct where the "
        "exact Jaccard index with a labelled rectangle is greater than 0.25 and the angle within "
        f"30 degrees modulo pi. {FOLDS} folds by picture and by object, dealt with seed "
        f"{folds.folds_seed} ([which picture is where](results/{FILE})); a fresh network a fold, "
        "the last epoch's weights. Percent, mean ± standard deviation over the folds that were "
        "run.",
        "",
    ]


def _runs(rows: Sequence[Chosen]) -> list[str]:
    lines = ["## Runs", ""]
    body = []
    for each in rows:
        counts = [
            f"{len(each.on(split))} of {FOLDS}" if split in each.row.splits else NONE
            for split in SPLITS
        ]
        training = [result.training_seconds for result in each.results]
        loads = [result.time.load for result in each.results]
        body.append(
            [
                each.row.title,
                each.row.source,
                experiment_hash(each.results[0].experiment) if each.results else NONE,
                *counts,
                duration(float(np.mean(training))) if training else NONE,
                ", ".join(sorted({result.time.engine for result in each.results})) or NONE,
                f"{min(loads):.1f} to {max(loads):.1f}" if loads else NONE,
            ]
        )
    head = ["", "experiment", "hash", "image-wise folds", "object-wise folds", "training a fold"]
    lines += table([*head, "timed with", "at a load of"], body, 3)
    total = sum(FOLDS * len(each.row.splits) for each in rows)
    there = sum(len(each.results) for each in rows)
    if there < total:
        lines += [f"{total - there} of {total} runs are missing.", ""]
    lines += [f"- {each.row.title}: {said}." for each in rows if (said := _remarks(each))]
    machines = sorted({result.machine for each in rows for result in each.results})
    software = sorted(
        {", ".join(map(" ".join, r.versions.items())) for each in rows for r in each.results}
    )
    lines += ["", f"Machines: {'; '.join(machines)}.", ""]
    lines += [*(f"Software: {name}." for name in software), ""]
    return lines


def _remarks(chosen: Chosen) -> str:
    """What else is to be said of a row's runs."""
    missing = len(chosen.results) < FOLDS * len(chosen.row.splits)
    remarks = [
        f"needs {chosen.row.needs}" if missing and chosen.row.needs else "",
        "shown is an earlier state of its experiment" if chosen.earlier else "",
        f"{chosen.left_out} results of another state are left out" if chosen.left_out else "",
    ]
    return "; ".join(remark for remark in remarks if remark)


def _commands() -> list[str]:
    return [
        "## Again",
        "",
        "    grasp-detector table --data /path/to/cornell  # every run that is missing",
        "    grasp-detector table --report                 # this page alone",
        "    grasp-detector table --data /path/to/cornell --report --gallery gallery --only dense",
        "",
        "A run that was stopped goes on; several processes share the work.",
    ]
