"""Whether grasps close on labelled objects, and what depth has to do with it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from grasp_detector.detector import Fingers, Grasp, Intrinsics
from grasp_detector.errors import InputError
from grasp_detector.evaluation.scenes import LabelledScene, fingerprint, read_scenes
from grasp_detector.evaluation.transfer import (
    MIDDLE,
    PLACES,
    WAYS,
    Answer,
    answers,
    closes,
    count,
    difference,
    looks,
    possible,
    shows_object,
)

OBJECTS = np.zeros((480, 640), np.int64)
OBJECTS[200:280, 300:340] = 2  # 40 wide, 80 high
OBJECTS[200:280, 340:420] = 3
WAY = {way.name: way for way in WAYS}


def grasp(x: float, y: float, degrees: float, w: float) -> Grasp:
    return Grasp(x, y, np.deg2rad(degrees), 20.0, w, 0.9)


@pytest.mark.parametrize(
    ("given", "on_object", "closed"),
    [
        (grasp(320, 240, 0, 44), True, True),  # the second object is beside it
        (grasp(320, 240, 0, 36), True, False),
        (grasp(310, 240, 0, 44), True, False),  # leaves it on one side alone
        (grasp(320, 240, -90, 84), True, True),
        (grasp(320, 240, 90, 70), True, False),
        (grasp(290, 240, 0, 200), False, False),
        (grasp(-5, 240, 0, 20), False, False),
    ],
)
def test_a_grasp_closes_on_the_object_under_its_centre(
    given: Grasp, on_object: bool, closed: bool
) -> None:
    assert closes(given, OBJECTS) == (on_object, closed)


def test_what_the_picture_s_edge_cuts_is_left_there() -> None:
    whole = np.ones((20, 20), np.int64)
    assert closes(grasp(2, 10, 0, 30), whole) == (True, False)
    assert closes(grasp(10, 10, 0, 30), whole) == (True, True)


class Spy:
    """A detector that grasps where depth is nearest, and remembers what it was shown."""

    def __init__(self) -> None:
        self.asked: list[tuple[NDArray, NDArray | None, dict]] = []

    def detect(
        self, rgb: NDArray, depth: NDArray | None = None, max_grasps: int = 10, **how: object
    ) -> list[Grasp]:
        assert max_grasps == 1
        self.asked.append((rgb, depth, how))
        if depth is None:
            return []
        rows, columns = np.nonzero(depth == depth.min())
        return [grasp(float(columns.mean()), float(rows.mean()), 0, 60)]


@pytest.fixture
def scenes() -> list[LabelledScene]:
    made = []
    for number in range(3):
        objects = np.zeros((480, 640), np.int64)
        objects[200:280, 200 + 80 * number : 240 + 80 * number] = 2
        depth = np.where(objects > 0, 700, 800).astype(np.uint16)
        rgb = np.full((480, 640, 3), 50 + number, np.uint8)
        made.append(LabelledScene(str(number), rgb, depth, objects, None))
    return made


def test_each_way_shows_what_it_says(scenes: list[LabelledScene]) -> None:
    for name, answered in (("rgbd", True), ("depth", True), ("rgb", False), ("shuffled", False)):
        spy = Spy()
        given = list(answers(spy, scenes, WAY[name], Fingers()))  # type: ignore[arg-type]
        assert len(given) == len(spy.asked) <= looks(len(scenes), WAY[name])
        assert {answer.closes for answer in given} == {answered}
        assert all(answer.place in PLACES for answer in given)
        for answer, (rgb, depth, how) in zip(given, spy.asked, strict=True):
            assert (depth is None) == (name == "rgb")
            assert (rgb[0, 0, 0] == 144) == (name == "depth")
            assert (answer.depth_of == answer.scene) == (name != "shuffled")
            if depth is not None:
                assert depth is scenes[int(answer.depth_of)].depth
            if answer.place == MIDDLE:
                assert how["region"] == (160, 80, 320, 320)
            assert how["fingers"] is None
            assert how["min_confidence"] == 0.0
    # From the middle every scene is looked at with every other's depth.
    middle = [answer for answer in given if answer.place == MIDDLE]
    assert {(a.scene, a.depth_of) for a in middle} == {
        (a, b) for a in "012" for b in "012" if a != b
    }


def test_the_true_mask_needs_no_network(scenes: list[LabelledScene]) -> None:
    spy = Spy()
    given = list(answers(spy, scenes, WAY["mask"], Fingers()))  # type: ignore[arg-type]
    assert not spy.asked
    assert given and all(answer.closes for answer in given)


def test_a_place_shows_an_object_or_has_no_answer(scenes: list[LabelledScene]) -> None:
    objects = np.zeros((480, 640), np.int64)
    objects[200:280, 160:220] = 2  # at the left edge of the middle square
    scene = replace(scenes[0], objects=objects)
    seen = [place for place in PLACES if shows_object(scene, place)]
    assert seen == [place for place in PLACES if place[0] <= 0]
    given = answers(Spy(), [scene], WAY["rgbd"], Fingers())  # type: ignore[arg-type]
    assert [answer.place for answer in given] == seen


def test_room_is_asked_for_where_the_camera_is_known(scenes: list[LabelledScene]) -> None:
    camera = Intrinsics(525.0, 525.0, 319.5, 239.5)
    known = [replace(scene, camera=camera) for scene in scenes]
    assert possible(WAYS, known) == list(WAYS)
    assert possible(WAYS, scenes) == [way for way in WAYS if way.name != "rgbd_room"]


def test_shares_and_gains() -> None:
    def made(name: str, hits: str) -> list[Answer]:
        return [
            Answer(name, str(i // 2), MIDDLE, "", None, True, hit == "x")
            for i, hit in enumerate(hits)
        ]

    good, bad = made("rgbd", "xxxxxx.x"), made("rgb", "x.x.x...")
    counted = count(good, lambda answer: answer.closes)
    assert (counted.hits, counted.of, counted.share) == (7, 8, 0.875)
    assert counted.low < 0.875 < counted.high
    gain, (low, high) = difference(good, bad)
    assert gain == pytest.approx(0.5)
    assert low < 0.5 < high


def write(folder: Path, name: str, labels: NDArray[np.uint8]) -> None:
    rgb = np.full((*labels.shape, 3), 90, np.uint8)
    cv2.imwrite(str(folder / f"{name}_rgb.png"), rgb)
    cv2.imwrite(str(folder / f"{name}_depth.png"), np.full(labels.shape, 700, np.uint16))
    cv2.imwrite(str(folder / f"{name}_labels.png"), labels)


def test_labels_of_one_ten_are_one_object(tmp_path: Path) -> None:
    labels = np.zeros((60, 80), np.uint8)
    labels[:20], labels[20:30], labels[30:40], labels[40:] = 1, 20, 25, 31
    write(tmp_path, "a", labels)
    (tmp_path / "camera.json").write_text('{"fx": 500, "fy": 500, "cx": 40, "cy": 30}')
    (scene,) = read_scenes(tmp_path)
    assert scene.name == "a" and scene.camera is not None and scene.camera.fx == 500
    assert np.unique(scene.objects).tolist() == [0, 2, 3]
    assert (scene.objects[20:40] == 2).all()


def test_scenes_are_told_from_others_of_the_same_names(scenes: list[LabelledScene]) -> None:
    first, *rest = scenes
    other = np.ones_like
    camera = Intrinsics(525.0, 525.0, 319.5, 239.5)
    prints = {
        fingerprint([each, *rest])
        for each in (
            first,
            replace(first, name="9"),
            replace(first, rgb=other(first.rgb)),
            replace(first, depth=other(first.depth)),
            replace(first, objects=other(first.objects)),
            replace(first, camera=camera),
            replace(first, camera=replace(camera, fx=500.0)),
        )
    }
    assert len(prints) == 7
    assert fingerprint([replace(first, rgb=first.rgb.copy()), *rest]) == fingerprint(scenes)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "a_labels.png").unlink(), "labels of the objects are needed"),
        (lambda folder: (folder / "a_depth.png").unlink(), "has no depth beside it"),
        (lambda folder: write(folder, "a", np.ones((60, 80), np.uint8)), "shows no object"),
        (
            lambda folder: cv2.imwrite(
                str(folder / "a_labels.png"), np.full((30, 80), 20, np.uint8)
            ),
            "has the shape",
        ),
    ],
)
def test_scenes_that_cannot_be_read(tmp_path: Path, spoil: object, reason: str) -> None:
    write(tmp_path, "a", np.full((60, 80), 20, np.uint8))
    assert read_scenes(tmp_path)
    spoil(tmp_path)  # type: ignore[operator]
    with pytest.raises(InputError, match=reason):
        read_scenes(tmp_path)
