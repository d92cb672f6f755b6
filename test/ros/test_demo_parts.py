"""The demo's counting and its pictures."""

from pathlib import Path

import numpy as np
import pytest

from grasp_detector.ros.album import Page, SceneChange, contact_sheet, depth_picture, save
from grasp_detector.ros.demo_display import facts
from grasp_detector.ros.tally import Count, Rate, Tally

MS = 1_000_000


def test_window_begins_with_the_first_answer_and_ends_at_a_stamp() -> None:
    tally = Tally()
    assert tally.latency() is None
    for stamp in range(0, 1000, 100):  # ten pairs, one each 100 ms
        tally.publish(stamp * MS)
    tally.answer(200 * MS, 250 * MS, grasps=1)  # the window begins at 250
    for stamp in (300, 400, 600, 900):  # 500, 700 and 800 are lost
        tally.answer(stamp * MS, (stamp + 20) * MS, grasps=0)
    assert tally.count() == Count(published=7, answered=4)
    tally.end_ns = 600 * MS  # leaves 300 to 600
    assert tally.count() == Count(published=4, answered=3)
    assert tally.lost() == [500 * MS]
    assert not tally.complete
    tally.answer(500 * MS, 2000 * MS, grasps=2)  # late, but an answer
    assert tally.complete
    assert tally.with_grasps == 2
    median, worst = tally.latency() or (0, 0)
    assert median == pytest.approx(0.02)
    assert 1.0 < worst <= 1.5


def test_an_answer_to_nothing_counts_for_nothing() -> None:
    tally = Tally()
    tally.answer(10 * MS, 20 * MS, grasps=1)
    tally.answer(30 * MS, 40 * MS, grasps=1)
    assert tally.count() == Count(0, 0)


def test_attempts_are_counted_and_shown() -> None:
    tally = Tally()
    assert "held" not in dict(facts({}, tally))
    for held in (True, False, True):
        tally.attempt(held)
    assert dict(facts({}, tally))["held"] == "2 of 3 grasps tried, 67%"


def test_rate() -> None:
    rate = Rate()
    assert rate.recent(1.0) == 0.0
    for tick in range(301):
        rate.tick(tick / 30)
    assert rate.mean(0.0, 10.0) == pytest.approx(30.0)
    assert rate.recent(10.0) == pytest.approx(30.0, rel=0.02)
    assert rate.recent(11.5) == pytest.approx(15.0, rel=0.05)  # it has stopped


def test_scene_change_sees_objects_and_no_noise() -> None:
    rng = np.random.default_rng(0)
    table = np.full((480, 640, 3), 200, np.uint8)

    def noisy(picture: np.ndarray) -> np.ndarray:
        return (picture + rng.normal(0, 3, picture.shape)).clip(0, 255).astype(np.uint8)

    changed = SceneChange()
    assert changed(noisy(table))
    assert not any(changed(noisy(table)) for _ in range(10))
    table[200:230, 300:360] = (160, 60, 60)
    assert changed(noisy(table))
    assert not changed(noisy(table))


def test_depth_picture_is_black_where_there_is_none() -> None:
    depth = np.full((48, 64), 700, np.uint16)
    depth[10:20, 10:20], depth[30:, 30:] = 600, 0
    picture = depth_picture(depth)
    assert picture.shape == (48, 64, 3)
    assert not picture[30:, 30:].any()
    assert picture[15, 15].sum() > picture[5, 5].sum() > 0
    assert not depth_picture(np.zeros((48, 64), np.uint16)).any()


@pytest.mark.parametrize("pages", [1, 4, 5, 11])
def test_saved_pictures(tmp_path: Path, pages: int) -> None:
    (tmp_path / "object_77.png").write_text("of an earlier run")
    rgb, depth = np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 700, np.uint16)
    files = save(tmp_path, [Page(rgb, depth)] * pages)
    assert [path.name for path in files[:-1]] == [f"object_{i:02}.png" for i in range(1, pages + 1)]
    assert files[-1].name == "summary.png"
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_sheet_has_rows_of_four() -> None:
    page = Page(np.zeros((480, 640, 3), np.uint8), np.zeros((480, 640), np.uint16))
    one, four, five = (contact_sheet([page] * count) for count in (1, 4, 5))
    assert one.shape[0] == four.shape[0] < five.shape[0]
    assert one.shape[1] < four.shape[1] == five.shape[1]
