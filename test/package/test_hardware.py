"""What this process runs on, as Linux and other systems tell it."""

import math
import os
from pathlib import Path

import pytest

from grasp_detector import hardware


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The kernel tells of a processor as here."""
    lines = (
        "processor\t: 0",
        "model name\t: Some CPU @ 2: fast",
        "flags\t\t: fpu avx2",
        "",
        "bugs:",
    )
    monkeypatch.setattr(hardware, "_cpuinfo", lambda: lines)
    return monkeypatch


def test_the_processor_is_named(told: pytest.MonkeyPatch) -> None:
    assert hardware.processor() == "Some CPU @ 2: fast"
    assert hardware.processor_flags() == {"fpu", "avx2"}


def test_where_the_kernel_does_not_tell_it_has_some_name(told: pytest.MonkeyPatch) -> None:
    told.setattr(hardware, "_cpuinfo", tuple)
    assert hardware.processor()
    assert hardware.processor_flags() == set()


def test_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_share", lambda _: math.inf)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert hardware.cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    assert hardware.cores() == (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "20000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu.max": "odd"}, 4),
        ({}, 4),
    ],
)
def test_a_containers_share_of_cores_counts(
    files: dict[str, str], cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    share = hardware._share(tmp_path)
    monkeypatch.setattr(hardware, "_share", lambda _: share)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert hardware.cores() == cores


def test_versions_are_of_what_is_installed() -> None:
    found = hardware.versions(("numpy", "not-to-be-found"))
    assert set(found) == {"numpy"}
