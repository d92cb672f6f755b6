"""The rows of the table, from their file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from grasp_detector.baselines import BASELINES, Baseline
from grasp_detector.data.folds import Split
from grasp_detector.errors import InputError
from grasp_detector.evaluation.table import Figures, Row, Table
from grasp_detector.training.config import TrainingConfig, read_config

_PLAIN = re.compile(r"[a-z0-9_]+")
_NAMES = (
    *("title", "config", "baseline", "start", "splits", "needs"),
    *("paper", "paper_classes", "paper_time"),
)
_NEEDS = {
    "imagenet": "AlexNet's ImageNet weights (`--imagenet`)",
    "also": "simulated pictures (`--also`)",
}


@dataclass(frozen=True)
class Plan:
    """The table, and what makes each of its rows.

    Attributes:
        table: the rows.
        makers: row -> the training or the baseline that makes it.
        needs: row -> the option without which it is not made, "imagenet" or "also"; "" = none.
        starts: row -> the row whose training of the same fold it goes on from; "" = none.
    """

    table: Table
    makers: Mapping[str, TrainingConfig | Baseline]
    needs: Mapping[str, str]
    starts: Mapping[str, str]


def read_plan(path: Path) -> Plan:
    """The rows of a YAML file; `config/tables.yaml` says what is in it.

    Raises:
        InputError: missing, not YAML, an unknown name or a value that cannot be; or so a row's
            configuration.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"there are no rows {str(path)!r} here: run in the checkout, or give --rows"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"rows {str(path)!r} cannot be read: {error}") from error
    _check_names(values, ("detailed", "most_common_class", "rows"), str(path))
    listed = values.get("rows")
    if not isinstance(listed, dict) or not listed:
        raise InputError(f"{path}: rows: names with what makes them are expected")
    rows: dict[str, Row] = {}
    makers: dict[str, TrainingConfig | Baseline] = {}
    starts: dict[str, str] = {}
    for name, about in listed.items():
        where = f"{path}, row {name!r}"
        if not isinstance(name, str) or not _PLAIN.fullmatch(name):
            raise InputError(f"{where}: a name is of small letters, digits and _")
        _check_names(about, _NAMES, where)
        maker, source = _maker(about, path.parent, where)
        before = str(about.get("start", ""))
        if before and not (
            isinstance(maker, TrainingConfig) and isinstance(makers.get(before), TrainingConfig)
        ):
            raise InputError(
                f"{where}: start: a row above is needed, and a config for both, not {before!r}"
            )
        makers[name], starts[name] = maker, before
        rows[name] = _row(name, about, maker, source, rows.get(before), where)
    share = _number(values.get("most_common_class"), f"{path}, most_common_class")
    table = Table(tuple(rows.values()), str(values.get("detailed")), share)
    table.row(table.detailed)
    needs = {name: str(each.get("needs", "")) for name, each in listed.items()}
    return Plan(table, makers, needs, starts)


def _check_names(values: Any, known: tuple[str, ...], where: str) -> None:
    if not isinstance(values, dict):
        raise InputError(f"{where}: names with values are expected, not {values!r}")
    for name in values:
        if name not in known:
            raise InputError(f"{where}: unknown name {name!r}; known are {', '.join(known)}")


def _maker(
    about: Mapping[str, Any], folder: Path, where: str
) -> tuple[TrainingConfig | Baseline, str]:
    """What makes a row, and where that is written down."""
    if ("config" in about) == ("baseline" in about):
        raise InputError(f"{where}: either a config or a baseline is needed")
    if "config" in about:
        path = folder / str(about["config"])
        return read_config(path), f"`{folder.name}/{about['config']}`"
    name = about["baseline"]
    if name not in BASELINES:
        raise InputError(
            f"{where}: unknown baseline {name!r}: choose one of {', '.join(BASELINES)}"
        )
    return BASELINES[name], f"baseline `{name}`"


def _row(
    name: str,
    about: Mapping[str, Any],
    maker: TrainingConfig | Baseline,
    source: str,
    before: Row | None,
    where: str,
) -> Row:
    splits = about.get("splits", list(get_args(Split)))
    if not isinstance(splits, list) or not splits or not set(splits) <= set(get_args(Split)):
        raise InputError(f"{where}: splits: a list of {', '.join(get_args(Split))} is needed")
    needs = about.get("needs")
    if needs is not None and needs not in _NEEDS:
        raise InputError(f"{where}: needs: one of {', '.join(_NEEDS)}, not {needs!r}")
    kind = "training" if isinstance(maker, TrainingConfig) else f"baseline {about['baseline']}"
    experiment: dict[str, Any] = {
        kind: maker.to_dict() if isinstance(maker, TrainingConfig) else asdict(maker)
    }
    if before is not None:
        experiment["start"] = before.experiment
        source += f", on from `{before.name}`"
    return Row(
        name,
        str(about.get("title", name)),
        source,
        experiment,
        tuple(splits),
        _NEEDS[needs] if needs else "",
        _figures(about, "paper", where),
        _figures(about, "paper_classes", where),
        str(about.get("paper_time", "")),
    )


def _figures(about: Mapping[str, Any], name: str, where: str) -> Figures:
    values = about.get(name)
    if values is None:
        return {}
    if not isinstance(values, dict) or set(values) != set(get_args(Split)):
        raise InputError(f"{where}: {name}: a percentage for image and one for object are needed")
    return {split: _number(values[split], f"{where}, {name}") for split in get_args(Split)}


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where}: a number is needed, not {value!r}")
    return float(value)
