"""The soak in its short form: the node answers a camera for some seconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from soak import Soak, draw, main, soak

# Patient: whether the machine keeps up is not the question here.
PATIENT = {"image_reliability": "reliable", "image_queue": 100, "backlog": 100, "sync_queue": 100}


def test_no_pair_is_lost_and_memory_stays(weights: Path) -> None:
    result = soak(0.25, 10.0, PATIENT | {"weights": weights})
    assert result.published == 150
    assert result.lost == 0
    assert len(result.memory_mb) == len(result.shared_mb) == len(result.load) == 15
    assert all(0 < s < m for s, m in zip(result.shared_mb, result.memory_mb, strict=True))
    assert abs(result.growth_mb) < 20.0
    assert 0 < result.latency_ms["p50"] <= result.latency_ms["p99"]
    assert int(result.reported["pairs answered"]) >= 140


def measured(lost: list[float], memory: list[float]) -> Soak:
    return Soak(
        minutes=1.0,
        rate=30.0,
        published=1800,
        answered=1800 - len(lost),
        lost_at=lost,
        memory_mb=memory,
        shared_mb=[10.0] * len(memory),
        load=[1.0] * len(memory),
        latency_ms={"p50": 9.0, "p99": 12.0},
    )


@pytest.mark.parametrize(("lost", "last", "status"), [(0, 104, 0), (1, 104, 1), (0, 106, 1)])
def test_losses_and_growth_fail_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lost: int, last: int, status: int
) -> None:
    memory = [150.0] * 6 + [100.0] * 6 + [float(last)] * 48
    result = measured([7.0] * lost, memory)
    monkeypatch.setattr("soak.soak", lambda *_: result)
    picture, numbers = tmp_path / "new" / "soak.png", tmp_path / "soak.json"
    given = ["--minutes", "1", "--picture", str(picture), "--json", str(numbers)]
    assert main(given) == status
    assert json.loads(numbers.read_text())["memory_mb"] == memory
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_picture_shows_losses(tmp_path: Path) -> None:
    sizes = []
    for lost in ([], [20.0, 30.0]):
        draw(measured(lost, [100.0] * 60), tmp_path / "a.png")
        sizes.append((tmp_path / "a.png").read_bytes())
    assert sizes[0] != sizes[1]
