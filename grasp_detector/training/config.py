"""An experiment: one file, every number of it checked."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from grasp_detector.errors import InputError
from grasp_detector.model.spec import ModelSpec


@dataclass(frozen=True)
class Augmentation:
    """How a picture is varied; the paper's are rotation and translation (section V).

    Attributes:
        rotation: degrees either way; 180 = any.
        translation: pixels either way, at 640x480.
        scale: least and greatest magnification.
        mirror: left and right exchanged half of the time.
        light: strength of changes of brightness, contrast and colour, 0 = none.
        sharpness: strength of blurring, sharpening and noise, 0 = none.
        depth: share of pictures shown with depth: the measured one, or where there is none a
            plausible one, see `plausible_depth`.
        table: share of pictures whose object is put on another table, see `cutout`; of those
            without measured depth and whose object can be told from the table.
        clutter: share of pictures to which other pictures' objects are added; of the same.
    """

    rotation: float = 180.0
    translation: float = 50.0
    scale: tuple[float, float] = (0.8, 1.3)
    mirror: bool = True
    light: float = 0.3
    sharpness: float = 0.5
    depth: float = 0.6
    table: float = 0.3
    clutter: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.rotation <= 180:
            raise InputError("rotation must be from 0 to 180 degrees")
        if not 0 <= self.translation <= 320:
            raise InputError("translation must be from 0 to 320 pixels: that much is looked at")
        if not 0 < self.scale[0] <= self.scale[1] < math.inf:
            raise InputError("scale needs two finite numbers, 0 < least <= greatest")
        shares = (self.light, self.sharpness, self.depth, self.table, self.clutter)
        if not all(0 <= share <= 1 for share in shares):
            raise InputError(
                "light, sharpness, depth, table and clutter are shares and strengths: from 0 to 1"
            )


@dataclass(frozen=True)
class TrainingConfig:
    """One training.

    Attributes:
        model: the network.
        epochs, batch, learning_rate, weight_decay: as usual.
        average: decay a step of the moving average of the weights, which is what is kept.
        seed: of the weights, the order and the augmentation.
        added: how many pictures of additional data sets an epoch shows, at most, for each of the
            data set's own; every epoch draws others.
        head_first: variations of each picture of which the head learns alone before the epochs
            begin, see `head_first`; 0 = it does not.
        augmentation: see there.
    """

    model: ModelSpec = field(default_factory=ModelSpec)
    epochs: int = 25
    batch: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    average: float = 0.995
    seed: int = 0
    added: float = 1.0
    head_first: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise InputError("epochs and batch must be at least 1")
        if not (self.learning_rate > 0 and self.weight_decay >= 0 and 0 <= self.average < 1):
            raise InputError("learning_rate > 0, weight_decay >= 0 and 0 <= average < 1 are needed")
        if self.head_first < 0:
            raise InputError("head_first must be at least 0")
        if self.head_first and self.model.convolutional:
            raise InputError("head_first is for fully connected heads: direct or multigrasp")
        if not self.added > 0:
            raise InputError("added must be above 0; without --also nothing is added")
        if not all(map(math.isfinite, (self.learning_rate, self.weight_decay, self.added))):
            raise InputError("learning_rate, weight_decay and added must be finite")
        if not 0 <= self.seed < 2**32:
            raise InputError("seed must be from 0 to 2**32 - 1")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the file.

        What was always so is not named: experiments from before it could be otherwise are the same.
        """
        values = asdict(self)
        for name in ("added", "head_first"):
            if values[name] == getattr(type(self), name):
                del values[name]
        return values


def read_config(path: Path) -> TrainingConfig:
    """A configuration from YAML; what the file does not say keeps its default.

    Raises:
        InputError: missing, not YAML, an unknown name or a value of the wrong kind.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"configuration {str(path)!r} cannot be read: {error}") from error
    return config_from_dict(values or {}, str(path))


def config_from_dict(values: Any, where: str) -> TrainingConfig:
    """Inverse of `TrainingConfig.to_dict`; ``where`` is named in errors."""
    config = _build(TrainingConfig, values, where)
    assert isinstance(config, TrainingConfig)
    return config


def _build(kind: type, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise InputError(f"{where}: names with values are expected, not {values!r}")
    known = {item.name: item for item in fields(kind)}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise InputError(f"{where}: unknown name {name!r}; known are {', '.join(known)}")
        arguments[name] = _convert(name, value, getattr(kind(), name), where)
    return kind(**arguments)


def _convert(name: str, value: Any, default: Any, where: str) -> Any:
    """The value as the kind of its default."""
    if isinstance(default, (ModelSpec, Augmentation)):
        return _build(type(default), value, f"{where}, {name}")
    if isinstance(default, tuple):
        if not isinstance(value, (list, tuple)) or len(value) != len(default):
            raise InputError(f"{where}: {name} needs {len(default)} values, not {value!r}")
        return tuple(_convert(name, v, d, where) for v, d in zip(value, default, strict=True))
    wanted = type(default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not wanted:
        raise InputError(f"{where}: {name} needs {wanted.__name__}, not {value!r}")
    return value
