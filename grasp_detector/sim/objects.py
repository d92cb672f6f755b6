"""What there is to drop on the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Model:
    """A kind of object.

    Attributes:
        name: unique.
        urdf: file in PyBullet's data folder; empty for a plain shape.
        shape: ``box`` or ``cylinder`` where there is no file.
        size: of the plain shape, metres: three edges, or diameter and length.
        scale: least and greatest size, as a factor.
        textured: whether the model brings a texture that is worth keeping.
    """

    name: str
    urdf: str = ""
    shape: str = ""
    size: tuple[float, ...] = ()
    scale: tuple[float, float] = (1.0, 1.0)
    textured: bool = False

    @property
    def mass(self) -> float:
        """Kilogrammes of a plain shape: half as dense as water."""
        if self.shape == "box":
            return 500.0 * float(np.prod(self.size))
        diameter, length = self.size
        return 500.0 * np.pi / 4 * diameter**2 * length


HOUSEHOLD = (
    Model("mug", "objects/mug.urdf", scale=(0.75, 1.0)),
    Model("duck", "duck_vhacd.urdf", scale=(0.8, 1.2), textured=True),
    Model("brick", "lego/lego.urdf", scale=(1.0, 1.8)),
    Model("domino", "domino/domino.urdf", scale=(1.5, 2.2), textured=True),
    Model("plank", "jenga/jenga.urdf", scale=(0.6, 0.9), textured=True),
    Model("bar", "block.urdf", scale=(1.0, 1.4)),
    Model("marker", shape="cylinder", size=(0.017, 0.14)),
    Model("can", shape="cylinder", size=(0.055, 0.09), scale=(0.8, 1.1)),
    Model("tube", shape="cylinder", size=(0.03, 0.16), scale=(0.8, 1.1)),
    Model("remote control", shape="box", size=(0.16, 0.045, 0.02), scale=(0.8, 1.1)),
    Model("matchbox", shape="box", size=(0.11, 0.065, 0.025), scale=(0.6, 1.0)),
    Model("soap", shape="box", size=(0.085, 0.055, 0.03), scale=(0.8, 1.1)),
    Model("eraser", shape="box", size=(0.06, 0.024, 0.014), scale=(0.9, 1.3)),
)

# 168 has vertices that are no numbers.
RANDOM = tuple(
    Model(f"random {i:03}", f"random_urdfs/{i:03}/{i:03}.urdf", scale=(0.7, 1.1))
    for i in range(1000)
    if i != 168
)
CATALOGUE = {model.name: model for model in (*HOUSEHOLD, *RANDOM)}


def pick(rng: np.random.Generator) -> Model:
    """A random model: as often a household object as one of the thousand random shapes."""
    models = HOUSEHOLD if rng.random() < 0.5 else RANDOM
    return models[int(rng.integers(len(models)))]
