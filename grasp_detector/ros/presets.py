"""The known cameras: what their drivers publish, as config/cameras says, and the node's side of it.

The launch file, the tests and docs/cameras.md all take it from here.
``python -m grasp_detector.ros.presets`` prints the table of docs/cameras.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Driver:
    """A camera's driver and what it publishes.

    Attributes:
        name: of its package.
        source: where all this is known from.
        start: the command that starts it as the preset expects it.
        another: the command for one more camera, called left.
        encodings: of the images, by stream: colour, depth.
        reliability: of its publishers.
        keeps: messages that they keep.
        size: width and height of its images with that command, pixels.
        distortion: model and number of coefficients, as its camera_info names them.
    """

    name: str
    source: str
    start: str
    another: str
    encodings: dict[str, str]
    reliability: str
    keeps: int
    size: tuple[int, int]
    distortion: dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """What the node needs to know of a camera.

    Attributes:
        camera: its name, as the launch file has it.
        camera_name: where the driver's topics are by default.
        color_frame: of its colour images; ``{camera}`` stands for the last part of where it is,
            ``{prefix}`` for the same and an underscore, or nothing where there is none.
        remappings: the node's topics: the driver's, below where it is.
        parameters: of the node.
        driver: what publishes all this.
    """

    camera: str
    camera_name: str
    color_frame: str
    remappings: dict[str, str]
    parameters: dict[str, Any]
    driver: Driver

    def remapped(self, camera_name: str = "") -> list[tuple[str, str]]:
        """Return the node's topics, each with the one of a camera at ``camera_name``.

        Empty: where the driver puts it by default.
        """
        where = camera_name or self.camera_name
        prefix = f"{where.rstrip('/')}/" if where else ""
        return [(ours, prefix + theirs) for ours, theirs in self.remappings.items()]

    def frame(self, camera_name: str = "") -> str:
        """Return the colour images' frame of a camera at ``camera_name``."""
        where = camera_name or self.camera_name
        camera = where.rstrip("/").rpartition("/")[2]
        return self.color_frame.format(camera=camera, prefix=f"{camera}_" if camera else "")


def read_presets(folder: Path) -> dict[str, Preset]:
    """Return the presets in a folder, by the names of their cameras."""
    presets = {}
    for file in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(file.read_text())
        driver = content.pop("driver")
        driver["size"] = tuple(driver["size"])
        presets[file.stem] = Preset(file.stem, driver=Driver(**driver), **content)
    return presets


def table(presets: Sequence[Preset]) -> str:
    """Return the table of docs/cameras.md."""
    lines = [
        "| `camera:=` | driver | colour | depth | camera_info | QoS | frame |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for preset in presets:
        driver = preset.driver
        color, depth, info = (topic for _, topic in preset.remapped())
        lines.append(
            f"| `{preset.camera}` | {driver.name} | `{color}` {driver.encodings['colour']} "
            f"| `{depth}` {driver.encodings['depth']} | `{info}` | {driver.reliability}, "
            f"keeps {driver.keeps} | `{preset.frame()}` |"
        )
    return "\n".join(lines)


def commands(presets: Sequence[Preset]) -> str:
    """Return the list of the drivers' commands in docs/cameras.md."""
    parts = []
    for preset in presets:
        driver = preset.driver
        parts.append(
            f"**`{preset.camera}`**: {driver.name}, {driver.source}.\n\n"
            f"    # needs the camera; the second line is for one more\n"
            f"    {driver.start}\n    {driver.another}\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    found = list(read_presets(Path(__file__).parents[2] / "config" / "cameras").values())
    print(f"{table(found)}\n\n{commands(found)}", end="")
