"""How sure a share is that was counted, and a gain of one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Z = 1.96  # standard deviations of a normal distribution within which 95 % lie
_DRAWS = 4000

Group = TypeVar("Group", int, str)

CONFIDENCE_BINS = tuple(pairwise((0.0, 0.2, 0.4, 0.6, 0.8, 1.0)))
"""Bounds between which success is told by confidence; the lower one is in, of the last both are."""


def in_bin(confidence: float, low: float, high: float) -> bool:
    """Whether a confidence lies in one of `CONFIDENCE_BINS`."""
    return low <= confidence and (confidence < high or high == CONFIDENCE_BINS[-1][1])


@dataclass(frozen=True)
class Share:
    """A share that was counted, and its 95 % interval, see `share_interval`."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.hits / self.of


def share_of(hits: Sequence[bool], groups: Sequence[Hashable]) -> Share:
    """Count what succeeded; the arguments are those of `share_interval`."""
    return Share(sum(hits), len(hits), *share_interval(hits, groups))


def paired_gain(
    first: Sequence[tuple[Group, bool]], second: Sequence[tuple[Group, bool]]
) -> tuple[float, tuple[float, float]]:
    """By how much more of the first succeeded, and the 95 % interval, see `gain_interval`.

    Args:
        first: of each try its group and whether it succeeded; at least one.
        second: the same of others, in the same groups.
    """
    groups = sorted({group for group, _ in first})
    ours, theirs = (
        np.array([np.mean([hit for own, hit in part if own == group]) for group in groups])
        for part in (first, second)
    )
    gains = ours - theirs
    return float(gains.mean()), gain_interval(gains, len(first) / len(groups))


def share_interval(hits: Sequence[bool], groups: Sequence[Hashable]) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson's, which needs no successes and failures both.

    Trials of a group are alike and tell less than as many of different ones: by how much is
    estimated from the variance between groups, and they count as that many fewer. A few failures
    tell hardly anything of it, and none at all nothing; so trials of a group are taken to correlate
    by one half at least, which is the best guess where nothing is known. A group then tells no more
    than two trials of different ones, and none of the first few failures makes a bound stronger.

    A variance estimated from few groups may be too small, so Student's t takes the place of the
    normal distribution: with a degree of freedom less than there are groups where all of the
    variance is estimated, and with more where only part of it is (Satterthwaite). Where every group
    has one trial nothing is estimated, and this is Wilson's interval as it is.

    Args:
        hits: what succeeded; at least one.
        groups: of each, what its trial has in common with others.

    Returns:
        Least and greatest, 0 to 1.
    """
    held = np.asarray(hits, dtype=np.float64)
    count, share = len(held), float(held.mean())
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    owner = [numbers[group] for group in groups]
    others = max(1, len(numbers) - 1)
    # How many times the variance of different trials: where those of a group correlate by 1, and
    # as it was found; where they correlate by 1/2, it is half way from 1.
    alike = float((np.bincount(owner) ** 2).sum()) / count
    alone = share * (1 - share) * count
    between = float((np.bincount(owner, held - share) ** 2).sum()) * len(numbers) / others
    effect = float(np.clip(between / alone if alone > 0 else 0.0, (1 + alike) / 2, alike))
    z2 = _student((1 - 1 / effect) ** 2 / others) ** 2 * effect / count
    middle = (share + z2 / 2) / (1 + z2)
    half = float(np.sqrt(share * (1 - share) * z2 + z2**2 / 4)) / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def gain_interval(gains: NDArray[np.float64], tries: float) -> tuple[float, float]:
    """The 95 % interval of a mean gain: groups are resampled (bootstrap).

    What is drawn from few groups scatters less than they do, and how much they do is estimated:
    the deviations from the mean are widened by both. Where hardly a try differs, resampling alone
    takes what was not seen to be impossible. So each bound moves out, as independent errors add up,
    by what two tries more would tell, of which one is won and the other lost (Bonett and Price's
    interval of paired shares adds these two).

    Args:
        gains: ``(G,)``, of every group the difference of two shares; at least one.
        tries: in a group, on the average.

    Returns:
        Least and greatest, -1 to 1; these, if there is one group alone.
    """
    if len(gains) == 1:
        return -1.0, 1.0
    count, mean = len(gains), float(gains.mean())
    drawn = np.random.default_rng(0).integers(count, size=(_DRAWS, count))
    student = _student(1 / (count - 1))
    wider = float(np.sqrt(count / (count - 1))) * student / _Z
    bounds = wider * (np.percentile(gains[drawn].mean(axis=1), [2.5, 97.5]) - mean)
    unseen = student * float(np.sqrt(2)) / (count * tries)
    low, high = mean + np.array([-1.0, 1.0]) * np.hypot(bounds, unseen)
    return max(-1.0, float(low)), min(1.0, float(high))


def _student(rarity: float) -> float:
    """Deviations within which 95 % of Student's t lie.

    Args:
        rarity: 1 by the degrees of freedom, 0 to 1; 0 = the normal distribution.
    """
    if rarity == 0.0:
        return _Z
    # Wallace's approximation, which is not too small: with three degrees it is 1 % too large, with
    # two 4 %, with one, which tells next to nothing anyway, 38 %.
    z = _Z * (8 + 3 * rarity) / (8 + rarity)
    return float(np.sqrt(np.expm1(z**2 * rarity) / rarity))
