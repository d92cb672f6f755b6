"""What a network is: enough to build it again, stored with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from grasp_detector.errors import InputError
from grasp_detector.rgbd import NETWORK_SIZE

Backbone = Literal["alexnet", "efficientnet_lite0"]
Head = Literal["direct", "multigrasp", "dense", "light"]
_CELLS: dict[Head, int] = {"direct": 1, "multigrasp": 7, "dense": 28, "light": 24}
_STRIDE = 8  # pixels of the input that a cell of a convolutional grid is wide


@dataclass(frozen=True)
class ModelSpec:
    """A backbone and a head.

    Attributes:
        backbone: "alexnet" as in the paper, or "efficientnet_lite0".
        head: "direct": the paper's fully connected layers and one answer for the picture, which is
            its direct regression, with classes its regression + classification; "multigrasp": the
            same layers and 7x7 cells; "dense": a convolutional 28x28 grid over three feature
            levels; "light": the same of a smaller picture, with 24x24 cells, for slow processors.
        classes: how many classes a cell tells apart; 0 = none.
    """

    backbone: Backbone = "efficientnet_lite0"
    head: Head = "dense"
    classes: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("backbone", self.backbone, get_args(Backbone)),
            ("head", self.head, get_args(Head)),
        ):
            if value not in known:
                raise InputError(f"unknown {name} {value!r}: choose one of {', '.join(known)}")
        if self.backbone == "alexnet" and self.convolutional:
            raise InputError(
                f"the {self.head} head needs a backbone with strides 8, 16 and 32: not alexnet"
            )

        if type(self.classes) is not int or self.classes < 0:
            raise InputError(f"classes is {self.classes!r}: a number from 0 is needed")

    @property
    def cells(self) -> int:
        """Cells a side of the grid."""
        return _CELLS[self.head]

    @property
    def convolutional(self) -> bool:
        """Whether the grid comes of convolutions: a grasp at every place, a class beside it."""
        return self.head in ("dense", "light")

    @property
    def side(self) -> int:
        """Side S of the picture that goes in, pixels (`rgbd.to_network`).

        The coordinates that come out are of a picture of `rgbd.NETWORK_SIZE`, whatever S.
        """
        return _STRIDE * self.cells if self.convolutional else NETWORK_SIZE
