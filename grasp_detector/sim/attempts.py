"""Grasps that are tried on the tables of a `ViewStream`, in a process that has tables of its own.

The same seed makes the same tables: so a grasp can be tried in a view while the next ones are
rendered, and neither waits for the other.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from dataclasses import asdict
from typing import BinaryIO

from grasp_detector.detector import GripperPose
from grasp_detector.sim.beside import Beside, serve
from grasp_detector.sim.gripper import Outcome
from grasp_detector.sim.scene import TableTop
from grasp_detector.sim.views import table_of

NICE = 10  # detector and views come first


class AttemptStream:
    """Tries one grasp at a time.

    Args:
        seed: of the views.
    """

    def __init__(self, seed: int) -> None:
        self._beside = Beside(__name__, str(seed))
        self._outcomes: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.busy = False

    def submit(self, view: int, pose: GripperPose) -> None:
        """Let a grasp be tried; `outcome` tells what came of it. Only while not `busy`."""
        self.busy = True
        line = json.dumps({"view": view, "pose": asdict(pose)})
        try:
            self._beside.to.write(line.encode() + b"\n")
            self._beside.to.flush()
        except BrokenPipeError:
            pass  # the process has ended, and `outcome` says why

    def outcome(self) -> Outcome | None:
        """What came of the grasp, once; None while that is not known.

        Raises:
            InputError: there is no PyBullet.
            RuntimeError: the process failed.
        """
        try:
            word = self._outcomes.get_nowait()
        except queue.Empty:
            return None
        if not word:
            self._outcomes.put("")  # the next call fails, too
            self._beside.fail()
        self.busy = False
        return Outcome(word)

    def close(self) -> None:
        """End the process."""
        self._beside.end()
        self._reader.join()
        self._beside.close()

    def _read(self) -> None:
        """Hand outcomes over, in the reader's thread; an empty word comes after the last."""
        for line in self._beside.out:
            self._outcomes.put(line.decode().strip())
        self._outcomes.put("")


def answer(seed: int, asked: BinaryIO, pipe: BinaryIO) -> None:
    """Try what is asked for, line by line, and write what came of it."""
    table: TableTop | None = None
    shown = -1
    try:
        for line in asked:
            question = json.loads(line)
            if table is None or shown != question["view"]:
                if table is not None:
                    table.close()
                shown = question["view"]
                table_seed, objects = table_of(seed, shown)
                table = TableTop(table_seed)
                for _ in range(objects):
                    table.drop()
            outcome = table.attempt(GripperPose(**question["pose"]))
            pipe.write(outcome.value.encode() + b"\n")
            pipe.flush()
    finally:
        if table is not None:
            table.close()


def main() -> int:
    """Be that process: ``python -m grasp_detector.sim.attempts SEED``."""
    return serve(lambda pipe: answer(int(sys.argv[1]), sys.stdin.buffer, pipe), NICE)


if __name__ == "__main__":
    sys.exit(main())
