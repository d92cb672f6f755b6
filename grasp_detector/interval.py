"""How sure a share is that was counted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

_Z = 1.96  # standard deviations of a normal distribution within which 95 % lie


def share_interval(hits: Sequence[bool], groups: Sequence[Hashable]) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson's, which needs no successes and failures both.

    Trials of a group are alike and tell less than as many of different ones: by how much is
    estimated from the variance between groups, and they count as that many fewer.

    Args:
        hits: what succeeded; at least one.
        groups: of each, what its trial has in common with others.

    Returns:
        Least and greatest, 0 to 1.
    """
    held = np.asarray(hits, dtype=np.float64)
    count, share = len(held), float(held.mean())
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    excess = np.bincount([numbers[group] for group in groups], held - share)
    between = float((excess**2).sum()) / count**2
    alone = share * (1 - share) / count
    # Where all succeeded, or all failed, no more is known than that the groups did.
    effective = count * min(1.0, alone / between) if between > 0 else len(numbers)
    z2 = _Z**2 / effective
    middle = (share + z2 / 2) / (1 + z2)
    half = float(np.sqrt(share * (1 - share) * z2 + z2**2 / 4)) / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)
