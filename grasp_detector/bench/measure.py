"""What `grasp-detector bench` measures: networks and engines, whole frames, starts, a baseline."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from grasp_detector.bench.cost import cost_of
from grasp_detector.bench.frames import frame_rows
from grasp_detector.bench.machine import (
    about,
    bandwidth,
    busy_neighbour,
    normal_priority,
    rates,
)
from grasp_detector.bench.scene import DEPTH, RGB
from grasp_detector.bench.spread import Spread, in_turns
from grasp_detector.detector.engines import CPU_ENGINES, Engine, make_engine
from grasp_detector.detector.onnx_cache import forget, onnx_file
from grasp_detector.errors import InputError
from grasp_detector.model.weights import read_info
from grasp_detector.processes import run_module
from grasp_detector.rgbd import central_crop, fuse, to_network

BATCHES = (1, 16)
NETWORKS = (
    ("efficientnet_lite0", "direct"),
    ("efficientnet_lite0", "multigrasp"),
    ("efficientnet_lite0", "dense"),
    ("efficientnet_lite0", "light"),
    ("alexnet", "multigrasp"),
)
_CLASSES = 16

Say = Callable[[str], None]


def measure(weights: Path, rounds: int, say: Say) -> dict[str, Any]:
    """Everything, as it is stored in JSON; seconds, bytes, operations a second.

    Args:
        weights: of the shipped network.
        rounds: turns of each group of things that are measured in turns.
        say: told what is measured next.

    Raises:
        InputError: weights that cannot be used.
    """
    figures: dict[str, Any] = {"machine": about(), "cost": asdict(cost_of(onnx_file(weights)))}
    threads = range(1, figures["machine"]["cores"] + 1)
    say("what the machine can do")
    figures["rates"] = {str(count): rates(count) for count in threads}
    figures["bandwidth"] = bandwidth()
    engines = [name for name in CPU_ENGINES if _runs(weights, name)]
    figures["engines"] = list(_engine_rows(weights, engines, threads, rounds, say))
    say("whole frames")
    processes = max(3, rounds // 4)
    figures["frames"] = frame_rows(weights, engines, processes)
    say("whole frames beside a busy process")
    with normal_priority(), busy_neighbour():
        figures["busy_frames"] = frame_rows(weights, engines, processes)
    say("starts")
    figures["starts"] = _starts(weights, engines, processes)
    say("other networks")
    figures["networks"] = list(_network_rows([e for e in engines if "int8" not in e], rounds))
    say("the sliding window")
    figures["sliding_window"] = _sliding_window(processes)
    return figures


def _runs(weights: Path, engine: str) -> bool:
    """Whether an engine is here; int8 may not be calibrated."""
    try:
        make_engine(weights, engine, "cpu")
    except InputError:
        return False
    return True


def _engine_rows(
    weights: Path, names: Sequence[str], threads: Sequence[int], rounds: int, say: Say
) -> Iterator[dict[str, Any]]:
    """The network alone: engines x threads x batch sizes. torch has its own threads: all."""
    picture = _seen(read_info(weights).spec.side)
    for count in threads:
        engines = {
            name: make_engine(weights, name, "cpu", count)
            for name in names
            if name != "torch" or count == threads[-1]
        }
        for batch in BATCHES:
            say(f"engines: {count} threads, batch {batch}")
            inputs = np.repeat(picture, batch, axis=0)
            # Large batches are steadier, and take long.
            turns, calls = (rounds, 3) if batch == 1 else (max(2, rounds // 4), 1)
            taken = in_turns(_calls(engines, inputs), turns, calls)
            for name, seconds in taken.items():
                yield {
                    "engine": name,
                    "threads": count,
                    "batch": batch,
                    "seconds": Spread.of(seconds).to_list(),
                }


def _network_rows(names: Sequence[str], rounds: int) -> Iterator[dict[str, Any]]:
    """Every network, untrained: how long it takes does not depend on what it has learnt."""
    import torch

    from grasp_detector.model.network import GraspNetwork
    from grasp_detector.model.spec import ModelSpec
    from grasp_detector.model.weights import WeightsInfo, save_weights

    for backbone, head in NETWORKS:
        spec = ModelSpec(backbone, head, _CLASSES)  # type: ignore[arg-type]
        classes = tuple(str(index) for index in range(_CLASSES))
        with tempfile.TemporaryDirectory() as folder:
            torch.manual_seed(0)
            weights = Path(folder) / f"bench_{backbone}_{head}.safetensors"
            save_weights(weights, GraspNetwork(spec), WeightsInfo(spec, classes=classes))
            cost = cost_of(onnx_file(weights))
            engines = {name: make_engine(weights, name, "cpu") for name in names}
            taken = in_turns(_calls(engines, _seen(spec.side)), rounds)
            forget(weights)
        yield {
            "backbone": backbone,
            "head": head,
            "cost": asdict(cost),
            "seconds": {name: Spread.of(each).to_list() for name, each in taken.items()},
        }


def _starts(weights: Path, names: Sequence[str], times: int) -> list[dict[str, Any]]:
    """From the start of a process to its first grasps, the export being kept; and its memory."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(times):
        for name in names:
            begin = perf_counter()
            said = run_module("grasp_detector.bench.start", [str(weights), name])
            found[name].append((perf_counter() - begin, float(said) / 1024))
    return [
        {
            "engine": name,
            "seconds": Spread.of([seconds for seconds, _ in each]).to_list(),
            "memory_mb": max(memory for _, memory in each),
        }
        for name, each in found.items()
    ]


def _sliding_window(rounds: int) -> dict[str, Any]:
    """The baseline's search of one picture, untrained: its time is the same."""
    import torch

    from grasp_detector.baselines.sliding_window import SlidingWindow, patch_network, search
    from grasp_detector.baselines.windows import all_windows

    settings = SlidingWindow()
    sizes = np.linspace([15, 25], [40, 80], settings.sizes)
    windows = all_windows(sizes, settings.angles, settings.stride)
    torch.manual_seed(0)
    network = patch_network().eval()
    fused = fuse(RGB, DEPTH, central_crop(*RGB.shape[:2]).to_network)[None]
    taken = in_turns({"search": lambda: search(network, windows, fused)}, rounds, 1)["search"]
    return {"windows": len(windows), "seconds": Spread.of(taken).to_list()}


def _calls(
    engines: dict[str, Engine], inputs: np.ndarray[Any, np.dtype[np.float32]]
) -> dict[str, Callable[[], object]]:
    return {name: partial(engine, inputs) for name, engine in engines.items()}


def _seen(side: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The scene as a network sees it, ``(1, 3, side, side)``."""
    return to_network(fuse(RGB, DEPTH, central_crop(*RGB.shape[:2]).to_network), side)[None]
