"""Limits, speed and signs; and what each part of a profile does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bridge import geometry
from bridge.retarget.limits import AnatomicalLimits
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.rig import load_rig
from bridge.retarget.settings import RetargetSettings
from bridge.skeleton import HumanBone, SmplxJoint
from bridge.types import ActorPose, HumanoidPose, Stamp, TrackingState

B = HumanBone
J = SmplxJoint


def actor(
    rotvecs: dict[SmplxJoint, list[float]] | None = None,
    *,
    frame: int = 0,
    arkit: float = 0.0,
    seen: bool = True,
) -> ActorPose:
    table = np.zeros((55, 3))
    for joint, rotvec in (rotvecs or {}).items():
        table[joint] = rotvec
    stamp = Stamp(frame, frame * 1_000_000_000 // 30, "test")
    confidence = np.full(55, 1.0 if seen else 0.0)
    return ActorPose(stamp, table, np.array([0, 0.952, 0]), np.full(52, arkit), confidence)


def settings(**values: Any) -> RetargetSettings:
    return RetargetSettings.model_validate({"mirror": False, **values})


def turn(pose: HumanoidPose, bone: HumanBone) -> Rotation:
    return Rotation.from_quat(pose.rotations_xyzw[bone])


@given(st.integers(0, 2**32 - 2))
def test_limits_hold_for_any_rotation_and_leave_allowed_ones_alone(seed: int) -> None:
    limits = AnatomicalLimits(RetargetSettings())
    before = Rotation.random(55, random_state=seed).as_quat()
    after = before.copy()
    limits.apply(after)
    assert np.isfinite(after).all()
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), 1, atol=1e-9)
    again = after.copy()
    limits.apply(again)
    assert geometry.angle_between(after, again).max() < 1e-6
    np.testing.assert_array_equal(after[B.HIPS], before[B.HIPS])
    elbow = Rotation.from_quat(after[B.LEFT_LOWER_ARM]).apply([1, 0, 0])
    assert np.degrees(np.arccos(np.clip(elbow[0], -1, 1))) <= 155.01
    small = Rotation.from_rotvec(np.random.default_rng(seed).normal(size=(55, 3)) * 0.02).as_quat()
    kept = small.copy()
    AnatomicalLimits(RetargetSettings()).apply(kept)  # which was not held a moment ago
    np.testing.assert_array_equal(kept, small)


def test_no_turn_is_faster_than_allowed_and_no_sign_flips() -> None:
    retargeter = Retargeter(settings(limits={"speed_deg_per_s": 600, "anatomical": False}))
    rng = np.random.default_rng(0)
    last = retargeter.retarget(actor())
    for frame in range(1, 200):
        wild = {joint: list(rng.normal(size=3) * 2) for joint in J if joint is not J.PELVIS}
        pose = retargeter.retarget(actor(wild, frame=frame))
        step = geometry.angle_between(
            last.rotations_xyzw.astype(float), pose.rotations_xyzw.astype(float)
        )
        assert np.degrees(step.max()) <= 600 / 30 * 1.01
        assert np.einsum("ij,ij->i", last.rotations_xyzw, pose.rotations_xyzw).min() >= 0
        last = pose


def test_a_turn_through_180_degrees_goes_on() -> None:
    retargeter = Retargeter(settings())
    angles = []
    for frame in range(40):
        degrees = 150 + 2 * frame  # past half a turn
        pose = retargeter.retarget(actor({J.PELVIS: [0, np.radians(degrees), 0]}, frame=frame))
        angles.append(turn(pose, B.HIPS).as_euler("yxz", degrees=True)[0] % 360)
    np.testing.assert_allclose(np.diff(angles), 2, atol=0.01)


def test_bone_gain_offset_and_smoothing() -> None:
    bent = {J.HEAD: [0.4, 0, 0]}
    gain = settings(bones={"Head": {"gain": 0.5}})
    assert turn(Retargeter(gain).retarget(actor(bent)), B.HEAD).magnitude() == pytest.approx(0.2)
    offset = settings(bones={"Head": {"offset_deg": [0, 10, 0]}})
    pose = Retargeter(offset).retarget(actor())
    np.testing.assert_allclose(turn(pose, B.HEAD).as_rotvec(degrees=True), [0, 10, 0], atol=1e-4)
    smooth = Retargeter(settings(bones={"Head": {"smoothing_s": 0.2}}))
    smooth.retarget(actor())
    turned = [turn(smooth.retarget(actor(bent, frame=i)), B.HEAD).magnitude() for i in range(1, 13)]
    assert 0.2 < turned[5] / 0.4 < 0.8
    assert turned == sorted(turned)
    assert turned[-1] > 0.3


def test_arms_fingers_and_gaze() -> None:
    down = {J.LEFT_SHOULDER: [0, 0, -np.pi / 2], J.LEFT_INDEX1: [0, 0, -0.8]}
    off = {"hands": False}  # a hand beside the hip is guided by it
    spread = Retargeter(settings(arms={"spread_deg": 20}, contacts=off)).retarget(actor(down))
    assert turn(spread, B.LEFT_UPPER_ARM).as_euler("zyx", degrees=True)[0] == pytest.approx(-70)
    curled = Retargeter(settings(fingers={"curl_gain": 1.5})).retarget(actor(down))
    assert turn(curled, B.LEFT_INDEX_PROXIMAL).magnitude() == pytest.approx(1.2, abs=1e-5)
    look = {J.HEAD: [0, 0.4, 0]}
    shared = settings(gaze={"head_share": 0.5, "eyes_take_rest": 1.0})
    pose = Retargeter(shared).retarget(actor(look))
    assert turn(pose, B.HEAD).magnitude() == pytest.approx(0.2, abs=1e-5)
    assert turn(pose, B.LEFT_EYE).as_rotvec()[1] == pytest.approx(0.2, abs=1e-5)
    none = settings(gaze={"head_share": 0.0, "eyes_take_rest": 1.0})
    pose = Retargeter(none).retarget(actor(look))
    assert turn(pose, B.RIGHT_EYE).as_rotvec()[1] == pytest.approx(0.4, abs=1e-5)


def test_hands_can_be_raised_and_moved_forward() -> None:
    bent = {J.LEFT_SHOULDER: [0, -0.3, -1.2], J.LEFT_ELBOW: [0, -1.2, 0]}

    def hand(values: dict[str, float]) -> np.ndarray:
        pose = Retargeter(settings(arms=values)).retarget(actor(bent))
        at, world = np.zeros(3), Rotation.identity()
        rest = Retargeter(settings()).rig.positions_m
        chain = (B.LEFT_UPPER_ARM, B.LEFT_LOWER_ARM, B.LEFT_HAND)
        for bone, end in pairwise(chain):
            world = world * turn(pose, bone)
            at = at + world.apply(rest[end] - rest[bone])
        return at

    before, after = hand({}), hand({"hand_height_m": 0.08, "hand_forward_m": 0.05})
    np.testing.assert_allclose(after - before, [0, 0.08, 0.05], atol=2e-3)


@pytest.mark.parametrize("region", ["upper", "head"])
def test_regions(region: str) -> None:
    moving = {J.LEFT_KNEE: [1, 0, 0], J.PELVIS: [0, 0.5, 0], J.HEAD: [0.2, 0, 0],
              J.LEFT_ELBOW: [0, -1, 0]}  # fmt: skip
    pose = Retargeter(settings(region=region)).retarget(actor(moving))
    assert turn(pose, B.LEFT_LOWER_LEG).magnitude() == 0
    assert turn(pose, B.HIPS).magnitude() == 0
    assert turn(pose, B.HEAD).magnitude() == pytest.approx(0.2)
    if region == "upper":
        np.testing.assert_allclose(turn(pose, B.SPINE).as_rotvec(), [0, 0.5, 0], atol=1e-6)
        assert turn(pose, B.LEFT_LOWER_ARM).magnitude() == pytest.approx(1, abs=1e-5)
    else:
        assert turn(pose, B.LEFT_LOWER_ARM).magnitude() == 0


def test_it_breathes_when_nobody_is_seen() -> None:
    retargeter = Retargeter(settings(presence={"hold_s": 0.1}))
    retargeter.retarget(actor())
    moved = []
    for frame in range(1, 300):
        pose = retargeter.retarget(actor(frame=frame, seen=False))
        moved.append(turn(pose, B.CHEST).magnitude())
    assert pose.state is TrackingState.LOST
    assert 0.5 < np.degrees(max(moved)) < 1.1
    assert np.degrees(np.abs(np.diff(moved)).max()) < 0.3


def test_a_changed_profile_blends() -> None:
    retargeter = Retargeter(settings(blend_s=0.2))
    retargeter.retarget(actor())
    retargeter.apply(settings(blend_s=0.2, bones={"Head": {"offset_deg": [0, 30, 0]}}))
    angles = [turn(retargeter.retarget(actor(frame=i)), B.HEAD).magnitude() for i in range(1, 12)]
    assert angles[0] < np.radians(5)
    assert angles == sorted(angles)
    assert angles[-1] == pytest.approx(np.radians(30), abs=1e-4)


def test_faces_of_known_avatars(humanoid_file: Callable[..., Path]) -> None:
    from bridge.skeleton import ARKIT_NAMES

    moves = {"materialColorBinds": [{"material": 0}]}
    perfect = load_rig(humanoid_file(expressions={"custom": dict.fromkeys(ARKIT_NAMES, moves)}))
    weights = Retargeter(settings(), rig=perfect).retarget(actor(arkit=0.5)).expressions
    assert weights["jawOpen"] == 0.5
    assert weights["aa"] == weights["blinkLeft"] == weights["happy"] == 0
    one_lid = load_rig(humanoid_file(expressions={"preset": {"blink": moves}}))
    weights = Retargeter(settings(), rig=one_lid).retarget(actor(arkit=0.5)).expressions
    both_lids = Retargeter(settings()).retarget(actor(arkit=0.5)).expressions
    assert weights["blink"] == pytest.approx(both_lids["blinkLeft"])
    assert weights["blinkLeft"] == 0
    table = settings(
        face={"table": {"grin": {"weights": {"jawOpen": 1.0}}}, "perfect_sync": "presets"}
    )
    weights = Retargeter(table).retarget(actor(arkit=0.5)).expressions
    assert weights["grin"] == 0.5
    assert weights["jawOpen"] == 0


def test_a_hand_that_turns_round_and_round_never_leaps() -> None:
    """Half a turn away both ends of a range are equally near: the way leads through the range."""
    limits = AnatomicalLimits(RetargetSettings())
    axis = Rotation.from_euler("z", 0.0)
    last: Rotation | None = None
    largest_deg = 0.0
    for frame in range(90):
        local = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
        local[B.RIGHT_HAND] = (axis * Rotation.from_euler("x", 8.0 * frame, degrees=True)).as_quat()
        limits.apply(local, step_s=1 / 30)
        now = Rotation.from_quat(local[B.RIGHT_HAND])
        if last is not None:
            largest_deg = max(largest_deg, float(np.rad2deg((now * last.inv()).magnitude())))
        last = now
    assert 8.0 <= largest_deg < 400.0 / 30 + 1.0
