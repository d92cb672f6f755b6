"""The node with an engine that a test needs: ``odd_engines.py KIND --ros-args ...``.

cheap: answers in no time, by what is in the picture.
lost: a CUDA device that is gone after some pictures.
full: a CUDA device without memory for the network.
slow: takes a minute to load.
hangs: never returns from the fourth picture on.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import sleep
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.detector import detector, read_info

CELLS = 28


class CheapEngine:
    """Colours and depth of the picture, taken for a network's answer."""

    name, device = "cheap", "cpu"

    def __init__(self, weights: Path) -> None:
        self._outputs = 7 + len(read_info(weights).classes)

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        small = [
            cv2.resize(each, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
            for each in pictures.reshape(-1, *pictures.shape[2:])
        ]
        channels = np.stack(small).reshape(len(pictures), -1, CELLS, CELLS) / np.float32(50)
        repeated = np.resize(np.arange(channels.shape[1]), self._outputs)
        return np.ascontiguousarray(channels[:, repeated])


class Failing(CheapEngine):
    """A CUDA device that works for some pictures."""

    device = "cuda"

    def __init__(self, weights: Path, works: int) -> None:
        super().__init__(weights)
        self._left = works

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        self._left -= 1
        if self._left < 0:
            self.fail()
        return super().__call__(pictures)

    def fail(self) -> None:
        raise RuntimeError("CUDA error: the device is lost\nsecond line")


class Hanging(Failing):
    """An engine that never returns once it fails."""

    def fail(self) -> None:
        print("the engine hangs", flush=True)
        sleep(1000)


def make_engine(kind: str, weights: Path, engine: str, device: str) -> Any:
    if kind == "slow":
        print("the engine loads", flush=True)
        sleep(60)
    if device == "cpu" or kind == "cheap":
        return CheapEngine(weights)
    if kind == "full":
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
    return (Hanging if kind == "hangs" else Failing)(weights, works=4)


if __name__ == "__main__":
    from grasp_detector.ros import node

    kind, *arguments = sys.argv[1:]

    def chosen(weights: Path, engine: str, device: str, *_: Any, **__: Any) -> Any:
        return make_engine(kind, weights, engine, device)

    detector.make_engine = chosen  # type: ignore[assignment]
    sys.exit(node.main(sys.argv))
