"""A stream of camera frames, from scenes that another process renders ahead.

Rendering takes half a second a view and would hold up a publisher in the same process. So a
process renders, adds the sensor's noise, and writes the next view to a pipe, whose little room
makes it wait until that is wanted, and whose end ends it.
"""

from __future__ import annotations

import queue
import sys
import threading
from dataclasses import dataclass
from io import BufferedReader
from itertools import count
from time import monotonic
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from grasp_detector.sim.beside import Beside, serve
from grasp_detector.sim.camera import HEIGHT, WIDTH
from grasp_detector.sim.kinect import kinect_colour, kinect_depth
from grasp_detector.sim.scene import TableTop

OBJECTS = 4  # on a table before it is cleared
GRAINS = 6  # frames of a view, equal but for the sensor's noise
# A view's frames as they are written: uint8 colours, then uint16 millimetres.
COLOURS = (GRAINS, HEIGHT, WIDTH, 3)
DEPTHS = (GRAINS, HEIGHT, WIDTH)
NICE = 5  # the detector comes first


@dataclass(frozen=True)
class Frame:
    """What a Kinect delivers at one moment.

    Attributes:
        rgb: ``(480, 640, 3)`` uint8.
        depth: ``(480, 640)`` uint16 millimetres, registered to the colours, 0 = none.
        view: number of the view, from 0: each shows another object more, or a new table.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    view: int


class ViewStream:
    """Frames of a table on which an object more lies every few seconds.

    Args:
        seed: the same one gives the same views.
        hold: seconds that a view is shown at least; longer while the next one is not ready.
    """

    def __init__(self, seed: int = 0, hold: float = 3.0) -> None:
        self._hold = hold
        self._ready: queue.Queue[tuple[NDArray, NDArray] | None] = queue.Queue(1)
        self._view = -1
        self._frames: list[Frame] = []
        self._shown = 0
        self._since = 0.0
        self._beside = Beside(__name__, str(seed))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def frame(self) -> Frame | None:
        """The next frame, at once; None while the first view is not ready.

        Raises:
            InputError: there is no PyBullet.
            RuntimeError: the rendering process failed.
        """
        if monotonic() - self._since >= self._hold:
            self._next_view()
        if not self._frames:
            return None
        self._shown += 1
        return self._frames[self._shown % len(self._frames)]

    def close(self) -> None:
        """End the rendering process."""
        self._beside.end()
        while self._reader.is_alive():
            # The reader may wait for room.
            try:
                self._ready.get(timeout=0.05)
            except queue.Empty:
                continue
        self._beside.close()

    def _next_view(self) -> None:
        try:
            view = self._ready.get_nowait()
        except queue.Empty:
            return
        if view is None:
            self._ready.put(None)  # the next call fails, too
            self._beside.fail()
        else:
            self._view += 1
            self._frames = [Frame(rgb, depth, self._view) for rgb, depth in zip(*view, strict=True)]
            self._since = monotonic()

    def _read(self) -> None:
        """Hand views over, in the reader's thread; None comes after the last."""
        pipe = self._beside.out
        assert isinstance(pipe, BufferedReader)
        try:
            while True:
                rgb = np.empty(COLOURS, np.uint8)
                depth = np.empty(DEPTHS, np.uint16)
                array: NDArray
                for array in (rgb, depth):
                    # Less at the end only.
                    if pipe.readinto(array.data.cast("B")) < array.nbytes:
                        return
                self._ready.put((rgb, depth))
        finally:
            self._ready.put(None)


def table_of(seed: int, view: int) -> tuple[list[int], int]:
    """Seed of the table that a view shows, and how many objects lie on it."""
    table, objects = divmod(view, OBJECTS)
    return [seed, table], objects + 1


def write_views(seed: int, pipe: BinaryIO) -> None:
    """Render views and write each as two arrays, until nobody reads any more."""
    noise = np.random.default_rng([seed, 1])
    for first in count(0, OBJECTS):
        with TableTop(table_of(seed, first)[0]) as table:
            for _ in range(OBJECTS):
                table.drop()
                view = table.render()
                focal = view.camera.intrinsics.fx
                colours = [kinect_colour(view.rgb, noise) for _ in range(GRAINS)]
                depths = [kinect_depth(view.depth, focal, noise) for _ in range(GRAINS)]
                pipe.write(np.stack(colours).tobytes())
                pipe.write(np.stack(depths).tobytes())
                pipe.flush()


def main() -> int:
    """Be the rendering process: ``python -m grasp_detector.sim.views SEED``."""
    return serve(lambda pipe: write_views(int(sys.argv[1]), pipe), NICE)


if __name__ == "__main__":
    sys.exit(main())
