"""What tests share: the checkout, data that cannot be shipped, a ROS domain of their own."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import settings

from grasp_detector.cache import cache_folder
from grasp_detector.data import Sample, read_dataset
from grasp_detector.detector.choice import fastest
from grasp_detector.geometry import grasp_to_corners
from grasp_detector.ros.children import own_domain
from grasp_detector.weights_path import default_weights

TOP = Path(__file__).resolve().parent.parent
# Threads of torch, here and in the processes that are started, must not spin while they wait: on
# two cores with something beside, that takes fifty times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Where a test imports ONNX Runtime by itself, it is not to note that in the user's cache.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# How long an example takes says more about who else is on the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: else one worker still trains when the others have done."""
    items.sort(key=lambda item: "training" not in item.path.parts)


def _shared(variable: str, folder: str) -> Path:
    """The data folder that ``variable`` names, or ``../shared/folder``; skips the test without."""
    named = os.environ.get(variable)
    path = Path(named) if named else TOP.parent / "shared" / folder
    if not path.is_dir():
        pytest.skip(f"no data: {variable} is {'not a folder' if named else 'not set'}")
    return path


@pytest.fixture(scope="session", autouse=True)
def own_cache() -> Iterator[None]:
    """A cache of the tests' own, also for the processes that they start.

    What is made here, of these weights or of others, must not take the place of the user's. The
    shipped weights' exports are taken over, if they are there: each takes long to make.
    """
    users = cache_folder()
    with (
        tempfile.TemporaryDirectory(prefix="grasp_detector_cache_") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_CACHE_HOME", folder)
        cache_folder().mkdir()
        for weights in (TOP / "weights").glob("*.safetensors"):
            for path in users.glob(f"{weights.stem}-*"):
                users_own = ".int8" in path.suffixes and ".made-up" not in path.suffixes
                if path.suffix in (".onnx", ".json") and not users_own:
                    shutil.copy2(path, cache_folder())
        # What others keep, matplotlib its fonts for one, stays where it is.
        for path in users.parent.glob("*"):
            if path != users:
                (Path(folder) / path.name).symlink_to(path)
        fastest(default_weights())  # exports, calibrates and measures: no test is to wait for that
        yield


@pytest.fixture(scope="session")
def top() -> Path:
    """The top of the checkout."""
    return TOP


@pytest.fixture(scope="session")
def cornell() -> Path:
    """The Cornell Grasping Dataset, or the part of it that is here."""
    return _shared("GRASP_DETECTOR_CORNELL", "cornell")


@pytest.fixture(scope="session")
def kinect_scenes() -> Path:
    """Real Kinect scenes: ``sceneNN_rgb.png``, ``sceneNN_depth.png``, ``camera.json``."""
    return _shared("GRASP_DETECTOR_KINECT_SCENES", "kinect_scenes")


@pytest.fixture(scope="session")
def bars(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Sample]]:
    """24 dark bars on a light table, one grasp across each, in the Cornell layout."""
    folder = tmp_path_factory.mktemp("cornell like")
    rng = np.random.default_rng(0)
    place = folder / "01"
    place.mkdir()
    for index in range(24):
        picture = np.full((480, 640, 3), 210, np.uint8)
        x, y = rng.uniform((250, 170), (390, 310))
        theta = rng.uniform(-1.5, 1.5)
        bar = grasp_to_corners([x, y, theta, 120, 30])
        cv2.fillPoly(picture, [np.rint(bar).astype(np.int32)], (40, 60, 120))
        cv2.imwrite(str(place / f"pcd01{index:02}r.png"), picture)
        lines = [f"{u} {v}" for u, v in grasp_to_corners([x, y, theta, 30, 60])]
        (place / f"pcd01{index:02}cpos.txt").write_text("\n".join(lines))
    objects = [f"01{index:02} {index} Marker table.png" for index in range(24)]
    (folder / "z.txt").write_text("\n".join(objects))
    return folder, read_dataset(folder)


@pytest.fixture(scope="session")
def some_bars(bars: tuple[Path, list[Sample]]) -> Callable[[Path, int], Path]:
    """Makes a data set of the first of the bars in a new folder; returns that."""

    def link(folder: Path, count: int) -> Path:
        (folder / "01").mkdir(parents=True)
        (folder / "z.txt").symlink_to(bars[0] / "z.txt")
        # A picture and its labels for each.
        for path in sorted((bars[0] / "01").iterdir())[: 2 * count]:
            (folder / "01" / path.name).symlink_to(path)
        return folder

    return link


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Runs `grasp-detector` with these words in this process; returns what it prints.

    What the command raises, the caller gets.
    """
    from typer.testing import CliRunner

    from grasp_detector.cli.main import app

    def run(*words: str | Path | int) -> str:
        done = CliRunner().invoke(app, [str(word) for word in words])
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return run


@pytest.fixture(scope="session")
def soon() -> Callable[..., Any]:
    """Waits until what a function says is true, or as long as only a very busy machine takes.

    Returns what it said last.
    """

    def soon(says: Callable[[], Any], seconds: float = 60.0) -> Any:
        end = time.monotonic() + seconds
        while not (said := says()) and time.monotonic() < end:
            time.sleep(0.01)
        return said

    return soon


@pytest.fixture(scope="session")
def group_ends(soon: Callable[..., Any]) -> Callable[..., bool]:
    """Tells whether a group of processes ends: the last of them may do so a little later."""

    def ended(group: int) -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    return lambda group, seconds=20.0: soon(lambda: ended(group), seconds)


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A ROS domain of the test's own, set in the environment: 1 to 101.

    Parallel workers, test runs and demos beside this one keep apart.
    """
    with own_domain() as domain:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        yield domain
