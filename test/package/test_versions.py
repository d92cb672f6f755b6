"""The version is the same wherever it is written."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import grasp_detector


def test_version_is_the_same_everywhere(top: Path) -> None:
    manifest = ElementTree.parse(top / "package.xml").findtext("version")
    setup = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "--version"],
        cwd=top,
        capture_output=True,
        text=True,
        check=True,
    )
    newest = re.search(r"^(\d+\.\d+\.\d+) \(", (top / "CHANGELOG.rst").read_text(), re.MULTILINE)
    assert newest is not None, "CHANGELOG.rst has no line like '0.1.0 (2026-01-31)'"
    assert grasp_detector.__version__ == manifest
    assert setup.stdout.split()[-1] == manifest
    assert newest.group(1) == manifest
