"""Declaring parameters; a value given at the start that cannot be is bad input, in one line."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from grasp_detector.errors import InputError


def declare_fixed(node: Node, name: str, default: Any, description: str) -> Any:
    """Declare a parameter that is given at the start, or never, and return its value.

    Raises:
        InputError: the value given is refused.
    """
    return declare_one(
        node, name, default, ParameterDescriptor(description=description, read_only=True)
    )


def declare_rate(node: Node, name: str, default: float, description: str) -> float:
    """Declare how often a second something happens, as `declare_fixed` does, and return it.

    Raises:
        InputError: the value given is refused: it is no number above 0, up to 1000.
    """
    rate = float(declare_fixed(node, name, default, description))
    if not 0.0 < rate <= 1000.0:
        raise InputError(f"{name} is {rate}, outside 0 to 1000")
    return rate


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


def take_integers(node: Node, floats: Collection[str]) -> None:
    """Take integers for these parameters later, too (``ros2 param set ... sync_slop 1``)."""

    def as_floats(parameters: list[Parameter]) -> list[Parameter]:
        return [
            Parameter(each.name, value=float(each.value))
            if each.name in floats and each.type_ == Parameter.Type.INTEGER
            else each
            for each in parameters
        ]

    # Humble has no such callbacks: there a number for a float needs its point.
    if hasattr(node, "add_pre_set_parameters_callback"):
        node.add_pre_set_parameters_callback(as_floats)
