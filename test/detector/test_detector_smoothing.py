"""Grasps that hold still."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grasp_detector.detector import Grasp, GripperPose
from grasp_detector.detector.smoothing import Smoother
from grasp_detector.geometry import angle_difference, quaternion_to_matrix

POSE = GripperPose((0.1, 0.2, 0.7), (0.0, 0.0, 0.6, 0.8), opening=0.06, jaw=0.02, depth=0.7)
CUP = Grasp(100.0, 80.0, 0.3, 20.0, 60.0, 0.8, 3, "cup", POSE)
PEN = Grasp(200.0, 80.0, -0.3, 20.0, 40.0, 0.6, 5, "pen")


def test_noise_becomes_less_and_the_order_stays() -> None:
    rng = np.random.default_rng(0)
    smoother = Smoother(0.8)
    seen, given_, raw, firsts = [], [], [], []
    for number in range(200):
        x, sure = CUP.x + rng.normal(0, 3), rng.normal([0.7, 0.66], 0.05)
        cup = replace(CUP, x=x, confidence=sure[0])
        pen = replace(PEN, confidence=sure[1])
        found = sorted([cup, pen], key=lambda grasp: -grasp.confidence)
        answer = smoother.update(found, number / 30)
        sure_ones = [grasp.confidence for grasp in answer]
        assert sure_ones == sorted(sure_ones, reverse=True)
        seen.append(x)
        given_.append(next(grasp.x for grasp in answer if grasp.class_name == "cup"))
        raw.append(found[0].class_name)
        firsts.append(answer[0].class_name)
    assert np.std(given_[20:]) < 0.5 * np.std(seen)
    before, after = (sum(a != b for a, b in pairwise(each)) for each in (raw, firsts))
    assert after < before / 2


def test_the_first_answer_is_what_is_seen_and_later_ones_move_there() -> None:
    smoother = Smoother(0.5)
    assert smoother.update([CUP], 0.0) == [CUP]
    moved = replace(CUP, x=108.0, pose=replace(POSE, position=(0.2, 0.2, 0.7), opening=0.07))
    (answer,) = smoother.update([moved], 0.1)
    assert answer.x == 104.0
    assert answer.pose is not None
    assert answer.pose.position == pytest.approx((0.15, 0.2, 0.7))
    assert answer.pose.opening == pytest.approx(0.065)
    for number in range(30):
        (answer,) = smoother.update([moved], 0.2 + number / 30)
    assert answer.x == pytest.approx(108.0)


def test_what_is_not_seen_is_not_given_and_forgotten_in_time() -> None:
    smoother = Smoother(0.5)
    smoother.update([CUP], 10.0)
    moved = replace(CUP, x=110.0)
    for at in (10.1, 10.2, 10.3):
        assert smoother.update([], at) == []
    assert smoother.update([moved], 10.4)[0].x == 105.0
    smoother.update([], 10.8)
    assert smoother.update([moved], 11.0) == [moved]


def test_nothing_is_remembered_over_a_gap_or_a_jump_back_of_time() -> None:
    smoother = Smoother(0.9)
    moved = replace(CUP, x=112.0)
    for at, again, x in ((10.0, 10.4, 101.2), (20.0, 20.6, 112.0), (30.0, 29.9, 112.0)):
        smoother.update([CUP], at)
        assert smoother.update([moved], again)[0].x == pytest.approx(x)


def test_another_place_or_angle_is_another_grasp() -> None:
    smoother = Smoother(0.9)
    smoother.update([CUP], 0.0)
    for other in (replace(CUP, x=200.0), replace(CUP, theta=1.4), PEN):
        assert smoother.update([other], 0.1) == [other]


def test_without_weight_nothing_is_changed() -> None:
    smoother = Smoother(0.0)
    smoother.update([CUP], 0.0)
    moved = replace(CUP, x=108.0, theta=0.4)
    (answer,) = smoother.update([moved], 0.1)
    assert (answer.x, answer.theta) == pytest.approx((108.0, 0.4))


@given(st.floats(-1.57, 1.57), st.floats(-0.4, 0.4), st.sampled_from([0.0, np.pi]))
def test_the_mean_of_two_grippers_lies_between_them_across_the_wrap(
    yaw: float, step: float, turn: float
) -> None:
    """``turn``: the new one is named by the opposite direction of its opening axis."""

    def at(angle: float, named: float) -> Grasp:
        wrapped = (angle + np.pi / 2) % np.pi - np.pi / 2
        half = (angle + named) / 2
        pose = replace(POSE, orientation=(0.0, 0.0, float(np.sin(half)), float(np.cos(half))))
        return replace(CUP, theta=wrapped, pose=pose)

    smoother = Smoother(0.5)
    smoother.update([at(yaw, 0.0)], 0.0)
    (answer,) = smoother.update([at(yaw + step, turn)], 0.1)
    assert angle_difference(answer.theta, yaw + step / 2) < 1e-6
    assert answer.pose is not None
    x_axis = quaternion_to_matrix(answer.pose.orientation)[:, 0]
    assert angle_difference(np.arctan2(x_axis[1], x_axis[0]), yaw + step / 2) < 1e-6
    assert x_axis[2] == pytest.approx(0.0)
