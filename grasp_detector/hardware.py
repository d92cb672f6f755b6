"""What this process runs on."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable
from contextlib import suppress
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
    """Those that this process may use, of its container's share, too (``docker --cpus``)."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux
    there = len(allowed(0)) if allowed else os.cpu_count() or 1
    return max(1, math.ceil(min(there, _share(Path("/sys/fs/cgroup")))))


def _share(groups: Path) -> float:
    """How many processors' time a container's group of processes gets; infinity where no limit is.

    Args:
        groups: where the kernel tells of them, in its second way or its first.
    """
    with suppress(OSError, ValueError):
        quota, period = (groups / "cpu.max").read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError):
        quota, period = (
            (groups / "cpu" / f"cpu.cfs_{n}_us").read_text() for n in ("quota", "period")
        )
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    return math.inf


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
