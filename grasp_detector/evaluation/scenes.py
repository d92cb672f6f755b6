"""Labelled scenes: pictures with depth, and which pixels are of which object."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from grasp_detector.data.pictures import list_pictures
from grasp_detector.detector import Intrinsics
from grasp_detector.detector.camera_file import read_camera
from grasp_detector.errors import InputError

CAMERA = "camera.json"
_FIRST_OBJECT, _PARTS = 20, 10  # labels: 20 and more are objects, of which the tens tell which


@dataclass(frozen=True)
class LabelledScene:
    """A table top.

    Attributes:
        name: of its files.
        rgb: ``(H, W, 3)`` uint8.
        depth: ``(H, W)`` uint16 millimetres or float metres, 0 = none.
        objects: ``(H, W)`` int, the number of the object, 0 = none.
        camera: of the picture; None = not known.
    """

    name: str
    rgb: NDArray[np.uint8]
    depth: NDArray[np.generic]
    objects: NDArray[np.int64]
    camera: Intrinsics | None


def read_scenes(folder: Path) -> list[LabelledScene]:
    """All scenes of a folder: ``NAME_rgb.png``, ``NAME_depth.png``, ``NAME_labels.png``.

    Labels are bytes: 20 and more are objects, and those of the same tens are parts of one.
    ``camera.json`` holds the camera, where it is known.

    Raises:
        InputError: no scenes, a file that cannot be read, or files that do not fit together.
    """
    camera = read_camera(folder / CAMERA) if (folder / CAMERA).is_file() else None
    scenes = []
    for files in list_pictures(folder):
        name = files.color.stem.removesuffix("_rgb")
        rgb, depth = files.read()
        if depth is None:
            raise InputError(f"{str(files.color)!r} has no depth beside it: {name}_depth.png")
        objects = _objects(files.color.with_name(f"{name}_labels.png"), rgb.shape[:2])
        known = None if camera is None else camera.at(rgb.shape[1], rgb.shape[0])
        scenes.append(LabelledScene(name, rgb, depth, objects, known))
    return scenes


def fingerprint(scenes: Iterable[LabelledScene]) -> str:
    """SHA-256 of all that was read of scenes, 64 hexadecimal digits: names do not tell others."""
    digest = hashlib.sha256()
    for scene in scenes:
        for pixels in (scene.rgb, scene.depth, scene.objects):
            digest.update(f"{pixels.dtype}{pixels.shape}".encode() + pixels.tobytes())
        digest.update(repr((scene.name, scene.camera)).encode())
    return digest.hexdigest()


def _objects(path: Path, size: tuple[int, ...]) -> NDArray[np.int64]:
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if labels is None:
        raise InputError(f"{str(path)!r} cannot be read: the labels of the objects are needed")
    if labels.shape != size:
        raise InputError(
            f"{str(path)!r} has the shape {labels.shape}, its picture {size}: one byte a pixel"
        )
    if not (labels >= _FIRST_OBJECT).any():
        raise InputError(
            f"{str(path)!r} shows no object: their labels are {_FIRST_OBJECT} and more"
        )
    whole: NDArray[np.int64] = np.where(labels >= _FIRST_OBJECT, labels // _PARTS, 0).astype(int)
    return whole
