"""The package as colcon installs it: linked by `make setup`, copied by a plain `colcon build`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXECUTABLES = ("grasp_detector", "replay_camera", "simulated_camera")


def build(top: Path, folder: Path) -> Path:
    """Build the package without links under ``folder``; return what it is installed into."""
    command = ["colcon", "--log-base", str(folder / "log"), "build", "--base-paths", str(top)]
    places = ["--build-base", str(folder / "build"), "--install-base", str(folder / "install")]
    options = ["--cmake-args", f"-DPython3_EXECUTABLE={sys.executable}", "-DBUILD_TESTING=OFF"]
    result = subprocess.run([*command, *places, *options], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return folder / "install" / "grasp_detector"


@pytest.fixture(scope="module", params=["linked", "copied"])
def installed(
    request: pytest.FixtureRequest, top: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The prefix that the package is installed into."""
    if request.param == "linked":
        return top / ".ros/install/grasp_detector"
    return build(top, tmp_path_factory.mktemp("colcon"))


def run_installed(prefix: Path, folder: Path, program: str) -> list[str]:
    """Run a Python program that sees the installed package only; return the lines it prints."""
    site = next(prefix.glob("lib/python3.*/site-packages"))
    environment = dict(
        os.environ,
        PYTHONPATH=str(site),
        AMENT_PREFIX_PATH=f"{prefix}:{sys.prefix}",
        LD_LIBRARY_PATH=f"{prefix}/lib:{os.environ['LD_LIBRARY_PATH']}",
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_executables_are_where_ros2_run_looks(installed: Path) -> None:
    for name in EXECUTABLES:
        assert os.access(installed / "lib" / "grasp_detector" / name, os.X_OK)


def test_share_holds_what_the_source_holds(top: Path, installed: Path) -> None:
    for folder in ("launch", "config", "weights"):
        for path in (top / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert (installed / "share/grasp_detector" / path.relative_to(top)).is_file()


def test_our_modules_and_the_messages_are_one_package(installed: Path, tmp_path: Path) -> None:
    program = (
        "import grasp_detector as g; from grasp_detector.msg import Grasp5D, Grasp5DArray\n"
        "from grasp_detector.srv import DetectGrasps; import grasp_detector.geometry\n"
        "Grasp5DArray(grasps=[Grasp5D()]); DetectGrasps.Request(timeout=1.0)\n"
        "print(g.__file__); print(g.__version__); print(Grasp5D().class_id)"
    )
    file, version, class_id = run_installed(installed, tmp_path, program)
    assert Path(file).is_relative_to(installed)
    assert version.count(".") == 2, "our own __init__.py, not the empty generated one"
    assert class_id == "-1"


def test_weights_are_found(installed: Path, tmp_path: Path) -> None:
    program = "from grasp_detector.weights_path import default_weights as d; print(d())"
    (weights,) = run_installed(installed, tmp_path, program)
    assert Path(weights).is_file()


def test_exports_name_no_headers_of_this_machine(installed: Path) -> None:
    (export,) = installed.glob("share/*/cmake/*__rosidl_generator_pyExport.cmake")
    assert sys.prefix not in export.read_text()


def test_a_ros_installation_s_generator_will_do(top: Path, tmp_path: Path) -> None:
    # It keeps Python's and NumPy's headers to itself; the wheels' one lets others have them.
    name = "rosidl_generator_py"
    share = tmp_path / "share" / name
    shutil.copytree(Path(sys.prefix) / "share" / name, share)
    (tmp_path / "lib").symlink_to(Path(sys.prefix) / "lib")
    generator = share / "cmake" / f"{name}_generate_interfaces.cmake"
    public = "target_include_directories(${_target_name_lib} PUBLIC"
    text = generator.read_text()
    assert text.count(public) == 1
    generator.write_text(text.replace(public, public.replace("PUBLIC", "PRIVATE")))
    where = ["-S", str(top), "-B", str(tmp_path / "build")]
    options = [f"-D{name}_DIR={share / 'cmake'}", f"-DPython3_EXECUTABLE={sys.executable}"]
    result = subprocess.run(["cmake", *where, *options], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
