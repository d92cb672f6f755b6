#!/usr/bin/env python3
"""Write requirements.lock: what requirements.in resolves to now, for the running Python.

Left out are CUDA's packages, which torch itself pins where its CUDA build is installed, and the
local part of a version (``+cpu``), so that the same file serves every build of torch.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CUDA = re.compile(r"^(nvidia-.*|cuda-.*|triton)$")
HEADER = "# Made from requirements.in by tools/lock_requirements.py. Serves Python 3.11 and 3.12.\n"


def resolve(requirements: Path) -> list[tuple[str, str]]:
    """Return (name, version) of all that ``requirements`` would bring to an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        subprocess.run([*pip, "--report", str(report), "-r", str(requirements)], check=True)
        chosen = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    return [(item["name"], item["version"]) for item in chosen]


def lock_text(packages: list[tuple[str, str]]) -> str:
    """Return the lock file's text for (name, version) pairs."""
    names = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in packages}
    lines = [
        f"{name}=={names[name].split('+')[0]}\n" for name in sorted(names) if not CUDA.match(name)
    ]
    return HEADER + "".join(lines)


if __name__ == "__main__":
    (TOP / "requirements.lock").write_text(lock_text(resolve(TOP / "requirements.in")))
