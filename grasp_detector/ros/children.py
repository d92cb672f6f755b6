"""Processes that a process starts: their logs, their end, a ROS domain of their own."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic

from grasp_detector.errors import InputError
from grasp_detector.files import locked
from grasp_detector.processes import command, environment

# Discovery ports of these domains stay below Linux's range of ephemeral ports.
DOMAINS = range(1, 102)
PATIENCE = 5.0  # seconds that a process has for its clean end


class Child:
    """A module of ours that runs as a process and prints into a log.

    Args:
        module: to run, as for ``python -m``.
        arguments: after it.
        log: file for all that it prints.
        domain: ROS domain that it speaks in.
    """

    def __init__(self, module: str, arguments: list[str], log: Path, domain: int) -> None:
        self.name = module.rpartition(".")[2]
        self.log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                command(module, arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**environment(), "ROS_DOMAIN_ID": str(domain), "PYTHONUNBUFFERED": "1"},
            )

    @property
    def status(self) -> int | None:
        """Exit status; None while it runs."""
        return self._process.poll()

    def memory_mb(self) -> tuple[float, float]:
        """Its resident memory, MB: all of it, and the part that is shared (images on their way).

        Raises:
            RuntimeError: it has ended.
        """
        try:
            lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
            sizes = dict(line.split(":", 1) for line in lines)
            all_of_it, shared = (int(sizes[key].split()[0]) for key in ("VmRSS", "RssShmem"))
        except (OSError, KeyError) as error:
            raise RuntimeError(f"{self.name} has ended") from error
        return all_of_it / 1024, shared / 1024

    def tail(self, lines: int = 12) -> str:
        """The last lines that it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def interrupt(self) -> None:
        """Ask it to end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self, until: float) -> None:
        """Wait for its end until a time of the monotonic clock, then force it."""
        try:
            self._process.wait(max(0.0, until - monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Children:
    """The processes of one run; leaving the context ends them all."""

    def __init__(self, domain: int) -> None:
        self._domain = domain
        self._all: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *error: object) -> None:
        for child in self._all:
            child.interrupt()
        until = monotonic() + PATIENCE
        for child in self._all:
            child.end(until)

    def start(
        self, module: str, parameters: dict[str, object], log: Path, namespace: str = ""
    ) -> Child:
        """Start a node of ours with ROS parameters, in the root namespace or another."""
        arguments = ["--ros-args"] if parameters or namespace else []
        if namespace:
            arguments += ["-r", f"__ns:=/{namespace}"]
        for name, value in parameters.items():
            arguments += ["-p", f"{name}:={value}"]
        child = Child(module, arguments, log, self._domain)
        self._all.append(child)
        return child

    def __iter__(self) -> Iterator[Child]:
        return iter(self._all)

    def ended(self) -> Child | None:
        """A process that has ended, if any has."""
        return next((child for child in self._all if child.status is not None), None)


@contextmanager
def own_domain() -> Iterator[int]:
    """A ROS domain that no other run of ours is in: a locked file stands for each in use.

    The lock of a process that dies is gone with it. All users of the machine share the locks.

    Raises:
        InputError: all are in use, or somebody does not let us see.
    """
    folder = Path(tempfile.gettempdir(), "grasp_detector_ros_domains")
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o1777)  # whatever the umask: other users make locks there, too
    if folder.is_symlink():
        raise InputError(f"{str(folder)!r} is a link, which is not ours: remove it")
    refused = None
    # In random order: what was left on a domain, say in shared memory, then meets no other run.
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        with ExitStack() as lock:
            try:
                held = lock.enter_context(locked(folder / str(domain)))
            except InputError as error:
                refused = error
                continue
            if held:
                yield domain
                return
    raise refused or InputError("every ROS domain from 1 to 101 is in use")
