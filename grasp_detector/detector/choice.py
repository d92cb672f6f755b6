"""Which CPU engine is fastest here: measured once, in a process of its own, and remembered."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from grasp_detector.cache import cache_folder
from grasp_detector.detector.onnx_cache import CALIBRATION, onnx_file
from grasp_detector.detector.runtime import default_threads
from grasp_detector.errors import InputError
from grasp_detector.files import write_whole
from grasp_detector.hardware import processor, processor_flags, versions
from grasp_detector.model.weights import read_info
from grasp_detector.processes import run_module

if TYPE_CHECKING:
    from grasp_detector.detector.engines import Engine

_log = logging.getLogger(__name__)

_INT8 = "openvino-int8"
CANDIDATES = ("onnx", "openvino", "openvino-bf16", _INT8)
"""Engines that may be chosen: those whose grasps are right as often as float32's."""
# Measured for so long after a few calls that do not count: with loading less than two seconds, but
# where int8 has to be calibrated first.
_SECONDS, _WARM_UP = 0.8, 3
# Another engine than the first must be faster by so much: below it is chance. In int8 grasps move
# by some pixels, though they stay as good: that should be worth it.
_WORTH, _WORTH_INT8 = 0.95, 0.85


def fastest(weights: Path) -> tuple[str, dict[str, float]]:
    """The CPU engine to take for these weights, and the seconds of every one that runs here.

    Where that cannot be told it is ONNX Runtime, without seconds.

    Raises:
        InputError: the weights cannot be exported.
    """
    remembered = _remembered(onnx_file(weights))
    times = _read(remembered)
    if not times:
        try:
            times = _measured(weights)
        except InputError as error:
            _log.warning("which engine is the fastest cannot be told: %s", error)
            return CANDIDATES[0], {}
        with suppress(InputError):  # then it is measured again the next time
            write_whole(remembered, json.dumps(times) + "\n")
    return choose(times), times


def choose(times: dict[str, float]) -> str:
    """The fastest, but the earliest of `CANDIDATES` unless another is clearly faster."""
    best = ""
    for name in _needed(times):
        worth = _WORTH_INT8 if name == _INT8 else _WORTH
        if name in times and (not best or times[name] < worth * times[best]):
            best = name
    return best


def _needed(there: Container[str]) -> Iterator[str]:
    """The candidates, but int8 where there is bfloat16: hardly faster, and less exact."""
    for name in CANDIDATES:
        if name != _INT8 or "openvino-bf16" not in there:
            yield name


def measure(weights: Path, seconds: float = _SECONDS) -> dict[str, float]:
    """Processor seconds of a picture on one thread in every candidate that runs here.

    The processor's time, not the clock's: what others do on the machine meanwhile, as when a whole
    robot starts, must not decide. The candidates take turns.
    """
    from grasp_detector.detector.engines import make_engine

    engines: dict[str, Engine] = {}
    for name in _needed(engines):
        # Whatever a runtime that does not fit this machine raises, it is no candidate.
        try:
            engines[name] = make_engine(weights, name, "cpu", threads=1)
        except Exception as error:
            _log.info("%s is left out: %s", name, error)
    if not engines:
        return {}
    side = read_info(weights).spec.side
    picture = np.zeros((1, 3, side, side), np.float32)
    taken: dict[str, list[float]] = {name: [] for name in engines}
    end = perf_counter() + seconds
    rounds = 0
    while rounds <= _WARM_UP or perf_counter() < end:
        for name, engine in engines.items():
            start = process_time()
            engine(picture)
            taken[name].append(process_time() - start)
        rounds += 1
    return {name: median(times[_WARM_UP:]) for name, times in taken.items()}


def _measured(weights: Path) -> dict[str, float]:
    """What `measure` says in a process of its own; raises InputError if that is nothing."""
    said = run_module("grasp_detector.detector.choice", [str(weights)])
    if times := _times(said):
        return times
    raise InputError(f"of {', '.join(CANDIDATES)} none was measured, but said was {said!r}")


def _remembered(onnx: Path) -> Path:
    """Where the times are kept: another place for another processor, runtime or number of cores."""
    runtimes = versions(("onnx", "onnxruntime", "openvino"))
    ours = (CANDIDATES, CALIBRATION)
    about = [processor(), sorted(processor_flags()), default_threads(), runtimes, ours]
    digest = hashlib.sha256(repr(about).encode()).hexdigest()[:12]
    return cache_folder() / f"{onnx.stem}.engines-{digest}.json"


def _read(path: Path) -> dict[str, float]:
    try:
        return _times(path.read_bytes())
    except OSError:
        return {}


def _times(said: str | bytes) -> dict[str, float]:
    """Seconds by engine, out of JSON; none where it is something else."""
    try:
        times = json.loads(said)
        return {name: float(times[name]) for name in CANDIDATES if name in times}
    except (ValueError, TypeError):
        return {}


if __name__ == "__main__":
    try:
        print(json.dumps(measure(Path(sys.argv[1]))))
    except InputError as failure:
        sys.exit(str(failure))
