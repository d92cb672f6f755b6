"""`pip install .` in an environment without ROS."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

SOURCES = ("grasp_detector", "config", "resource", "weights")
FILES = ("setup.py", "setup.cfg", "package.xml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def environment(top: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with this package, which borrows what it depends on from ours."""
    folder = tmp_path_factory.mktemp("pip")
    # A copy, because pip leaves build/ and an egg-info in the folder that it installs from.
    source = folder / "source"
    for name in SOURCES:
        shutil.copytree(top / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(top / name, source)
    made = folder / "environment"
    venv.create(made, symlinks=True)
    site = next(made.glob("lib/python3.*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(made / "bin/python"), "install", "--quiet"]
    options = ["--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--use-pep517"]
    subprocess.run([*pip, *options, str(source)], check=True, env=clean_environment())
    return made


def clean_environment() -> dict[str, str]:
    """Ours, without what leads Python or the package to the checkout or to ROS."""
    leading = ("PYTHONPATH", "AMENT_PREFIX_PATH", "GRASP_DETECTOR_WEIGHTS")
    return {name: value for name, value in os.environ.items() if name not in leading}


def run(environment: Path, *command: str) -> str:
    result = subprocess.run(
        [str(environment / "bin" / command[0]), *command[1:]],
        cwd=environment,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_command_has_help(environment: Path) -> None:
    assert "train" in run(environment, "grasp-detector", "--help")


def test_package_comes_from_the_environment(environment: Path) -> None:
    where = run(environment, "python", "-c", "import grasp_detector as g; print(g.__file__)")
    assert Path(where.strip()).is_relative_to(environment)


def test_shipped_weights_are_found(environment: Path) -> None:
    program = "from grasp_detector.weights_path import default_weights as d; print(d())"
    weights = Path(run(environment, "python", "-c", program).strip())
    assert weights.is_relative_to(environment / "share" / "grasp_detector" / "weights")


def test_every_data_file_of_the_package_is_installed(top: Path, environment: Path) -> None:
    site = next(environment.glob("lib/python3.*/site-packages"))
    for path in (top / "grasp_detector").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert (site / path.relative_to(top)).is_file()
    for path in (top / "config").rglob("*"):
        if path.is_file():
            assert (environment / "share/grasp_detector" / path.relative_to(top)).is_file()
