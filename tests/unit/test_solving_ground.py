"""Feet that stand, and the root that follows from them."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.ground import Ground

J = SmplxJoint
STATURE_M = 1.7
STANDING = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
HEIGHT_M = float(rest_joints_m(stature_m=STATURE_M)[J.PELVIS][1])
DT_S = 1 / 30


def walking(frame: int, *, period: int = 30) -> np.ndarray:
    """Legs that swing in turn; the one behind is bent, so that the one in front stands."""
    phase = 2 * np.pi * frame / period
    vectors = np.zeros((55, 3))
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        swing, forward = np.sin(phase) * sign, np.cos(phase) * sign > 0
        vectors[J[f"{side}_HIP"], 0] = -0.4 * swing - (0.35 if forward else 0.0)
        vectors[J[f"{side}_KNEE"], 0] = 0.7 if forward else 0.0
        vectors[J[f"{side}_ANKLE"], 0] = 0.4 * swing - (0.35 if forward else 0.0)
    return Rotation.from_rotvec(vectors).as_quat()


def test_soles_agree_with_forward_kinematics() -> None:
    local = Rotation.random(55, random_state=2).as_quat()
    rest = rest_joints_m(stature_m=STATURE_M)
    joints, rotations = forward_kinematics(local, np.zeros(3), rest_joints=rest)
    soles = Ground(rest_joints_m(stature_m=STATURE_M)).soles_m(local)
    below = np.array([0.0, rest[J.LEFT_FOOT][1], 0.0])
    toe = joints[J.RIGHT_FOOT] - Rotation.from_quat(rotations[J.RIGHT_ANKLE]).apply(below)
    np.testing.assert_allclose(soles[3], toe, atol=1e-5)


def test_standing_feet_do_not_slide_although_the_measured_root_wanders() -> None:
    ground = Ground(rest_joints_m(stature_m=STATURE_M))
    rng = np.random.default_rng(0)
    soles = ground.soles_m(STANDING)
    measured = np.array([0.0, HEIGHT_M, 0.0]) + np.cumsum(rng.normal(size=(200, 3)), 0) * 0.002
    roots = np.stack([ground.step(m, soles, contact=None, dt_s=DT_S) for m in measured])
    moved = np.abs(np.diff(roots, axis=0)).mean()
    assert moved < 0.4 * np.abs(np.diff(measured, axis=0)).mean()
    assert np.abs(roots[20:, 1] - HEIGHT_M).max() < 0.005
    assert np.abs(roots[-1] - measured[-1])[[0, 2]].max() < 0.1


def test_a_jump_leaves_the_floor_and_comes_back() -> None:
    ground = Ground(rest_joints_m(stature_m=STATURE_M))
    soles = ground.soles_m(STANDING)
    time_s = np.arange(60) * DT_S
    rise = np.clip(3.0 * (time_s - 1.0) - 4.9 * (time_s - 1.0) ** 2, 0.0, None) * (time_s > 1.0)
    roots = [
        ground.step(np.array([0.0, HEIGHT_M + up, 0.0]), soles, contact=None, dt_s=DT_S)
        for up in rise
    ]
    assert max(root[1] for root in roots) > HEIGHT_M + 0.8 * rise.max()
    assert abs(roots[-1][1] - HEIGHT_M) < 0.01


def test_steps_carry_the_body_forward_without_any_measured_place() -> None:
    ground = Ground(rest_joints_m(stature_m=STATURE_M))
    for frame in range(91):
        root = ground.step(None, ground.soles_m(walking(frame)), contact=None, dt_s=DT_S)
    assert root[2] > 0.8
    assert abs(root[0]) < 0.1


def test_the_skeletons_soles_meet_the_floor_whatever_the_performers_legs() -> None:
    ground = Ground(rest_joints_m(stature_m=STATURE_M))
    soles = ground.soles_m(STANDING)
    for _ in range(30):
        root = ground.step(np.array([0.0, 0.8, 0.0]), soles, contact=None, dt_s=DT_S)
    assert abs(root[1] + soles[:, 1].min()) < 1e-6


def test_a_turn_on_the_spot_goes_round_and_stays_there() -> None:
    ground = Ground(rest_joints_m(stature_m=STATURE_M))
    roots = []
    for frame in range(120):
        local = STANDING.copy()
        local[J.PELVIS] = Rotation.from_euler("y", 3.0 * frame, degrees=True).as_quat()
        contact = np.array([0.9, 0.9])
        measured = np.array([0.0, HEIGHT_M, 0.0])
        roots.append(ground.step(measured, ground.soles_m(local), contact=contact, dt_s=DT_S))
    assert np.abs(np.array(roots)[:, [0, 2]]).max() < 0.12
    assert np.abs(np.array(roots)[:, 1] - HEIGHT_M).max() < 0.01


def test_no_sole_is_shown_below_the_floor() -> None:
    ground = Ground(rest_joints_m(stature_m=STATURE_M))
    rng = np.random.default_rng(1)
    soles = ground.soles_m(STANDING)
    for _ in range(100):
        measured = np.array([0.0, HEIGHT_M, 0.0]) + rng.normal(size=3) * 0.05
        root = ground.step(measured, soles, contact=None, dt_s=DT_S)
        assert (root + soles)[:, 1].min() > -1e-9
