"""Names, parents and the rest skeleton."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.errors import RejectedValueError
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import Layout
from bridge.skeleton import (
    ARKIT_NAMES,
    HUMAN_BONE_OF,
    MIRRORED_ARKIT,
    MIRRORED_BONE,
    MIRRORED_JOINT,
    SMPLX_PARENT,
    SMPLX_PARENT_INDEX,
    HumanBone,
    SmplxJoint,
    unity_bone_name,
)
from bridge.types import Keypoints


def test_every_joint_has_one_bone() -> None:
    assert set(HUMAN_BONE_OF) == set(SmplxJoint)
    assert set(HUMAN_BONE_OF.values()) == set(HumanBone)
    assert HUMAN_BONE_OF[SmplxJoint.LEFT_PINKY1] is HumanBone.LEFT_LITTLE_PROXIMAL
    assert HUMAN_BONE_OF[SmplxJoint.SPINE3] is HumanBone.UPPER_CHEST


def test_parents_come_first_and_lead_to_the_pelvis() -> None:
    assert all(parent < joint for joint, parent in SMPLX_PARENT.items())
    assert len(SMPLX_PARENT) == 54


@pytest.mark.parametrize("table", [MIRRORED_JOINT, MIRRORED_BONE, MIRRORED_ARKIT])
def test_mirroring_twice_changes_nothing(table: tuple[int, ...]) -> None:
    assert [table[i] for i in table] == list(range(len(table)))
    assert table != tuple(range(len(table)))


def test_arkit_names_are_sorted_and_complete() -> None:
    assert list(ARKIT_NAMES) == sorted(ARKIT_NAMES)
    assert len(set(ARKIT_NAMES)) == 52
    assert {"eyeBlinkLeft", "jawOpen", "tongueOut", "mouthRollLower"} <= set(ARKIT_NAMES)


def test_unity_names() -> None:
    assert unity_bone_name(HumanBone.LEFT_UPPER_ARM) == "LeftUpperArm"
    assert unity_bone_name(HumanBone.UPPER_CHEST) == "UpperChest"


def test_rest_skeleton_is_symmetric_and_human() -> None:
    rest = rest_joints_m(stature_m=1.8)
    np.testing.assert_allclose(rest[list(MIRRORED_JOINT)], rest * (-1, 1, 1), atol=1e-6)
    for joint, parent in SMPLX_PARENT.items():
        length = np.linalg.norm(rest[joint] - rest[parent])
        assert 0.005 < length < 0.5, joint.name
    assert rest[:, 1].min() > 0
    assert rest[SmplxJoint.LEFT_THUMB3][2] > rest[SmplxJoint.LEFT_INDEX1][2]  # thumbs forward


def test_forward_kinematics_equals_a_plain_loop() -> None:
    rest = rest_joints_m()
    local = Rotation.random(55, random_state=3)
    positions, _ = forward_kinematics(local.as_quat(), np.array([1.0, 2.0, 3.0]), rest_joints=rest)
    world: list[Rotation] = []
    expected = np.zeros((55, 3))
    for joint, parent in enumerate(SMPLX_PARENT_INDEX):
        if parent < 0:
            world.append(local[joint])
            expected[joint] = (1, 2, 3)
        else:
            world.append(world[parent] * local[joint])
            expected[joint] = expected[parent] + world[parent].apply(rest[joint] - rest[parent])
    np.testing.assert_allclose(positions, expected, atol=1e-6)


def test_values_reject_wrong_shapes_and_nan_and_cannot_be_written() -> None:
    good = np.zeros((33, 3)), np.zeros((33, 2)), np.ones(33)
    keypoints = Keypoints(Layout.MEDIAPIPE_BODY_33, *good)
    with pytest.raises(ValueError, match="read-only"):
        keypoints.positions_m[0, 0] = 1
    with pytest.raises(RejectedValueError, match="shape"):
        Keypoints(Layout.MEDIAPIPE_HAND_21, *good)
    with pytest.raises(RejectedValueError, match="NaN"):
        Keypoints(Layout.MEDIAPIPE_BODY_33, good[0] * np.nan, good[1], good[2])
    with pytest.raises(RejectedValueError, match="outside 0–1"):
        Keypoints(Layout.MEDIAPIPE_BODY_33, good[0], good[1], good[2] * 2)
