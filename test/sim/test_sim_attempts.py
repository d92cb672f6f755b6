"""Grasps tried beside the stream of frames: on the same tables, and no process left behind."""

import time
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("pybullet", reason="PyBullet is not installed")

from grasp_detector.detector.pose import gripper_pose
from grasp_detector.sim.attempts import AttemptStream
from grasp_detector.sim.beside import Beside
from grasp_detector.sim.camera import KINECT
from grasp_detector.sim.gripper import Outcome
from grasp_detector.sim.scene import TableTop
from grasp_detector.sim.trial import across
from grasp_detector.sim.views import OBJECTS, table_of

LONG = 60.0  # seconds: a very busy machine
SEED = 4


@pytest.fixture
def stream() -> Iterator[AttemptStream]:
    stream = AttemptStream(SEED)
    yield stream
    stream.close()
    assert stream._beside.process.returncode is not None
    assert not stream._reader.is_alive()


def wait(stream: AttemptStream) -> Outcome:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        outcome = stream.outcome()
        if outcome is not None:
            return outcome
        time.sleep(0.01)
    pytest.fail(f"no outcome within {LONG:.0f} s")


def test_grasps_are_tried_on_the_view_they_are_of(stream: AttemptStream) -> None:
    """In any order of views, with what a table made in the same way says."""
    assert not stream.busy
    outcomes: list[Outcome] = []
    for view in (0, 1, OBJECTS, 0):
        seed, objects = table_of(SEED, view)
        with TableTop(seed) as table:
            for _ in range(objects):
                table.drop()
            seen = table.render()
            grasp = across(seen.mask == objects, 15.0, 8.0)  # the object that fell last
            pose = gripper_pose(grasp, seen.depth, seen.camera.intrinsics)
            assert pose is not None
            stream.submit(view, pose)
            assert stream.busy
            assert wait(stream) is table.attempt(pose)
            assert not stream.busy
            outcomes.append(table.attempt(pose))
    assert Outcome.HELD in outcomes


def test_a_crash_is_told(stream: AttemptStream) -> None:
    stream._beside.process.kill()
    pose = gripper_pose(np.array([320, 240, 0, 20, 40.0]), np.full((480, 640), 0.6), KINECT)
    assert pose is not None
    stream.submit(0, pose)
    with pytest.raises(RuntimeError, match="the simulated table failed"):
        wait(stream)


def test_what_a_dead_process_had_not_read_can_be_closed() -> None:
    beside = Beside("grasp_detector.sim.attempts", str(SEED))
    beside.process.kill()
    beside.process.wait()
    beside.to.write(b"never read")  # is in the buffer, which closing empties
    beside.close()
    assert beside.to.closed
    assert beside.out.closed
