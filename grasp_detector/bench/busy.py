"""Keeps a core busy until it is ended: ``python -m grasp_detector.bench.busy CORE``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Compute nothing, all the time."""
    os.sched_setaffinity(0, {int(sys.argv[1])})
    while True:
        pass


if __name__ == "__main__":
    main()
