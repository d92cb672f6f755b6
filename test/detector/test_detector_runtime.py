"""The runtimes keep to their work: what a robot's process does is nobody else's business."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grasp_detector.cache import cache_folder
from grasp_detector.weights_path import default_weights

LOOK = """
import json, sys, threading
calls = []
OUT = {"os.fork", "socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}
sys.addaudithook(lambda event, args: calls.append(f"{event} {args}") if event in OUT else None)
import numpy as np
from grasp_detector.detector import GraspDetector
GraspDetector(sys.argv[1], engine=sys.argv[2]).detect(np.full((240, 320, 3), 99, np.uint8))
others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
print(json.dumps([others, calls]))
"""


@pytest.mark.parametrize("engine", ["onnx", "openvino", "torch"])
def test_a_runtime_calls_nobody_and_leaves_nothing_at_home(engine: str, tmp_path: Path) -> None:
    # With these it may be quiet in any case.
    told = {k: v for k, v in os.environ.items() if k not in ("CI", "ORT_DISABLE_TELEMETRY")}
    home = tmp_path / "home"
    home.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", LOOK, str(default_weights()), engine],
        env={**told, "HOME": str(home), "XDG_CACHE_HOME": str(cache_folder().parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    threads, calls = json.loads(ran.stdout.splitlines()[-1])
    assert (threads, calls) == ([], [])
    assert list(home.iterdir()) == []
