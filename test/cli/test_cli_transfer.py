"""`grasp-detector transfer` on real scenes, where they are."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from grasp_detector.detector import GraspDetector
from grasp_detector.errors import InputError
from grasp_detector.evaluation.scenes import read_scenes


def test_real_scenes_are_judged(
    run: Callable[..., str], kinect_scenes: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(kinect_scenes.glob("*.png"))[:6]:  # two scenes
        (few / path.name).symlink_to(path)
    (few / "camera.json").symlink_to(kinect_scenes / "camera.json")
    out = tmp_path / "figures.json"
    printed = run("transfer", "--scenes", few, "--json", out, "--pictures", tmp_path / "pictures")
    figures = json.loads(out.read_text())
    assert "2 scenes" in printed and "without depth" in printed
    for way in figures["ways"].values():
        assert way["closes"]["of"] == 2
        assert way["closes"]["hits"] <= way["on an object"]["hits"] <= 2
        assert way["closes, all crops"]["of"] == 18
    given = [answer for answer in figures["answers"] if answer["way"] == "shuffled"]
    assert given and all(answer["depth of"] != answer["scene"] for answer in given)
    pictures = sorted((tmp_path / "pictures").iterdir())
    assert len(pictures) == 2
    assert cv2.imread(str(pictures[0])).std() > 10


def test_confidence_does_not_tell_whether_there_is_depth(kinect_scenes: Path) -> None:
    # Depth comes from simulation alone in training, and pictures without it from real cameras: a
    # network that had learnt that would be sure with the one and unsure with the other.
    detector = GraspDetector(engine="onnx")
    scenes = read_scenes(kinect_scenes)
    with_depth, without = (
        np.array(
            [
                found[0].confidence if (found := detector.detect(*seen, 1, 0.0)) else 0.0
                for scene in scenes
                for seen in [(scene.rgb, scene.depth if deep else None)]
            ]
        )
        for deep in (True, False)
    )
    # The chance that of two pictures the one with depth is surer: half, if they are alike.
    surer = (with_depth[:, None] > without).mean() + (with_depth[:, None] == without).mean() / 2
    assert 0.15 < surer < 0.85
    assert abs(np.median(with_depth) - np.median(without)) < 0.2


def test_one_scene_is_too_few(run: Callable[..., str], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a_rgb.png"), np.full((60, 80, 3), 90, np.uint8))
    cv2.imwrite(str(tmp_path / "a_depth.png"), np.full((60, 80), 700, np.uint16))
    cv2.imwrite(str(tmp_path / "a_labels.png"), np.full((60, 80), 20, np.uint8))
    with pytest.raises(InputError, match="at least two scenes"):
        run("transfer", "--scenes", tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        run("transfer", "--scenes", tmp_path / "none")
