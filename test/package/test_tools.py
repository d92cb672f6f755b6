"""The tools that make the environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lock_requirements import pins
from mend_ros_wheels import mend, mend_prefix

TOP = Path(__file__).resolve().parents[2]

EXPORT = (
    "set_target_properties(std_msgs::py PROPERTIES\n"
    '  INTERFACE_INCLUDE_DIRECTORIES "/opt/python/cp311-cp311/include/python3.11;'
    '/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include"\n'
    '  INTERFACE_LINK_LIBRARIES "std_msgs::c"\n)\n'
)


def test_mend_names_the_given_headers_and_nothing_else() -> None:
    expected = EXPORT.replace(
        "/opt/python/cp311-cp311/include/python3.11", "/usr/include/python3.12"
    )
    expected = expected.replace(
        "/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include",
        "/n/numpy/core/include",
    )
    assert mend(EXPORT, "/usr/include/python3.12", "/n/numpy/core/include") == expected


def test_mend_follows_a_change_of_numpy() -> None:
    once = mend(EXPORT, "/usr/include/python3.11", "/v/numpy/core/include")
    again = mend(once, "/usr/include/python3.11", "/v/numpy/_core/include")
    assert again == mend(EXPORT, "/usr/include/python3.11", "/v/numpy/_core/include")


def test_mend_prefix_changes_nothing_the_second_time(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "std_msgs" / "cmake"
    folder.mkdir(parents=True)
    (folder / "export_std_msgs__rosidl_generator_pyExport.cmake").write_text(EXPORT)
    (folder / "other.cmake").write_text(EXPORT)
    headers = "/usr/include/python3.11", "/v/numpy/core/include"
    assert mend_prefix(tmp_path, *headers) == (1, 1)
    assert mend_prefix(tmp_path, *headers) == (0, 1)
    assert (folder / "other.cmake").read_text() == EXPORT


def test_this_environment_is_mended() -> None:
    exports = list(Path(sys.prefix).glob("share/*/cmake/*__rosidl_generator_pyExport.cmake"))
    assert exports
    assert not [path for path in exports if "/opt/python/" in path.read_text()]


def test_lock_has_no_build_of_torch_and_no_cuda() -> None:
    packages = [
        ("torch", "2.13.0+cpu"),
        ("nvidia-cublas", "13.1"),
        ("triton", "3"),
        ("My_Pkg", "1"),
    ]
    assert pins(packages) == ("my-pkg==1\n", "torch==2.13.0\n")


def test_with_ros_passes_the_exit_status_on() -> None:
    result = subprocess.run([TOP / "tools/with_ros", "bash", "-c", "exit 7"])
    assert result.returncode == 7


def test_with_ros_without_an_environment_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    for name in ("with_ros", "ros_env.sh"):
        shutil.copy(TOP / "tools" / name, tmp_path / "tools")
    command = [str(tmp_path / "tools/with_ros"), "true"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.splitlines() == ["ros_env: no environment yet: run 'make setup' first"]


def test_with_ros_sets_another_ros_aside() -> None:
    sourced = {
        "PYTHONPATH": "/opt/ros/other/lib/python3.12/site-packages",
        "AMENT_PREFIX_PATH": "/opt/ros/other",
        "CMAKE_PREFIX_PATH": "/opt/ros/other",
        "ROS_DISTRO": "other",
    }
    result = subprocess.run(
        [TOP / "tools/with_ros", "env"], env=os.environ | sourced, capture_output=True, text=True
    )
    assert "/opt/ros/other" not in result.stdout
    assert "ROS_DISTRO=jazzy" in result.stdout


class TestMakeVenv:
    """What `make setup` says where it cannot work: one line, before anything is made."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        (tmp_path / "tools").mkdir()
        shutil.copy(TOP / "tools/make_venv", tmp_path / "tools")
        return tmp_path

    def complaint(self, checkout: Path, *arguments: str, path: str = os.environ["PATH"]) -> str:
        result = subprocess.run(
            [str(checkout / "tools/make_venv"), *arguments],
            env={"PATH": path},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 1
        assert not (checkout / ".venv").exists()
        (line,) = result.stderr.splitlines()
        return line

    def fake(self, folder: Path, name: str, text: str) -> None:
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)

    def path_without_python(self, checkout: Path) -> Path:
        """A folder with what the script needs of a system, and shims that fail as pyenv's do."""
        folder = checkout / "bin"
        for name in ("python3.11", "python3.12", "python3"):
            self.fake(folder, name, f"echo 'pyenv: {name}: command not found' >&2; exit 127")
        for name in ("bash", "dirname", "mkdir", "grep"):
            found = shutil.which(name)
            assert found is not None
            (folder / name).symlink_to(found)
        return folder

    def test_python_that_does_not_run(self, checkout: Path) -> None:
        assert "PYTHON=/bin/false is not a Python 3.11 or 3.12" in self.complaint(
            checkout, "/bin/false"
        )

    def test_only_shims_that_fail(self, checkout: Path) -> None:
        folder = self.path_without_python(checkout)
        assert "Python 3.11 or 3.12 is needed" in self.complaint(checkout, path=str(folder))

    def test_no_compiler(self, checkout: Path) -> None:
        folder = self.path_without_python(checkout)
        line = self.complaint(checkout, sys.executable, path=str(folder))
        assert "C++ compiler" in line

    def test_no_venv_module(self, checkout: Path) -> None:
        folder = checkout / "fakes"
        self.fake(folder, "python3.11", 'case "$2" in *ensurepip*) exit 1;; esac')
        path = f"{folder}:{os.environ['PATH']}"
        assert "python3-venv" in self.complaint(checkout, path=path)

    def test_no_headers(self, checkout: Path) -> None:
        folder = checkout / "fakes"
        self.fake(folder, "python3.11", 'case "$2" in *Python.h*) exit 1;; esac')
        path = f"{folder}:{os.environ['PATH']}"
        assert "python3-dev" in self.complaint(checkout, path=path)
