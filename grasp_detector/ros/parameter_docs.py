"""docs/parameters.md and the launch arguments' help, out of the table of parameters.

``tools/with_ros python -m grasp_detector.ros.parameter_docs > docs/parameters.md`` writes the page.
"""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any

from grasp_detector.ros import outputs
from grasp_detector.ros.camera import INFO_TOPIC, TOPICS
from grasp_detector.ros.parameters import Settings
from grasp_detector.ros.qos import PUBLISHER, RELIABILITY, SUBSCRIPTION

HEAD = """\
# Parameters of the node

Written by `python -m grasp_detector.ros.parameter_docs` from the one table in
`grasp_detector/ros/parameters.py`; a test holds both equal. `ros2 param describe` says the same of
a running node.

A change is taken whole or refused with the reason, and a refused one changes nothing. "Loaded
aside": the node goes on with what it has, and what was asked for takes its place between two pairs
when it is ready; if it turns out that it cannot be loaded, the old one stays, the parameter says so
again, and log and diagnostics say why. Of several that belong together (`weights` and
`weights_sha256`) change the one that frees the other first, or all at once with
`set_parameters_atomically`. An integer is taken for a float.

| parameter | type | default | values | while active | |
| --- | --- | --- | --- | --- | --- |
"""

TAIL = """
## QoS of single topics

`image_reliability` and `image_queue` hold for all the camera's topics ({inputs}), and what the node
publishes ({outputs}) is reliable. One topic alone is set at the start, by its resolved name;
compressed images have `/compressed` or `/compressedDepth` at its end:

    -p qos_overrides./rgb/image_raw.{subscription}.reliability:=reliable

| parameter | type | default | values |
| --- | --- | --- | --- |
| `qos_overrides.TOPIC.{subscription}.reliability` | string | as `image_reliability` | {both} |
| `qos_overrides.TOPIC.{subscription}.depth` | integer | as `image_queue` | 1 to 1000 |
| `qos_overrides.TOPIC.{publisher}.reliability` | string | `reliable` | {both} |
| `qos_overrides.TOPIC.{publisher}.depth` | integer | 10, the overlay's 1 | 1 to 1000 |
"""

TYPES = {bool: "boolean", int: "integer", float: "float", str: "string"}


def markdown() -> str:
    """Return the text of docs/parameters.md."""
    tail = TAIL.format(
        subscription=SUBSCRIPTION,
        publisher=PUBLISHER,
        inputs=_names([*TOPICS.values(), INFO_TOPIC]),
        outputs=_names(outputs.TOPICS),
        both=_names(RELIABILITY),
    )
    return HEAD + "".join(_row(each) for each in fields(Settings)) + tail


def parameter_help(name: str) -> str:
    """Return the help of a launch argument that sets the parameter where it is not empty."""
    (parameter,) = (each for each in fields(Settings) if each.name == name)
    choices = parameter.metadata["choices"]
    one_of = f" One of {', '.join(choices)}." if choices else ""
    return f"{parameter.metadata['description']}{one_of} Not given: as params_file says."


def _row(parameter: Field[Any]) -> str:
    cells = [
        f"`{parameter.name}`",
        TYPES[type(parameter.default)],
        _default(parameter.default),
        _values(parameter),
        _changes(parameter),
        parameter.metadata["description"],
    ]
    return f"| {' | '.join(cells)} |\n"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"`{value}`" if isinstance(value, str) and value else str(value) or "empty"


def _values(parameter: Field[Any]) -> str:
    about = parameter.metadata
    if about["choices"]:
        return _names(about["choices"])
    return "" if about["low"] is None else f"{about['low']:g} to {about['high']:g}"


def _changes(parameter: Field[Any]) -> str:
    if parameter.metadata["loads"]:
        return "loaded aside"
    return "at once" if parameter.metadata["live"] else "no"


def _names(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(markdown(), end="")
