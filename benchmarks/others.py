"""Ours beside GG-CNN and GR-ConvNet, network and whole way, in one run and in turns.

    tools/with_ros python -m benchmarks.others --json docs/performance/others.json

Theirs is measured in torch, as it was published, in ONNX Runtime, and in the engine that ours
takes by itself (of int8 in the same runtime's float32), all untrained: that does not change their
times.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import OURS, POSES, STAGES
from benchmarks.dense_networks import MAPS, multiplications, parameters
from benchmarks.dense_ways import PUBLISHED, Published
from grasp_detector.bench.cost import cost_of
from grasp_detector.bench.machine import about
from grasp_detector.bench.spread import Spread
from grasp_detector.detector.engines import make_engine
from grasp_detector.detector.onnx_cache import onnx_file
from grasp_detector.files import write_whole
from grasp_detector.weights_path import default_weights

TOP = Path(__file__).resolve().parents[1]
Key = tuple[str, str]
"""A contender's name and engine."""


class Waiting:
    """A contender's process, which does nothing until it is its turn."""

    def __init__(self, key: Key, onnx: Path | None) -> None:
        self._name = f"{key[0]} in {key[1]}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contender", *key, *([str(onnx)] if onnx else [])],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def turn(self, calls: int) -> dict[str, list[float]]:
        """Seconds of so many calls, see `contender.turn`; RuntimeError if the process ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(calls, file=self._process.stdin, flush=True)
            taken: dict[str, list[float]] = json.loads(self._process.stdout.readline())
        except (BrokenPipeError, ValueError) as error:
            raise RuntimeError(f"{self._name} ended; what it said is above") from error
        return taken

    def end(self) -> None:
        """End it; it may have ended."""
        self._process.kill()
        self._process.communicate()


def measure(keys: Sequence[Key], rounds: int, calls: int, folder: Path) -> list[dict[str, Any]]:
    """Rows, one a contender, as they are stored in JSON; seconds.

    Args:
        keys: the contenders; the first is what the others are divided by.
        rounds: turns of each; one more does not count.
        calls: of each in a turn; one more does not count.
        folder: where the published networks are exported to.
    """
    turns: dict[Key, list[dict[str, list[float]]]] = {key: [] for key in keys}
    with ExitStack() as stack:
        waiting = {}
        for name, engine in keys:
            onnx = None
            if name in PUBLISHED and engine != "torch":
                onnx = exported(PUBLISHED[name], folder / f"{name}.onnx")
            waiting[name, engine] = Waiting((name, engine), onnx)
            stack.callback(waiting[name, engine].end)
        for index in range(rounds + 1):
            for key, process in waiting.items():
                taken = process.turn(calls)
                if index:
                    turns[key].append(taken)
    return [
        {
            "name": key[0],
            "engine": key[1],
            "seconds": {
                what: Spread.of([each for taken in found for each in taken[what]]).to_list()
                for what in ("alone", "whole", *STAGES)
            },
            "times": {what: _times(found, turns[keys[0]], what) for what in ("alone", "whole")},
        }
        for key, found in turns.items()
    ]


def exported(published: Published, path: Path) -> Path:
    """The untrained network as ONNX, batch 1; written only if it is not there yet."""
    import torch

    if not path.exists():
        torch.manual_seed(0)
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                published.build(),
                (torch.zeros(published.shape),),
                str(path),
                input_names=["pictures"],
                output_names=list(MAPS),
                external_data=False,
                dynamo=True,
                verbose=False,
            )
    return path


def networks() -> dict[str, dict[str, int]]:
    """Parameters, and multiplications a picture, of each network."""
    import torch

    from grasp_detector.model.weights import load_network

    # All counted in torch: an export holds fewer, its batch norms being part of convolutions.
    count = parameters(load_network(default_weights())[0])
    macs = cost_of(onnx_file(default_weights())).macs
    found = {OURS: {"parameters": count, "macs": macs}}
    for name, published in PUBLISHED.items():
        network = published.build()
        macs = multiplications(network, torch.zeros(published.shape))
        found[name] = {"parameters": parameters(network), "macs": macs}
    return found


def _times(
    found: Sequence[dict[str, list[float]]], ours: Sequence[dict[str, list[float]]], what: str
) -> list[float]:
    """How many times as long as ours, turn by turn: median and quartiles."""
    pairs = zip(found, ours, strict=True)
    return Spread.of([float(np.median(a[what]) / np.median(b[what])) for a, b in pairs]).to_list()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    parser.add_argument("--rounds", type=int, default=20, help="turns of each (default: 20)")
    parser.add_argument("--calls", type=int, default=2, help="of each in a turn (default: 2)")
    options = parser.parse_args(arguments)
    best = make_engine(default_weights(), "auto", "cpu").name
    # Nobody has calibrated theirs: beside int8 they run in the same runtime's float32.
    plain = "openvino" if best == "openvino-int8" else best
    engines = list(dict.fromkeys((plain, "torch", "onnx")))
    keys = [(OURS, engine) for engine in dict.fromkeys((best, *engines))]
    keys += [(POSES, best), *((name, engine) for name in PUBLISHED for engine in engines)]
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "machine": about(),
            "rounds": options.rounds,
            "calls": options.calls,
            "networks": networks(),
            "rows": measure(keys, options.rounds, options.calls, Path(folder)),
        }
    write_whole(options.json, json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
