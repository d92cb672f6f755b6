"""The C library's heap, told to keep what a training step frees for the next."""

from __future__ import annotations

import ctypes

# Of mallopt(3), in glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_PAD = 100_000_000  # bytes taken from the system at a time


def keep_freed_memory() -> None:
    """Let this process keep memory that is freed, from now on, where its C library can be told.

    As glibc comes, it gives large blocks back to the system at once. A step on a CPU takes and
    frees hundreds of megabytes, and the system fills every page anew with zeros.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_MAX, 0)  # large blocks are of the heap, too
        mallopt(_TRIM_THRESHOLD, -1)  # whose end is never given back
        mallopt(_TOP_PAD, _PAD)
