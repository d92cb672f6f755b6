"""Small pieces of Markdown: tables and figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

NONE = "-"
"""A cell that has nothing to say."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """Lines of a table; the first ``left`` columns are words, the others figures."""
    marks = ["---" if column < left else "---:" for column in range(len(head))]
    return [_line(head), _line(marks), *map(_line, rows), ""]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def percent(share: float) -> str:
    """A share as a percentage, without its sign."""
    return f"{100 * share:.1f}"


def over_folds(shares: Sequence[float]) -> str:
    """Mean and standard deviation of percentages over folds."""
    if not shares:
        return "not run"
    mean = percent(float(np.mean(shares)))
    return mean if len(shares) == 1 else f"{mean} ± {percent(float(np.std(shares, ddof=1)))}"


def duration(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    if seconds < 1:
        return f"{1e3 * seconds:.3g} ms"
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"
