"""Modules of ours as processes of their own, whatever lies in the current folder."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from grasp_detector.errors import InputError

# ``python -m`` and ``-c`` look for modules in the current folder first: a numpy.py among somebody's
# pictures would be run. The option -P against that is not there before Python 3.11.
_PROGRAM = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from grasp_detector.processes import end_with_parent; end_with_parent(); "
    "import runpy; runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)

_ON_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG


def run_module(module: str, arguments: list[str]) -> str:
    """Run a module of ours to its end and return the last line that it printed, or "".

    Raises:
        InputError: it failed; with the last line that it said.
    """
    done = subprocess.run(
        command(module, arguments),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        # Ctrl-C is for whoever waits. A node's thread, which it does not reach, goes on waiting,
        # and the child gets done; a main thread is thrown out of `run`, which kills the child at
        # once: what that was writing may stay behind.
        start_new_session=True,
    )
    name = module.rpartition(".")[2]
    if done.returncode < 0:
        raise InputError(f"{name} of {arguments[0]!r} was ended by signal {-done.returncode}")
    if done.returncode:
        raise InputError(f"{name} of {arguments[0]!r} failed: {_last(done.stderr) or 'no message'}")
    return _last(done.stdout)


def command(module: str, arguments: Sequence[str]) -> list[str]:
    """The command line of a module of ours, for `environment`."""
    return [sys.executable, "-c", _PROGRAM, module, *arguments]


def end_with_parent() -> None:
    """Let this process be asked to end when whoever started it ends, in whatever way.

    That is the thread that did: it is to wait for this process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ON_PARENTS_DEATH, int(signal.SIGTERM))


def environment() -> dict[str, str]:
    """This process's, with this very package first on the search path.

    Empty entries of the path are the current folder, too, and left out.
    """
    package = str(Path(__file__).resolve().parents[1])
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, *filter(None, inherited)])}


def _last(said: str) -> str:
    return (said.strip().splitlines() or [""])[-1]
