"""What this process runs on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def processor() -> str:
    """The processor's name."""
    return _told("model name") or platform.machine()


def processor_flags() -> frozenset[str]:
    """What the processor can do, in the kernel's words; none where it does not tell."""
    return frozenset(_told("flags").split())


def cores() -> int:
    """Those that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of those packages that are installed."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _told(name: str) -> str:
    """What the kernel tells of the first processor by this name; "" = nothing."""
    lines = (line.split(":", 1) for line in _cpuinfo() if ":" in line)
    return next((value.strip() for key, value in lines if key.strip() == name), "")


@lru_cache(1)
def _cpuinfo() -> tuple[str, ...]:
    try:
        return tuple(Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines())
    except OSError:
        return ()
