#!/usr/bin/env python3
"""Make the ROS wheels' CMake exports name this environment's Python and NumPy headers.

The wheels of the ROS message packages were built elsewhere, and their
``*__rosidl_generator_pyExport.cmake`` files name that machine's headers
(``/opt/python/cp311-cp311/include/python3.11;...``), so no package with messages can be built on
top of them. Run this with the Python that the wheels are installed in; run it again after NumPy or
Python changed (NumPy's include folder differs between 1.x and 2.x). Running it twice changes
nothing.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

EXPORTS = "share/*/cmake/*__rosidl_generator_pyExport.cmake"
# One entry of a CMake list in quotes: what precedes and follows it is a quote or a semicolon.
PYTHON_HEADERS = re.compile(r'(?<=[";])[^";]*/include/python3\.\d+(?=[";])')
NUMPY_HEADERS = re.compile(r'(?<=[";])[^";]*/numpy/_?core/include(?=[";])')


def mend(text: str, python_headers: str, numpy_headers: str) -> str:
    """Return an export file's ``text`` with these header folders in place of those it names."""
    # Functions as replacements: a replacement string would interpret backslashes in a path.
    text = PYTHON_HEADERS.sub(lambda _: python_headers, text)
    return NUMPY_HEADERS.sub(lambda _: numpy_headers, text)


def mend_prefix(prefix: Path, python_headers: str, numpy_headers: str) -> tuple[int, int]:
    """Mend every export file under ``prefix``; return how many were changed, and how many are."""
    files = sorted(prefix.glob(EXPORTS))
    changed = 0
    for file in files:
        before = file.read_text()
        after = mend(before, python_headers, numpy_headers)
        if after != before:
            file.write_text(after)
            changed += 1
    return changed, len(files)


def main() -> int:
    """Mend the environment of the running Python; return the exit status."""
    try:
        import numpy
    except ImportError:
        print("mend_ros_wheels: NumPy is not installed in this environment", file=sys.stderr)
        return 1
    python_headers = sysconfig.get_paths()["include"]
    if not Path(python_headers, "Python.h").is_file():
        print(
            f"mend_ros_wheels: no Python.h in {python_headers}: install Python's headers "
            "(Debian and Ubuntu: apt install python3-dev)",
            file=sys.stderr,
        )
        return 1
    try:
        changed, found = mend_prefix(Path(sys.prefix), python_headers, numpy.get_include())
    except OSError as error:
        print(f"mend_ros_wheels: {error}", file=sys.stderr)
        return 1
    if found == 0:
        print(f"mend_ros_wheels: no ROS message packages under {sys.prefix}", file=sys.stderr)
        return 1
    print(f"mend_ros_wheels: {changed} of {found} CMake exports rewritten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
