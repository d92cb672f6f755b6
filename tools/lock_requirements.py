#!/usr/bin/env python3
"""Write requirements.lock: what requirements.in resolves to now, with the hashes of all files.

torch stands in requirements-torch.lock, by its version only: its build differs from machine to
machine. So the local part of its version (``+cpu``) and CUDA's packages, which torch itself pins,
are left out. uv, which looks up the hashes, is installed for that into a folder of its own.
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
LOCK, TORCH = TOP / "requirements.lock", TOP / "requirements-torch.lock"


def resolve(requirements: Path) -> list[tuple[str, str]]:
    """Return (name, version) of all that ``requirements`` would bring to an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        subprocess.run([*pip, "--report", str(report), "-r", str(requirements)], check=True)
        chosen = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    return [(item["name"], item["version"]) for item in chosen]


def pins(packages: list[tuple[str, str]]) -> tuple[str, str]:
    """Return what (name, version) pairs pin, a line each: all but torch, and torch."""
    names = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in packages}
    lines = {
        name: f"{name}=={names[name].split('+')[0]}\n"
        for name in sorted(names)
        if not CUDA.match(name)
    }
    torch = lines.pop("torch", "")
    return "".join(lines.values()), torch


def hashed(lines: str) -> str:
    """Return the pins with the hashes of every file that the package index has of them."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "uv"]
        subprocess.run(pip, check=True)
        pinned, locked = Path(folder, "pinned.txt"), Path(folder, "locked.txt")
        pinned.write_text(lines)
        uv = [f"{folder}/bin/uv", "pip", "compile", "--quiet", "--universal", "--no-deps"]
        uv += ["--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11"]
        subprocess.run([*uv, str(pinned), "-o", str(locked)], check=True)
        return locked.read_text()


if __name__ == "__main__":
    others, torch = pins(resolve(TOP / "requirements.in"))
    LOCK.write_text(HEADER + hashed(others))
    TORCH.write_text(HEADER + torch)
