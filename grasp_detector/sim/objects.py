"""What there is to drop on the table, and which of it is for training and which for testing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml

from grasp_detector.errors import InputError

SPLIT_SEED = 0  # of the deal that `objects.yaml` holds
TEST_SHARE = 0.2  # of each family


@dataclass(frozen=True)
class Model:
    """A kind of object.

    Attributes:
        name: unique.
        family: ``household``, ``plain``, ``random`` or ``own``.
        urdf: file in PyBullet's data folder, or anywhere; empty for a plain shape.
        shape: ``box``, ``cylinder`` or ``cup`` where there is no file.
        size: of the plain shape, metres: three edges, or diameter and length.
        scale: least and greatest size, as a factor.
        textured: whether the model brings a texture that is worth keeping.
    """

    name: str
    family: str
    urdf: str = ""
    shape: str = ""
    size: tuple[float, ...] = ()
    scale: tuple[float, float] = (1.0, 1.0)
    textured: bool = False

    @property
    def mass(self) -> float:
        """Kilogrammes of a plain shape: half as dense as water, a cup a quarter of that."""
        if self.shape == "box":
            return 500.0 * float(np.prod(self.size))
        diameter, length = self.size
        return (125.0 if self.shape == "cup" else 500.0) * np.pi / 4 * diameter**2 * length


HOUSEHOLD = (
    Model("mug", "household", "objects/mug.urdf", scale=(0.75, 1.0)),
    Model("duck", "household", "duck_vhacd.urdf", scale=(0.8, 1.2), textured=True),
    Model("brick", "household", "lego/lego.urdf", scale=(1.0, 1.8)),
    Model("domino", "household", "domino/domino.urdf", scale=(1.5, 2.2), textured=True),
    Model("plank", "household", "jenga/jenga.urdf", scale=(0.6, 0.9), textured=True),
    Model("bar", "household", "block.urdf", scale=(1.0, 1.4)),
    Model("marker", "household", shape="cylinder", size=(0.017, 0.14)),
    Model("can", "household", shape="cylinder", size=(0.055, 0.09), scale=(0.8, 1.1)),
    Model("tube", "household", shape="cylinder", size=(0.03, 0.16), scale=(0.8, 1.1)),
    Model("remote control", "household", shape="box", size=(0.16, 0.045, 0.02), scale=(0.8, 1.1)),
    Model("matchbox", "household", shape="box", size=(0.11, 0.065, 0.025), scale=(0.6, 1.0)),
    Model("soap", "household", shape="box", size=(0.085, 0.055, 0.03), scale=(0.8, 1.1)),
    Model("eraser", "household", shape="box", size=(0.06, 0.024, 0.014), scale=(0.9, 1.3)),
)


def _spread(index: int, ranges: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """The index-th of points that fill a box of ranges evenly, the same everywhere and for ever."""
    # Powers of the inverse of the generalised golden ratio, the root of x^(d + 1) = x + 1.
    ratio = 1.5
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (len(ranges) + 1))
    parts = [(0.5 + (index + 1) * ratio ** -(axis + 1)) % 1.0 for axis in range(len(ranges))]
    return tuple(
        round(low + part * (high - low), 4) for part, (low, high) in zip(parts, ranges, strict=True)
    )


# Boxes, cylinders and cups of all sizes that a gripper may meet, some too large for it.
PLAIN = tuple(
    Model(f"{shape} {i:03}", "plain", shape=shape, size=_spread(i, ranges), scale=(0.9, 1.1))
    for shape, count, ranges in (
        ("box", 100, ((0.05, 0.18), (0.025, 0.11), (0.012, 0.06))),
        ("cylinder", 60, ((0.012, 0.09), (0.04, 0.17))),
        ("cup", 40, ((0.05, 0.12), (0.03, 0.11))),
    )
    for i in range(count)
)

# 168 has vertices that are no numbers.
RANDOM = tuple(
    Model(f"random {i:03}", "random", f"random_urdfs/{i:03}/{i:03}.urdf", scale=(0.7, 1.1))
    for i in range(1000)
    if i != 168
)
CATALOGUE = {model.name: model for model in (*HOUSEHOLD, *PLAIN, *RANDOM)}


def pick(rng: np.random.Generator, models: Sequence[Model]) -> Model:
    """A random one of the models, each of their families as often as the others."""
    families = sorted({model.family for model in models})
    family = families[int(rng.integers(len(families)))]
    members = [model for model in models if model.family == family]
    return members[int(rng.integers(len(members)))]


def find_models(where: str) -> tuple[Model, ...]:
    """The objects that a word or a folder stands for.

    Args:
        where: ``train`` or ``test``: the two parts of the catalogue, which share nothing; or a
            folder with ``.urdf`` files, in metres.

    Raises:
        InputError: neither.
    """
    if where in ("train", "test"):
        return tuple(CATALOGUE[name] for name in split()[where])
    folder = Path(where)
    found = sorted(folder.resolve().glob("*.urdf")) if folder.is_dir() else []
    if not found:
        raise InputError(
            f"objects {where!r}: train, test or a folder that holds .urdf files is expected"
        )
    return tuple(Model(path.stem, "own", str(path)) for path in found)


@cache
def split() -> dict[str, list[str]]:
    """The names of the catalogue's objects for ``train`` and for ``test``, as stored."""
    text = files("grasp_detector.sim").joinpath("objects.yaml").read_text(encoding="utf-8")
    parts: dict[str, list[str]] = yaml.safe_load(text)
    return parts


def deal(seed: int) -> dict[str, list[str]]:
    """Deal the catalogue out to ``train`` and ``test``, family by family and shape by shape.

    By hashes of the names, so that it is the same with every version of everything.
    """
    parts: dict[str, list[str]] = {"train": [], "test": []}
    for kind in sorted({(model.family, _kind(model)) for model in CATALOGUE.values()}):
        names = [m.name for m in CATALOGUE.values() if (m.family, _kind(m)) == kind]
        shuffled = sorted(
            names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest()
        )
        count = round(TEST_SHARE * len(names))
        parts["test"] += sorted(shuffled[:count])
        parts["train"] += sorted(shuffled[count:])
    return parts


def _kind(model: Model) -> str:
    return model.shape if model.family == "plain" else ""
