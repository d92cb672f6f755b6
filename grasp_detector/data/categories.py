"""What kind of thing an object is: the categories of `categories.yaml`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

UNKNOWN = -1
"""The category of an object that is in no category."""


@cache
def categories() -> tuple[str, ...]:
    """Names of the categories; a category's number is its place here."""
    return tuple(_table())


def category_of(object_name: str) -> int:
    """Number of an object's category, `UNKNOWN` for a name that is in none."""
    return _numbers().get(object_name, UNKNOWN)


@cache
def _table() -> dict[str, list[str]]:
    text = files("grasp_detector.data").joinpath("categories.yaml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = yaml.safe_load(text)
    return table


@cache
def _numbers() -> dict[str, int]:
    return {name: number for number, names in enumerate(_table().values()) for name in names}
