"""One run of the table: a training or a baseline, then its judgement."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grasp_detector.baselines import Baseline
from grasp_detector.cli.table_rows import Plan
from grasp_detector.data import Sample, fingerprint
from grasp_detector.detector.engines import make_engine
from grasp_detector.detector.onnx_cache import forget
from grasp_detector.evaluation import (
    PictureTime,
    Verdict,
    judge,
    judge_finder,
    time_finder,
    time_network,
)
from grasp_detector.evaluation.results import Result, Run, experiment_hash
from grasp_detector.evaluation.table import MadeElsewhereError
from grasp_detector.evaluation.timing import machine, versions
from grasp_detector.files import locked, write_whole
from grasp_detector.training.config import TrainingConfig
from grasp_detector.training.machines import Machines
from grasp_detector.training.protocol import Addition, Protocol
from grasp_detector.training.run import train

_TIMED = 20  # pictures


@dataclass(frozen=True)
class Maker:
    """Makes runs.

    Attributes:
        plan: the rows.
        samples: the whole data set.
        data: its name.
        output: folder of all trainings.
        imagenet: AlexNet's state dict, for the rows that need it.
        also: other data to train on, for the rows that need them.
        workers: processes that load pictures.
    """

    plan: Plan
    samples: Sequence[Sample]
    data: str
    output: Path
    imagenet: Path | None
    also: Sequence[Addition] = ()
    workers: int = 0

    def lacks(self, run: Run) -> str:
        """What a run cannot be made without and was not given, in words."""
        given = {"": True, "imagenet": self.imagenet is not None, "also": bool(self.also)}
        if not given[self.plan.needs[run.row]]:
            return self.plan.table.row(run.row).needs
        before = self._before(run)
        return self.lacks(before) if before else ""

    def __call__(self, run: Run) -> Result:
        """Make a run, or go on with it where it was stopped."""
        maker = self.plan.makers[run.row]
        protocol = Protocol(self.data, run.split, run.fold)
        if isinstance(maker, TrainingConfig):
            verdicts, seconds, per_picture = self._trained(run, maker, protocol)
        else:
            verdicts, seconds, per_picture = self._fitted(maker, protocol)
        return Result(
            run,
            self.plan.table.row(run.row).experiment,
            self.data,
            fingerprint(self.samples),
            protocol.folds_seed,
            verdicts,
            per_picture,
            seconds,
            machine(),
            versions(),
            self.also_of(run),
        )

    def also_of(self, run: Run) -> tuple[str, ...]:
        """Fingerprints of the other data that a run trains on."""
        return tuple(fingerprint(addition.samples) for addition in self._additions(run))

    def _fitted(
        self, baseline: Baseline, protocol: Protocol
    ) -> tuple[tuple[Verdict, ...], float, PictureTime]:
        kept, held = protocol.parts(self.samples)
        start = time.perf_counter()
        find = baseline.fit(kept)
        seconds = time.perf_counter() - start
        verdicts = tuple(judge_finder(find, held))
        return verdicts, seconds, time_finder(find, held, "torch", _TIMED)

    def _trained(
        self, run: Run, config: TrainingConfig, protocol: Protocol
    ) -> tuple[tuple[Verdict, ...], float, PictureTime]:
        weights, seconds = self._weights(run, config, protocol)
        network = make_engine(weights, "onnx", "cpu")  # float32 whatever the machine has
        held = protocol.parts(self.samples)[1]
        verdicts = tuple(judge(network, held, side=config.model.side))
        per_picture = time_network(network, held, network.name, config.model.side, _TIMED)
        # Nobody will ask for these weights again: they need no place in the user's cache.
        forget(weights)
        return verdicts, seconds, per_picture

    def _weights(self, run: Run, config: TrainingConfig, protocol: Protocol) -> tuple[Path, float]:
        """What a training makes, and how long it took without what it goes on from."""
        start = self._start(run, protocol)
        folder = self.folder(run)
        clock = Clock(folder.with_suffix(".seconds"), folder)
        clock.start()
        weights = train(
            self.samples,
            config,
            protocol,
            folder,
            self.imagenet if self.plan.needs[run.row] == "imagenet" else None,
            also=self._additions(run),
            machines=Machines(workers=self.workers),
            start=start,
        )
        return weights, clock.stop()

    def _start(self, run: Run, protocol: Protocol) -> Path | None:
        """The weights that a run goes on from, trained where they are not there.

        Raises:
            MadeElsewhereError: another process trains them.
        """
        before = self._before(run)
        if before is None:
            return None
        config = self.plan.makers[before.row]
        assert isinstance(config, TrainingConfig)
        with locked(before.lock(self.locks)) as mine:
            if not mine:
                raise MadeElsewhereError
            return self._weights(before, config, protocol)[0]

    def _before(self, run: Run) -> Run | None:
        row = self.plan.starts[run.row]
        return run._replace(row=row) if row else None

    @property
    def locks(self) -> Path:
        """Folder of the locks, by which several processes share the work."""
        return self.output / "locks"

    def folder(self, run: Run) -> Path:
        """Where a training lives: another place for another experiment or other data."""
        about: dict[str, Any] = {
            "experiment": self.plan.table.row(run.row).experiment,
            "data": [self.data, fingerprint(self.samples)],
        }
        if additions := self._additions(run):
            about["also"] = [addition.to_dict() for addition in additions]
        return self.output / run.row / f"{run.split}-{run.fold}-{experiment_hash(about)}"

    def _additions(self, run: Run) -> Sequence[Addition]:
        return self.also if self.plan.needs[run.row] == "also" else ()


class Clock:
    """Time that a training takes, over all its sittings.

    Of a sitting that was killed only what came before its last checkpoint counts: the rest is done
    again.

    Args:
        path: where the clock keeps its state.
        folder: of the training, with its checkpoints.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self._before, self._began = 0.0, 0.0

    def start(self) -> None:
        """Begin a sitting."""
        self._before = self._earlier()
        self._began = time.monotonic()
        # Whoever goes on compares this with a file's time, which is the wall clock's.
        self._write(self._before, time.time())

    def stop(self) -> float:
        """End the sitting; seconds of all of them."""
        seconds = self._before + time.monotonic() - self._began
        self._write(seconds, None)
        return seconds

    def _earlier(self) -> float:
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
            before, started = float(state["seconds"]), state["started"]
            if started is None:
                return before
            kept = max((each.stat().st_mtime for each in self.folder.glob("*.ckpt")), default=0.0)
            return before + max(0.0, kept - float(started))
        except (OSError, KeyError, TypeError, ValueError):
            return 0.0  # the first sitting, or nobody knows

    def _write(self, seconds: float, started: float | None) -> None:
        write_whole(self.path, json.dumps({"seconds": seconds, "started": started}))
