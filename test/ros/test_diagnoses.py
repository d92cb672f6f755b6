"""What the node says of itself."""

from __future__ import annotations

from collections import Counter

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from grasp_detector.ros import diagnostics, watchdog
from grasp_detector.ros.camera import FRAMES_DIFFER
from grasp_detector.ros.stats import Statistics

SECOND = 1_000_000_000


class TestDiagnoses:
    @staticmethod
    def judge(
        stats: Statistics,
        publishers: int = 1,
        open_for: float = 10.0,
        unheard: str = "",
        stream: str = "colour",
    ) -> tuple[bytes, str]:
        inputs = watchdog.Inputs(
            topics={"colour": "/rgb/image_raw", "depth": "/depth/image_raw"},
            publishers={"colour": publishers, "depth": publishers},
            stamps={"colour": [12 * SECOND], "depth": [10 * SECOND]},
            slop=0.02,
            open_for=open_for,
            unheard={stream: unheard},
        )
        return watchdog.judge(stats.report(), inputs)

    @pytest.mark.parametrize(
        ("events", "words"),
        [
            ([], "no colour image for 10 s on /rgb/image_raw"),
            (["colour"], "no depth image for 10 s on /depth/image_raw"),
            (["colour", "colour without stamp", "depth"], "/rgb/image_raw have the stamp 0"),
            (["colour", "depth"], "no pair for 10 s: the stamps of colour and depth are 2.000 s"),
            (["colour", "depth", "pair", diagnostics.TOO_SLOW], "1 of 1 pairs dropped"),
            (["colour", "depth", "pair", diagnostics.WITHOUT_POSE], "grasps have no pose: bad"),
            (["colour", "depth", "pair", diagnostics.NO_TRANSFORM], "grasps have no pose: bad"),
            (
                ["colour", "depth", "pair", diagnostics.NO_TRANSFORM, diagnostics.UNPLACED],
                "no grasp can be judged by the workspace: bad",
            ),
            (
                ["colour", "depth", "pair", diagnostics.FOUND, diagnostics.NO_DEPTH],
                "grasps have no pose: the depth image has no depth",
            ),
            (["colour", "depth", "pair", FRAMES_DIFFER], "bad: is depth registered"),
        ],
    )
    def test_trouble(self, events: list[str], words: str) -> None:
        stats = Statistics()
        for event in events:
            stats.count(event, why="bad")
        level, message = self.judge(stats)
        assert level == DiagnosticStatus.WARN
        assert words in message

    @pytest.mark.parametrize(("colour", "depth"), [(12, 20), (20, 12), (13, 13)])
    def test_images_that_are_lost(self, colour: int, depth: int) -> None:
        stats = Statistics()
        for event, times in {"camera_info": 20, "colour": colour, "depth": depth}.items():
            stats.count(event, times)
        level, message = self.judge(stats)
        assert level == DiagnosticStatus.WARN
        assert "lost on the way: start the camera's driver with config/fastdds.xml too" in message

    @pytest.mark.parametrize(
        ("infos", "images", "open_for"),
        [(20, 14, 10.0), (4, 1, 10.0), (20, 12, 1.0), (0, 20, 10.0)],
    )
    def test_images_that_are_not_lost(self, infos: int, images: int, open_for: float) -> None:
        stats = Statistics()
        for event, times in {"camera_info": infos, "colour": images, "depth": images}.items():
            stats.count(event, times)
        stats.count("pair", images)
        assert self.judge(stats, open_for=open_for)[0] == DiagnosticStatus.OK

    def test_published_but_not_received(self) -> None:
        message = self.judge(Statistics())[1]
        assert message.endswith(
            "which is published: start the camera's driver with config/fastdds.xml too"
        )

    def test_published_and_received_until_lately(self) -> None:
        stats = Statistics()
        stats.count("colour")
        stats._last["colour"] -= 5.0
        message = self.judge(stats)[1]
        assert message.startswith(
            "no colour image for 5 s on /rgb/image_raw, where they came until"
        )

    def test_a_publisher_that_cannot_be_heard_is_named(self) -> None:
        message = self.judge(Statistics(), unheard="/driver publishes it best_effort")[1]
        assert message.endswith("on /rgb/image_raw: /driver publishes it best_effort")

    def test_most_images_without_a_partner_are_a_trouble(self) -> None:
        stats = Statistics()
        for event, times in {"colour": 30, "depth": 30, "pair": 12}.items():
            stats.count(event, times)
        level, message = self.judge(stats)
        assert level == DiagnosticStatus.WARN
        assert message.startswith("of 30 images 12 found a partner: the stamps of colour and depth")
        assert "2.000 s apart (colour is the later), sync_slop is 0.02 s" in message

    @pytest.mark.parametrize(("infos", "told"), [(0, True), (1, False)])
    def test_camera_info_that_cannot_be_heard(self, infos: int, told: bool) -> None:
        stats = Statistics()
        for event in ("colour", "depth", "pair"):
            stats.count(event)
        stats.count("camera_info", infos)
        stats.count(diagnostics.WITHOUT_POSE, why="none")
        message = self.judge(stats, unheard="/a publishes it loudly", stream="camera_info")[1]
        words = "grasps have no pose: none"
        assert message == (f"{words}: /a publishes it loudly" if told else words)

    def test_nobody_publishes(self) -> None:
        assert self.judge(Statistics(), publishers=0)[1].endswith("which nobody publishes")

    def test_no_hurry_at_the_start(self) -> None:
        assert self.judge(Statistics(), open_for=1.0)[0] == DiagnosticStatus.OK

    def test_all_is_well(self) -> None:
        stats = Statistics()
        for event in ("colour", "depth", "pair", "answered"):
            stats.count(event)
        level, message = self.judge(stats)
        assert level == DiagnosticStatus.OK
        assert message.endswith("pairs/s answered")

    def test_some_grasps_without_depth_are_no_trouble_and_none_at_all_is_explained(self) -> None:
        stats = Statistics()
        for event in ("colour", "depth", "pair", "answered"):
            stats.count(event)
        stats.count(diagnostics.FOUND, 5)
        stats.count(diagnostics.NO_DEPTH, 4)
        stats.count(diagnostics.NONE_FOUND, why="3 outside the workspace")
        level, message = self.judge(stats)
        assert level == DiagnosticStatus.OK
        assert message.endswith("1 of them without a grasp (3 outside the workspace)")

    def test_status_holds_counts_and_latencies(self) -> None:
        stats = Statistics()
        stats.count("pair", 5)
        stats.count("answered", 3)
        stats.count(diagnostics.TOO_SLOW, 2)
        for seconds in (0.010, 0.010, 0.030):
            stats.took({"infer": seconds})
        status = diagnostics.status(
            "n", "/rgb/image_raw", b"\0", "fine", stats.report(), {"device": "cpu"}
        )
        assert status.hardware_id == "/rgb/image_raw"
        values = {each.key: each.value for each in status.values}
        assert values["pairs in"] == "5"
        assert values["pairs answered"] == "3"
        assert values[diagnostics.TOO_SLOW] == "2"
        assert values["infer p50 ms"] == "10.0"
        assert values["device"] == "cpu"

    def test_recent_is_since_the_last_report(self) -> None:
        stats = Statistics()
        stats.count("pair", 5)
        stats.report()
        stats.count("pair")
        report = stats.report()
        assert (report.total, report.recent) == (Counter(pair=6), Counter(pair=1))
