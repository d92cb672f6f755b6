"""The detector in use, and how another takes its place while pairs go through.

Weights load aside, in a thread, so that neither pictures nor signals wait for them. Where a CUDA
device fails, the CPU takes over.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node

from grasp_detector.detector import GraspDetector, Intrinsics, read_info
from grasp_detector.detector.selection import Chosen, Wanted
from grasp_detector.errors import InputError, first_line
from grasp_detector.ros.parameters import Settings
from grasp_detector.weights_path import default_weights
from grasp_detector.weights_sums import check_sum

_Version = tuple[int, int, int]  # of a file: time of its last change, ns; bytes; inode
LOOK_EVERY = 0.05  # seconds between looks at whether the process is to end


@dataclass
class Loaded:
    """A detector that has looked at a picture, and what is wrong with it, if anything."""

    detector: GraspDetector
    trouble: str = ""


class _Load:
    """Loads in a thread of its own; ``then`` is called there at its end."""

    def __init__(self, settings: Settings, then: Callable[[], object]) -> None:
        self.settings = settings
        self.file = _version(settings)  # before it is read: what replaces it meanwhile is another
        self.loaded: Loaded | None = None
        self.error: Exception | None = None
        self._then = then
        self._thread = Thread(target=self._run, name="loading", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self.loaded is not None or self.error is not None

    def result(self, interrupted: Event) -> Loaded:
        """Wait for the end; raises what went wrong."""
        while not self.ended:
            if interrupted.is_set():
                raise InputError("interrupted")
            self._thread.join(LOOK_EVERY)
        if self.error is not None:
            raise self.error
        assert self.loaded is not None
        return self.loaded

    def _run(self) -> None:
        try:
            self.loaded = load(self.settings)
        except Exception as error:
            self.error = error
        with suppress(Exception):  # of a type of its own in each ROS: the node is gone meanwhile
            self._then()


class Detectors:
    """Holds the detector in use.

    ``find`` is called in the worker's thread, all else in the executor's.
    """

    def __init__(self, node: Node, interrupted: Event, kept: Callable[[Settings], object]) -> None:
        """``kept(settings)`` is called where what was asked for last fails: these stay in use."""
        self._node = node
        self._interrupted = interrupted
        self._kept = kept
        self._lock = Lock()  # over current and its trouble
        self.current: GraspDetector | None = None
        self._trouble = ""  # with the one in use
        self._refused = ""  # what was asked for last, and why it cannot be
        self._settings = Settings()  # of the one in use
        self._file: _Version | None = None  # that the one in use was loaded from
        self._loading: _Load | None = None
        self._next: Settings | None = None  # asked for while another loads
        self._wake = node.create_guard_condition(self._deliver)

    def open(self, settings: Settings) -> None:
        """Load, and wait for it.

        Raises:
            InputError: the weights, the device or the engine cannot be, or the node is to end.
        """
        load = _Load(settings, lambda: None)
        loaded = load.result(self._interrupted)
        self._settings, self._file = settings, load.file
        self._use(loaded)

    def close(self) -> None:
        """Let the detector go, and whatever loads."""
        with self._lock:
            self.current, self._trouble, self._refused = None, "", ""
        self._loading = self._next = None

    def describe(self) -> str:
        """Return the one in use in a few words."""
        detector = self.current
        if detector is None:
            return "none"
        return f"{detector.weights_path.name} with {detector.engine} on {detector.device}"

    def about(self) -> dict[str, str]:
        """Return what diagnostics say of it."""
        detector, load = self.current, self._loading
        about = {}
        if detector is not None:
            about["weights"] = str(detector.weights_path)
            about["device"], about["engine"] = detector.device, detector.engine
        if load is not None:
            about["loading"] = _words(load.settings)
        return about

    @property
    def trouble(self) -> str:
        """What is wrong: with what was asked for last, or with what is in use; empty: nothing."""
        return self._refused or self._trouble

    def in_use(self, settings: Settings) -> bool:
        """Return whether the one in use is what ``settings`` ask for, of the file as it is now."""
        return settings.loaded() == self._settings.loaded() and _version(settings) == self._file

    def swap(self, settings: Settings) -> None:
        """Load aside what ``settings`` ask for; then it takes the place of the one in use."""
        self._refused = ""
        if self._loading is not None:
            self._next = settings
        elif not self.in_use(settings):
            self._node.get_logger().info(f"loading {_words(settings)}, aside")
            self._loading = _Load(settings, self._wake.trigger)

    def find(
        self,
        rgb: NDArray[np.uint8],
        depth: NDArray[np.generic],
        wanted: Wanted,
        camera: Intrinsics | None,
    ) -> tuple[Chosen, dict[str, float]]:
        """Return the grasps of a pair and what each stage took, see `GraspDetector.find`.

        Where a CUDA device fails, the CPU answers this pair and all later ones.
        """
        detector = self.current
        assert detector is not None
        try:
            return detector.find(rgb, depth, wanted, camera), detector.timings
        except InputError:
            raise
        except Exception as error:
            if detector.device == "cpu":
                raise
            loaded = _on_cpu(self._settings, error)
            # It raises as well where it was not the device's fault: then all stays as it is.
            chosen = loaded.detector.find(rgb, depth, wanted, camera)
            self._use(loaded, instead_of=detector)
            return chosen, loaded.detector.timings

    def _use(self, loaded: Loaded, instead_of: GraspDetector | None = None) -> None:
        with self._lock:
            if instead_of is not None and self.current is not instead_of:
                return  # another took its place meanwhile, or the node was deactivated
            self.current, self._trouble = loaded.detector, loaded.trouble
        if loaded.trouble:
            self._node.get_logger().error(loaded.trouble)

    def _deliver(self) -> None:
        load = self._loading
        if load is None or not load.ended:
            return
        self._loading = None
        following, self._next = self._next, None
        if load.error is not None:
            text = f"{_words(load.settings)} cannot be used: {describe(load.error)}"
            refused = f"{text}; {_words(self._settings)} stay in use"
            self._node.get_logger().error(refused)
            # Where others were asked for since, the parameters are theirs.
            if following is None or following.loaded() == load.settings.loaded():
                self._kept(self._settings)
                self._refused = refused  # until somebody asks for something else
                return
        else:
            assert load.loaded is not None
            self._settings, self._file = load.settings, load.file
            self._use(load.loaded)
            self._node.get_logger().info(f"now in use: {self.describe()}")
        if following is not None:
            self.swap(following)


def check(settings: Settings) -> None:
    """Refuse what can be told at once, without loading.

    Raises:
        InputError: no weights there, not whole, not ours, or of another checksum.
    """
    path = _path(settings)
    read_info(path)
    check_sum(path, settings.weights_sha256)


def load(settings: Settings) -> Loaded:
    """Return the detector, which has looked at a picture: the first takes longer than others.

    Raises:
        InputError: the weights, the device or the engine cannot be.
    """
    check(settings)
    try:
        return Loaded(_load(settings))
    except InputError:
        raise
    except Exception as error:
        if settings.device == "cpu":
            raise
        return _on_cpu(settings, error)


def describe(error: Exception) -> str:
    """Return one line on an error; its type too, where it is none of ours."""
    kind, text = type(error).__name__, first_line(error)
    return text if isinstance(error, InputError) or text == kind else f"{kind}: {text}"


def _load(settings: Settings) -> GraspDetector:
    detector = GraspDetector(_path(settings), device=settings.device, engine=settings.engine)
    detector.detect(np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 800, np.uint16))
    return detector


def _on_cpu(settings: Settings, error: Exception) -> Loaded:
    """Return a detector on the CPU, after an error of the device asked for."""
    trouble = f"the CPU takes over, the device failed: {describe(error)}"
    return Loaded(_load(replace(settings, device="cpu", engine="auto")), trouble)


def _path(settings: Settings) -> Path:
    return Path(settings.weights) if settings.weights else default_weights()


def _version(settings: Settings) -> _Version | None:
    """Return what tells a weight file from another of its name; None: there is none."""
    try:
        found = _path(settings).stat()
    except (OSError, InputError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _words(settings: Settings) -> str:
    weights = settings.weights or "the shipped weights"
    return f"{weights} (device {settings.device}, engine {settings.engine})"
