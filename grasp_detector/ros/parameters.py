"""The node's parameters: one table of names, types, defaults, ranges and descriptions.

Declaration, validation, documentation and the values that the node works with all come from
``Settings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from grasp_detector.detector.engines import ENGINES
from grasp_detector.errors import InputError

LONGEST_WAIT = 3600.0  # seconds that ~/detect may wait


def _parameter(
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


@dataclass(frozen=True)
class Settings:
    """The values of all parameters at one time."""

    autostart: bool = _parameter(
        True, "Configure and activate at the start, without a lifecycle manager."
    )
    weights: str = _parameter(
        "", "Weights file (safetensors); empty: the shipped ones.", loads=True
    )
    weights_sha256: str = _parameter(
        "",
        "SHA-256 of the weights file, 64 hexadecimal digits; a file with another one is refused. "
        "Empty: not checked.",
        loads=True,
    )
    device: str = _parameter(
        "auto", "Where the network runs.", choices=("auto", "cpu", "cuda"), loads=True
    )
    engine: str = _parameter(
        "auto", "What runs the network.", choices=ENGINES, loads=True
    )
    max_grasps: int = _parameter(
        10, "Most grasps published for a pair of images.", low=1, high=1000, live=True
    )
    min_confidence: float = _parameter(
        0.1, "Grasps of less confidence are not published.", low=0.0, high=1.0, live=True
    )
    image_reliability: str = _parameter(
        "best_effort",
        "Reliability asked of the camera's topics; best_effort is compatible with every publisher. "
        "For one topic alone: qos_overrides.",
        choices=("best_effort", "reliable"),
    )
    image_transport: str = _parameter(
        "raw",
        "How images come: raw, or compressed, on the topics' names with /compressed (JPEG, PNG) and "
        "/compressedDepth (PNG) added.",
        choices=("raw", "compressed"),
    )
    image_queue: int = _parameter(
        10, "Images of each stream that the middleware keeps for the node.", low=1, high=1000
    )
    sync_queue: int = _parameter(
        10, "Images of each stream that wait for their partner.", low=1, high=1000
    )
    sync_slop: float = _parameter(
        # Not 0: equal stamps would not be within it.
        0.02,
        "Stamps of a pair differ by less than this, seconds.",
        low=0.001,
        high=10.0,
    )
    backlog: int = _parameter(
        3,
        "Pairs that may wait for the detector; when one more comes, the oldest is dropped. "
        "1: always the newest.",
        low=1,
        high=100,
    )
    detect_timeout: float = _parameter(
        2.0,
        "Longest wait of ~/detect where the request names none, seconds.",
        low=0.01,
        high=LONGEST_WAIT,
        live=True,
    )

    def changed(self, values: Mapping[str, Any], active: bool = False) -> Settings:
        """Return settings with ``values`` in place of the old ones.

        Names that are not in the table (rclpy's own parameters) are passed over.

        Raises:
            InputError: a value is refused: its type, its range, or the node is ``active`` and it
            is not live.
        """
        table = {each.name: each for each in fields(self)}
        known = {name: value for name, value in values.items() if name in table}
        for name, value in known.items():
            about = table[name].metadata
            _check(name, value, table[name].default, about)
            if active and not (about["live"] or about["loads"]) and value != getattr(self, name):
                raise InputError(
                    f"{name} cannot change while the node is active: deactivate it first"
                )
        return replace(self, **known)

    def loaded(self) -> dict[str, Any]:
        """Return the values that decide which detector is loaded."""
        return {each.name: getattr(self, each.name) for each in fields(self) if loads(each)}


def loads(parameter: Field[Any]) -> bool:
    """Return whether the parameter decides which detector is loaded."""
    return bool(parameter.metadata["loads"])


def declare(node: Node) -> Settings:
    """Declare all parameters on ``node`` and return their values.

    Raises:
        InputError: a value given at the start (command line, file) is refused.
    """
    values = {
        each.name: declare_one(node, each.name, each.default, _descriptor(each.metadata))
        for each in fields(Settings)
    }
    # Humble has no such callbacks: there a number for a float needs its point.
    if hasattr(node, "add_pre_set_parameters_callback"):
        node.add_pre_set_parameters_callback(_floats)
    return Settings().changed(values)


def _floats(parameters: list[Parameter]) -> list[Parameter]:
    """Take integers for the floats of the table (``ros2 param set ... sync_slop 1``)."""
    floats = {each.name for each in fields(Settings) if isinstance(each.default, float)}
    return [
        Parameter(each.name, value=float(each.value))
        if each.name in floats and each.type_ == Parameter.Type.INTEGER
        else each
        for each in parameters
    ]


def declare_one(node: Node, name: str, default: Any, descriptor: ParameterDescriptor) -> Any:
    """Declare a parameter on ``node`` and return its value.

    An integer given for a float (``-p rate:=30``) is taken as one.

    Raises:
        InputError: the value given at the start is refused.
    """
    integer = False
    try:
        if isinstance(default, float):
            # Declared of any type, to see what was given; then as the float that it is.
            anything = ParameterDescriptor(dynamic_typing=True)
            given = node.declare_parameter(name, default, anything).value
            node.undeclare_parameter(name)
            integer = type(given) is int
            default = float(given) if integer else default
        return node.declare_parameter(name, default, descriptor, ignore_override=integer).value
    except (InvalidParameterTypeException, InvalidParameterValueException) as error:
        raise InputError(str(error)) from error


def _check(name: str, value: Any, default: Any, about: Mapping[str, Any]) -> None:
    if type(value) is not type(default):
        raise InputError(f"{name} is of type {type(default).__name__}, not {type(value).__name__}")
    if about["choices"] and value not in about["choices"]:
        raise InputError(f"{name} is {value!r}, none of {', '.join(about['choices'])}")
    # Written so that NaN is refused too.
    if about["low"] is not None and not about["low"] <= value <= about["high"]:
        raise InputError(f"{name} is {value}, outside {about['low']} to {about['high']}")


def _descriptor(about: Mapping[str, Any]) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(description=about["description"])
    if about["choices"]:
        descriptor.additional_constraints = "one of " + ", ".join(about["choices"])
    if isinstance(about["low"], int):
        descriptor.integer_range = [IntegerRange(from_value=about["low"], to_value=about["high"])]
    elif about["low"] is not None:
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=about["low"], to_value=about["high"])
        ]
    return descriptor
