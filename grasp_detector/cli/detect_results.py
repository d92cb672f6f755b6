"""What `grasp-detector detect` tells and writes."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grasp_detector.cli.options import write_json
from grasp_detector.files import name_of, write_whole
from grasp_detector.rgbd import depth_in_metres

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from grasp_detector.data.pictures import PictureFiles
    from grasp_detector.detector import Grasp, Intrinsics
    from grasp_detector.detector.selection import Chosen
    from grasp_detector.rgbd import Region

_COLUMNS = (
    *("picture", "rank", "x", "y", "theta", "h", "w", "confidence", "class_id", "class_name"),
    *("px", "py", "pz", "qx", "qy", "qz", "qw", "opening", "jaw", "depth"),
)


class Results:
    """Everything found so far.

    Args:
        weights: that found it.
        region: where grasps are looked for; None = the square in the middle.
    """

    def __init__(self, weights: Path, region: Region | None) -> None:
        self._weights = weights
        self._region = region
        self._drawn: set[str] = set()
        self._entries: list[dict[str, Any]] = []
        self._rows: list[tuple[Any, ...]] = []

    def add(
        self,
        files: PictureFiles,
        rgb: NDArray[np.uint8],
        depth: NDArray[np.generic] | None,
        camera: Intrinsics | None,
        chosen: Chosen,
    ) -> str:
        """Take in what was found in a picture, and return a line that tells it."""
        grasps = chosen.grasps
        self._entries.append(
            {
                "picture": name_of(files.color),
                "depth": None if files.depth is None else name_of(files.depth),
                "camera": None if camera is None else asdict(camera),
                "grasps": [
                    {**asdict(grasp), "corners": grasp.corners().tolist()} for grasp in grasps
                ],
                "removed": dict(chosen.removed),
            }
        )
        self._rows += [_row(files.color, rank, grasp) for rank, grasp in enumerate(grasps, 1)]
        return f"{name_of(files.color)}: {_told(chosen, depth, camera)}"

    def write(self, json: Path | None, table: Path | None) -> None:
        """Write what was found as JSON and as CSV.

        Raises:
            InputError: a file cannot be written.
        """
        if json is not None:
            write_json(json, {"weights": name_of(self._weights), "pictures": self._entries})
        if table is not None:
            text = io.StringIO()
            csv.writer(text).writerows([_COLUMNS, *self._rows])
            write_whole(table, text.getvalue())

    def draw(
        self, folder: Path, files: PictureFiles, rgb: NDArray[np.uint8], chosen: Chosen
    ) -> str:
        """Write the annotated picture, and return what there is to tell of it, or "".

        Raises:
            InputError: it cannot be written.
        """
        from grasp_detector.drawing import annotate
        from grasp_detector.sheet import write_sheet

        # Two folders, or a PNG and a JPEG, may hold pictures of one name.
        stem = files.color.stem
        name, number = f"{stem}_grasps.png", 1
        while name in self._drawn:
            number += 1
            name = f"{stem}_{number}_grasps.png"
        self._drawn.add(name)
        drawn, times = annotate(rgb, chosen.grasps, self._region)
        write_sheet(folder / name, drawn)
        return f"; drawn {times} times as large" if times > 1 else ""


def _told(chosen: Chosen, depth: NDArray[np.generic] | None, camera: Intrinsics | None) -> str:
    from grasp_detector.detector.selection import NO_POSE

    missing = _missing(depth, camera)
    if not chosen.grasps:
        # Where a pose was needed, why there is none is the better half of the answer.
        reasons = [chosen.why_none(), missing if chosen.removed[NO_POSE] else ""]
        return f"no grasp: {'; '.join(filter(None, reasons))}"
    best = chosen.grasps[0]
    parts = [f"{len(chosen.grasps)} grasps", f"best {best.confidence:.2f}"]
    if best.pose is not None:
        x, y, z = (f"{1000 * metres:.0f}" for metres in best.pose.position)
        parts.append(f"at {x} {y} {z} mm, {1000 * best.pose.opening:.0f} mm open")
    elif depth is not None or camera is not None:
        parts.append(missing or "with depth, but none at the best")
    return ", ".join(parts)


def _missing(depth: NDArray[np.generic] | None, camera: Intrinsics | None) -> str:
    """Why no grasp of a picture can have a pose; "" where they can."""
    if depth is None:
        return "without depth"
    if not depth_in_metres(depth).any():
        return "depth holds no measurement"
    return "with depth, but no camera: give --camera for poses" if camera is None else ""


def _row(color: Path, rank: int, grasp: Grasp) -> tuple[Any, ...]:
    seen = (*grasp.five.tolist(), grasp.confidence)
    pose = grasp.pose
    space = (
        ("",) * 10
        if pose is None
        else (*pose.position, *pose.orientation, pose.opening, pose.jaw, pose.depth)
    )
    return (name_of(color), rank, *seen, grasp.class_id, grasp.class_name, *space)
