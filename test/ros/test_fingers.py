"""From the parameters to the fingers that need room."""

from grasp_detector.detector import Fingers
from grasp_detector.ros.choosing import fingers, wanted
from grasp_detector.ros.parameters import Settings


def test_room_is_asked_for_where_a_finger_is_named() -> None:
    assert fingers(Settings()) is None and wanted(Settings()).fingers is None
    named = Settings().changed({"finger_width": 0.02, "finger_thickness": 0.008})
    assert wanted(named).fingers == Fingers(0.25, 0.02, 0.008, 0.03)


def test_the_gripper_opens_as_far_as_max_opening() -> None:
    for given, used in ((0.08, 0.08), (1.0, 0.25), (0.0, 0.001)):
        settings = Settings().changed({"finger_width": 0.02, "max_opening": given})
        found = fingers(settings)
        assert found is not None and found.opening == used
