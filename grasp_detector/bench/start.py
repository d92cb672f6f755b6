"""From nothing to the first grasps, in a process that is watched.

    python -m grasp_detector.bench.start WEIGHTS ENGINE

It prints what memory it has then, kB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grasp_detector import GraspDetector
from grasp_detector.bench.scene import DEPTH, INTRINSICS, RGB

if __name__ == "__main__":
    detector = GraspDetector(sys.argv[1], "cpu", sys.argv[2])
    detector.detect(RGB, DEPTH, intrinsics=INTRINSICS)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(status.split("VmRSS:")[1].split()[0])
