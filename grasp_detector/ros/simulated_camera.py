"""A Kinect that looks at a simulated table: ``ros2 run grasp_detector simulated_camera``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from time import monotonic

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from grasp_detector.errors import InputError
from grasp_detector.ros.declaring import declare_fixed, declare_rate
from grasp_detector.ros.images import to_image_msg
from grasp_detector.ros.pair_publisher import PairPublisher, camera_info
from grasp_detector.ros.running import run
from grasp_detector.ros.simulated_gripper import SimulatedGripper
from grasp_detector.sim.camera import KINECT
from grasp_detector.sim.views import Frame, ViewStream


class SimulatedCamera(Node):
    """Publishes colour, registered depth and camera_info of a simulated Kinect.

    Raises:
        InputError: a parameter that cannot be, or no PyBullet.
    """

    def __init__(self) -> None:
        super().__init__("simulated_camera")
        parameter = partial(declare_fixed, self)
        rate = declare_rate(self, "rate", 30.0, "Pairs a second.")
        hold = parameter("hold", 3.0, "Seconds until another object falls, at least.")
        seed = parameter("seed", 0, "The same one gives the same objects and tables.")
        gripper = parameter(
            "gripper",
            False,
            "Try the best grasps; ~/held tells whether they hold.",
        )
        if not hold >= 0.0:
            raise InputError(f"hold is {hold}, less than 0")
        if seed < 0:
            raise InputError(f"seed is {seed}, less than 0")
        self.finished = False
        self.published = 0
        self._began: float | None = None
        self._trouble: InputError | RuntimeError | None = None
        self._stream = ViewStream(seed, hold)
        self._gripper = SimulatedGripper(self, seed) if gripper else None
        self._pairs = PairPublisher(self, keeps=5)
        # Real time, whatever the stamps are of. The timer keeps to its grid: no drift.
        self.create_timer(1.0 / rate, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def start(self) -> None:
        """Nothing to do: frames are published while the node spins."""

    def stop(self) -> None:
        """End the rendering and say how many pairs were published."""
        self._end()
        if self._trouble is not None:
            raise self._trouble
        seconds = monotonic() - self._began if self._began is not None else 0.0
        print(f"published {self.published} pairs in {seconds:.1f} s", flush=True)

    def destroy_node(self) -> None:
        """Leave no process behind, however the node ends."""
        self._end()
        super().destroy_node()

    def _end(self) -> None:
        self._stream.close()
        if self._gripper is not None:
            self._gripper.close()

    def _publish(self) -> None:
        try:
            frame = self._stream.frame()
            if frame is not None:
                self._publish_frame(frame)
        except (InputError, RuntimeError) as error:
            self._trouble = error
            self.finished = True

    def _publish_frame(self, frame: Frame) -> None:
        if self._began is None:
            self._began = monotonic()
        color = to_image_msg(frame.rgb, "rgb8")
        depth = to_image_msg(frame.depth, "16UC1")
        self._pairs.publish(color, depth, camera_info(color.width, color.height, KINECT))
        self.published += 1
        if self._gripper is not None:
            self._gripper.frame(color.header, frame.view)


def main(args: Sequence[str] | None = None) -> int:
    """Run the camera until it is interrupted; return the exit status."""
    return run(SimulatedCamera, args)


if __name__ == "__main__":
    sys.exit(main())
