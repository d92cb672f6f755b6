"""What this process runs on, as Linux and other systems tell it."""

import os

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
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert hardware.cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    assert hardware.cores() == (os.cpu_count() or 1)


def test_versions_are_of_what_is_installed() -> None:
    found = hardware.versions(("numpy", "not-to-be-found"))
    assert set(found) == {"numpy"}
