"""package.xml, CMakeLists.txt, setup.cfg and the lock say the same as the files they speak of."""

import ast
import os
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Where rosdep's key for a Python module is not the module's own name.
KEYS = {
    "cv2": "python3-opencv",
    "numpy": "python3-numpy",
    "yaml": "python3-yaml",
    "tf2_ros": "tf2_ros_py",
}


def declared(top: Path, *tags: str) -> set[str]:
    """The keys in package.xml's dependency elements, of all kinds or those named."""
    root = ElementTree.parse(top / "package.xml").getroot()
    return {
        (element.text or "").strip()
        for element in root
        if element.tag.endswith("depend") and (not tags or element.tag in tags)
    }


def cmake_block(top: Path, command: str) -> str:
    """The arguments of the first call of ``command`` in CMakeLists.txt."""
    found = re.search(rf"^{command}\(([^)]*)\)", (top / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert found is not None, f"CMakeLists.txt calls no {command}"
    return found.group(1)


def names(top: Path, *patterns: str) -> set[str]:
    """The files that match ``patterns``, relative to the top."""
    return {path.relative_to(top).as_posix() for pattern in patterns for path in top.glob(pattern)}


def imports(path: Path) -> Iterator[str]:
    """The top-level names of all that a Python file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def test_every_interface_is_built(top: Path) -> None:
    built = cmake_block(top, "rosidl_generate_interfaces")
    assert set(re.findall(r"\S+/\S+\.(?:msg|srv)", built)) == names(top, "msg/*.msg", "srv/*.srv")


def test_packages_of_used_messages_are_declared(top: Path) -> None:
    fields = "\n".join((top / name).read_text() for name in names(top, "msg/*.msg", "srv/*.srv"))
    used = set(re.findall(r"^([a-z]\w*)/\w+", fields, re.MULTILINE))
    given = cmake_block(top, "rosidl_generate_interfaces").partition("DEPENDENCIES")[2].split()
    assert used == set(given) == declared(top, "depend")


def test_every_script_is_installed_and_calls_a_main_that_exists(top: Path) -> None:
    scripts = names(top, "scripts/*")
    assert set(re.findall(r"scripts/\S+", (top / "CMakeLists.txt").read_text())) == scripts
    for script in scripts:
        assert os.access(top / script, os.X_OK), f"{script} is not executable"
        found = re.search(r"from (\S+) import main", (top / script).read_text())
        assert found is not None, f"{script} imports no main"
        module = top / (found.group(1).replace(".", "/") + ".py")
        functions = [
            node.name
            for node in ast.parse(module.read_text()).body
            if isinstance(node, ast.FunctionDef)
        ]
        assert "main" in functions, f"{module.name} has no main"


def test_what_the_ros_side_imports_is_declared(top: Path) -> None:
    own = {"grasp_detector", *sys.stdlib_module_names}
    folders = (top / "grasp_detector/ros", top / "launch", top / "examples")
    files = [file for folder in folders for file in folder.rglob("*.py")]
    used = {
        KEYS.get(name, name): path.name
        for path in files
        for name in imports(path)
        if name not in own
    }
    # The demo's live table, recording and film: these come with pip, and no node needs them.
    by_pip = {"rich", "mcap", "PIL"}
    missing = {key: file for key, file in used.items() if key not in declared(top) | by_pip}
    assert not missing


NAME, VERSION = r"[a-z0-9-]+", r"[0-9a-z.]+"
PIN = f"{NAME}=={VERSION}"


@pytest.fixture(scope="module")
def locked(top: Path) -> dict[str, str]:
    """Every package and its version; all but torch are pinned by the hashes of their files, too."""
    whole = (top / "requirements.lock").read_text().replace("\\\n", "").splitlines()
    torch = (top / "requirements-torch.lock").read_text().splitlines()
    hashes = r"( +--hash=sha256:[0-9a-f]{64})+"
    odd = [
        line
        for lines, form in ((whole, f"{PIN}{hashes}"), (torch, f"torch=={VERSION}"))
        for line in lines
        if line and not line.startswith("#") and not re.fullmatch(form, line)
    ]
    assert not odd, "only name==version and hashes belong into the lock: no URL, no path"
    found = (re.match(f"({NAME})==({VERSION})", line) for line in whole + torch)
    return {each[1]: each[2] for each in found if each}


def test_lock_serves_what_is_asked_for(top: Path, locked: dict[str, str]) -> None:
    lines = (top / "requirements.in").read_text().splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            wanted = Requirement(line)
            assert locked[canonicalize_name(wanted.name)] in wanted.specifier, line


def test_lock_lies_in_the_ranges_of_setup(top: Path, locked: dict[str, str]) -> None:
    config = ConfigParser()
    config.read(top / "setup.cfg")
    asked = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    for line in filter(None, "\n".join(asked).splitlines()):
        wanted = Requirement(line)
        assert locked[canonicalize_name(wanted.name)] in wanted.specifier, line
