"""Pairs by their stamps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rclpy.time import Time

from grasp_detector.ros import synchronizer

SLOP = 0.02
# Milliseconds, with many close to each other and to the slop.
arrivals = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 120)), max_size=40)


def message(stamp_ms: int) -> Any:
    return SimpleNamespace(
        header=SimpleNamespace(stamp=Time(nanoseconds=stamp_ms * 1_000_000).to_msg()), at=stamp_ms
    )


def pairs(
    module: Any, prefix: str, sequence: list[tuple[int, int]], queue: int = 5
) -> list[tuple[int, int]]:
    """What a synchronizer of ``module`` makes of messages (input, stamp)."""
    filters = [getattr(module, f"{prefix}SimpleFilter")() for _ in range(2)]
    matched: list[tuple[int, int]] = []
    matcher = getattr(module, f"{prefix}ApproximateTimeSynchronizer")(filters, queue, SLOP)
    matcher.registerCallback(lambda color, depth: matched.append((color.at, depth.at)))
    for index, stamp in sequence:
        filters[index].signalMessage(message(stamp))
    return matched


def stand_in(sequence: list[tuple[int, int]], queue: int = 5) -> list[tuple[int, int]]:
    return pairs(synchronizer, "_", sequence, queue)


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ([(0, 100), (1, 100)], [(100, 100)]),
        ([(1, 100), (0, 100)], [(100, 100)]),
        ([(0, 100), (1, 119)], [(100, 119)]),
        ([(0, 100), (1, 120)], []),  # a whole slop apart
        ([(0, 100), (0, 110), (1, 112)], [(110, 112)]),  # the nearest
        ([(0, 100), (1, 100), (1, 101)], [(100, 100)]),  # each only once
        ([(0, 0), (0, 33), (1, 34), (1, 67), (0, 66), (1, 100)], [(33, 34), (66, 67)]),
        ([], []),
    ],
)
def test_pairs(sequence: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    assert stand_in(sequence) == expected


def test_the_oldest_gives_way_when_the_queue_is_full() -> None:
    waiting = [(0, 100 * number) for number in range(1, 7)]
    assert stand_in([*waiting, (1, 100)], queue=5) == []
    assert stand_in([*waiting, (1, 200)], queue=5) == [(200, 200)]


def test_an_error_in_a_callback_does_not_lock_it() -> None:
    filters = [synchronizer._SimpleFilter() for _ in range(2)]
    matcher = synchronizer._ApproximateTimeSynchronizer(filters, 5, SLOP)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    matcher.registerCallback(fail)
    for stamp in (100, 200):
        filters[0].signalMessage(message(stamp))
        with pytest.raises(ZeroDivisionError):
            filters[1].signalMessage(message(stamp))


@given(arrivals)
def test_pairs_are_close_and_of_messages_that_came(sequence: list[tuple[int, int]]) -> None:
    for color, depth in stand_in(sequence):
        assert abs(color - depth) < SLOP * 1000
        assert (0, color) in sequence
        assert (1, depth) in sequence


@given(arrivals, st.integers(1, 6))
def test_the_same_pairs_as_the_real_one(sequence: list[tuple[int, int]], queue: int) -> None:
    real = pytest.importorskip("message_filters", reason="message_filters is not installed")
    assert stand_in(sequence, queue) == pairs(real, "", sequence, queue)
