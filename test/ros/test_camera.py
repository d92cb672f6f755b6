"""Which colour and depth images become a pair."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.time import Time
from sensor_msgs.msg import Image

from grasp_detector.ros.camera import COLOR, DEPTH, Camera, Pair, inputs
from grasp_detector.ros.conversions import stamp_ns
from grasp_detector.ros.parameters import declare
from grasp_detector.ros.qos import SUBSCRIPTION, declare_overrides
from grasp_detector.ros.stats import Statistics

SECOND = 1_000_000_000
MS = 1_000_000


class HandFed:
    """A camera whose images the test brings itself."""

    def __init__(self, node: Node) -> None:
        settings = declare(node)
        declare_overrides(node, inputs(node), SUBSCRIPTION)
        self.pairs: list[Pair] = []
        self.camera = Camera(node, settings, Statistics(), self.pairs.append)

    def bring(self, stream: str, stamp: int) -> None:
        image = Image()
        image.header.stamp = Time(nanoseconds=100 * SECOND + stamp).to_msg()
        self.camera._images[stream].signalMessage(image)

    def apart(self) -> list[int]:
        """By how much depth is later, ns, of each pair."""
        return [stamp_ns(pair.depth.header) - stamp_ns(pair.color.header) for pair in self.pairs]


@pytest.fixture
def fed(ros_domain: int) -> Iterator[HandFed]:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = Node("camera_test", context=context)
    yield HandFed(node)
    node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.mark.parametrize("rate", [15, 30, 60, 90])
@pytest.mark.parametrize("later", [0, 3 * MS])
@pytest.mark.parametrize("lost", [COLOR, DEPTH])
@pytest.mark.parametrize("when", [3, 40])
@pytest.mark.parametrize("lag", [-3, -1, 0, 1, 3])
def test_after_a_lost_image_all_others_find_their_own_partner(
    fed: HandFed, rate: int, later: int, lost: str, when: int, lag: int
) -> None:
    """At 60 Hz and more the one of the moment before lies within sync_slop, too.

    One stream may take longer on its way than the other, by ``lag`` images.
    """
    count = 60
    for number in range(count + abs(lag)):
        for stream, wait, apart in ((COLOR, max(lag, 0), 0), (DEPTH, max(-lag, 0), later)):
            own = number - wait
            if 0 <= own < count and (own != when or stream != lost):
                fed.bring(stream, own * SECOND // rate + apart)
    found = fed.apart()
    assert set(found[when + 5 :]) == {later}
    assert len(found) >= count - 3  # the lost one, and what was paired wrongly for want of a rate


@pytest.mark.parametrize("lag", [-3, 0, 3])
def test_after_a_jump_back_no_pair_of_the_new_time_is_lost(fed: HandFed, lag: int) -> None:
    count, rounds = 40, 3
    for number in range(count * rounds + abs(lag)):
        for stream, wait in ((COLOR, max(lag, 0)), (DEPTH, max(-lag, 0))):
            if 0 <= number - wait < count * rounds:
                fed.bring(stream, (number - wait) % count * SECOND // 30)
    assert set(fed.apart()) == {0}
    # What is on its way while the other stream jumps waits in vain.
    assert len(fed.pairs) >= count * rounds - abs(lag) * (rounds - 1)


@pytest.mark.parametrize("later", [-14 * MS, 9 * MS, 14 * MS])
def test_streams_that_are_always_apart_are_paired(fed: HandFed, later: int) -> None:
    for number in range(40):
        stamp = number * SECOND // 30
        images = sorted([(stamp, COLOR), (stamp + later, DEPTH)])
        for own, stream in images:
            fed.bring(stream, own)
    assert len(fed.pairs) >= 39
    assert set(fed.apart()) == {later}


def test_a_stream_of_half_the_rate_finds_its_partners(fed: HandFed) -> None:
    for number in range(60):
        stamp = number * SECOND // 60
        fed.bring(COLOR, stamp)
        if number % 2:
            fed.bring(DEPTH, stamp)
    assert len(fed.pairs) == 30
