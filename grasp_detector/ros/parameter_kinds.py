"""What is told of a parameter in the table of parameters, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

from grasp_detector.errors import InputError


def parameter(
    default: Any,
    description: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
    loads: bool = False,
) -> Any:
    """Describe a parameter.

    ``live``: may change while the node is active, at once. ``loads``: may too; what it asks for is
    loaded aside and takes the old one's place when it is ready.
    """
    about = {
        "description": description,
        "low": low,
        "high": high,
        "choices": choices,
        "live": live,
        "loads": loads,
    }
    return field(default=default, metadata=about)


def check(name: str, value: Any, default: Any, about: Mapping[str, Any]) -> None:
    """Raise InputError where a parameter cannot have the value."""
    if type(value) is not type(default):
        raise InputError(f"{name} is of type {type(default).__name__}, not {type(value).__name__}")
    if about["choices"] and value not in about["choices"]:
        raise InputError(f"{name} is {value!r}, none of {', '.join(about['choices'])}")
    # Written so that NaN is refused too.
    if about["low"] is not None and not about["low"] <= value <= about["high"]:
        raise InputError(f"{name} is {value}, outside {about['low']} to {about['high']}")


def descriptor(about: Mapping[str, Any]) -> ParameterDescriptor:
    """Return the same for ROS."""
    told = ParameterDescriptor(description=about["description"])
    if about["choices"]:
        told.additional_constraints = "one of " + ", ".join(about["choices"])
    if isinstance(about["low"], int):
        told.integer_range = [IntegerRange(from_value=about["low"], to_value=about["high"])]
    elif about["low"] is not None:
        told.floating_point_range = [
            FloatingPointRange(from_value=about["low"], to_value=about["high"])
        ]
    return told
