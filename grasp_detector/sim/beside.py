"""A module of this room that runs as a process beside another one, which talks to it by pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import IO, BinaryIO, NoReturn

import cv2

from grasp_detector.errors import InputError
from grasp_detector.processes import command, environment


class Beside:
    """A process that ends when its pipes do.

    Args:
        module: to run, as for ``python -m``.
        arguments: after it.

    Attributes:
        process: with pipes for its input and output.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            command(module, arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.to: IO[bytes] = self.process.stdin
        self.out: IO[bytes] = self.process.stdout

    def fail(self) -> NoReturn:
        """Wait for its end and say why that came.

        Raises:
            InputError: what was asked of it cannot be.
            RuntimeError: something else went wrong.
        """
        status = self.process.wait()
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        last = said[-1] if said else f"exit status {status}"
        if status == 2:
            raise InputError(last)
        raise RuntimeError(f"the simulated table failed: {last}")

    def end(self) -> None:
        """End it, if it still runs; its output can still be read."""
        self.process.terminate()
        self.process.wait()

    def close(self) -> None:
        """Close the pipes of an ended process."""
        for pipe in (self.to, self.out, self._log):
            with suppress(BrokenPipeError):  # what it had not read ends with it
                pipe.close()


def serve(work: Callable[[BinaryIO], None], nice: int) -> int:
    """Be such a process: do the work, which writes into a pipe; return the exit status.

    Args:
        work: to do.
        nice: how far everything else comes first: 0 to 19.
    """
    # Ctrl-C goes to the whole group; the other process decides when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(nice)
    cv2.setNumThreads(1)
    # Whatever prints does not print where the work is written.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        work(pipe)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        pass
    # What is left in the pipe's buffer is not wanted.
    os._exit(0)
