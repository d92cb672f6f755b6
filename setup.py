"""Installs the Python side with pip, no ROS needed; colcon uses CMakeLists.txt.

setup.cfg holds what never changes.
"""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import setup

TOP = Path(__file__).resolve().parent
SHARE = "share/grasp_detector"


def shared(folder: str) -> list[tuple[str, list[str]]]:
    """Every file under ``folder``, by the directory that it goes to, as setuptools wants it."""
    directories: dict[str, list[str]] = {}
    for path in sorted((TOP / folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(TOP)
            directories.setdefault(f"{SHARE}/{name.parent.as_posix()}", []).append(name.as_posix())
    return list(directories.items())


setup(
    version=ElementTree.parse(TOP / "package.xml").findtext("version"),
    data_files=[
        # In an ament prefix, such as an environment with the wheels of ROS, this is the mark by
        # which ament_index finds the share folder.
        ("share/ament_index/resource_index/packages", ["resource/grasp_detector"]),
        (SHARE, ["package.xml"]),
        *shared("config"),
        *shared("weights"),
    ],
)
