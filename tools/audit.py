#!/usr/bin/env python3
"""Look the locked packages up in the known vulnerabilities (pip-audit): ``make audit``.

Ends with 1 where one is known. Where no data can be reached it says so and ends with 0: nothing was
found because nothing was looked up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
LOCKS = [TOP / "requirements.lock", TOP / "requirements-torch.lock"]


def audit(locks: list[Path]) -> list[dict[str, Any]]:
    """Return what pip-audit says of each package; it is installed for this alone.

    Raises:
        RuntimeError: it could not be installed or gave no report.
    """
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "pip-audit"]
        if subprocess.run(pip, capture_output=True, check=False).returncode:
            raise RuntimeError("pip-audit could not be installed")
        # One by one: with hashes in one of several files it wants them in all.
        return [package for lock in locks for package in _packages(lock, folder)]


def _packages(lock: Path, installed: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "-r", str(lock)]
    command += ["--format", "json", "--progress-spinner", "off"]
    environment = os.environ | {"PYTHONPATH": installed}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except json.JSONDecodeError as error:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"pip-audit gave no report: {last}") from error
    return packages


def summary(packages: list[dict[str, Any]]) -> tuple[list[str], int]:
    """Return the lines to print and the exit status."""
    looked_up = [each for each in packages if "skip_reason" not in each]
    if not looked_up:
        return ["audit: no data can be reached from here: nothing was looked up"], 0
    lines = [
        f"{each['name']} {each['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no version'}"
        for each in looked_up
        for found in each["vulns"]
    ]
    known = len(lines)
    lines.append(f"audit: {len(looked_up)} of {len(packages)} packages looked up, {known} known")
    return lines, int(known > 0)


def main() -> int:
    """Run from the command line; return the exit status."""
    try:
        lines, status = summary(audit(LOCKS))
    except RuntimeError as error:
        lines, status = [f"audit: {error}: nothing was looked up"], 0
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
