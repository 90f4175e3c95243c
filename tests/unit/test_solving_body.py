"""Laws of the analytic body solver, against forward kinematics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bridge.geometry import world_from_camera
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import BodyLandmark, Layout
from bridge.skeleton import MIRRORED_JOINT, SmplxJoint
from bridge.solving.settings import SmoothingSettings, SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import ActorPose, Intrinsics, Keypoints, Observation, Stamp

J = SmplxJoint
Observe = Callable[..., Observation]
RAW = SolvingSettings(body="analytic", smoothing=SmoothingSettings(enabled=False))
BONES = [
    (J[f"{side}_{a}"], J[f"{side}_{b}"])
    for side in ("LEFT", "RIGHT")
    for a, b in (("SHOULDER", "ELBOW"), ("ELBOW", "WRIST"), ("HIP", "KNEE"), ("KNEE", "ANKLE"))
]
IDENTITY = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))


def random_pose(seed: int) -> np.ndarray:
    """Local quaternions (55, 4) of a standing person within joint limits."""
    rng = np.random.default_rng(seed)
    v = np.zeros((55, 3))
    v[J.PELVIS] = (0.0, rng.uniform(-1, 1), 0.0)
    v[J.SPINE1] = (rng.uniform(-0.1, 0.2), 0.0, 0.0)
    v[J.SPINE2] = (0.0, rng.uniform(-0.2, 0.2), 0.0)
    v[J.HEAD] = rng.uniform(-0.3, 0.3, 3)
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        v[J[f"{side}_SHOULDER"]] = rng.uniform((-0.6, -0.8, -1.4), (0.6, 0.8, 0.3)) * (
            1,
            sign,
            sign,
        )
        v[J[f"{side}_ELBOW"]] = (0.0, -sign * rng.uniform(0.3, 2.2), 0.0)
        v[J[f"{side}_WRIST"]] = (rng.uniform(-1.4, 0.2), 0.0, 0.0)
        v[J[f"{side}_HIP"]] = rng.uniform((-1.2, -0.3, -0.2), (0.2, 0.3, 0.2))
        v[J[f"{side}_KNEE"]] = (rng.uniform(0.15, 1.8), 0.0, 0.0)
        v[J[f"{side}_ANKLE"]] = (rng.uniform(-0.3, 0.3), 0.0, 0.0)
    return Rotation.from_rotvec(v).as_quat()


def solved_matrices(pose: ActorPose) -> np.ndarray:
    return Rotation.from_rotvec(pose.rotvecs_rad.astype(float)).as_matrix()


def angles_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a = a / np.linalg.norm(a, axis=-1, keepdims=True)
    b = b / np.linalg.norm(b, axis=-1, keepdims=True)
    return np.rad2deg(np.arccos(np.clip((a * b).sum(-1), -1, 1)))


def test_t_pose_gives_identity(observe_pose: Observe) -> None:
    pose = Solver(SolvingSettings(body="analytic")).solve(observe_pose(IDENTITY))
    assert np.rad2deg(np.linalg.norm(pose.rotvecs_rad[:22], axis=1)).max() < 1.0
    np.testing.assert_allclose(pose.root_m, (0, rest_joints_m()[J.PELVIS][1], 0), atol=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_bone_directions_are_reproduced(observe_pose: Observe, seed: int) -> None:
    truth_m, _ = forward_kinematics(random_pose(seed), np.zeros(3), rest_joints=rest_joints_m())
    pose = Solver(RAW).solve(observe_pose(random_pose(seed)))
    local = Rotation.from_rotvec(pose.rotvecs_rad.astype(float)).as_quat()
    ours_m, _ = forward_kinematics(local, np.zeros(3), rest_joints=rest_joints_m())
    for parent, child in BONES:
        error = angles_deg(ours_m[child] - ours_m[parent], truth_m[child] - truth_m[parent])
        assert error < 5.0, (parent.name, error)


def test_limb_rotations_of_random_poses(observe_pose: Observe) -> None:
    errors = []
    joints = [j for bone in BONES for j in bone if "ANKLE" not in j.name]
    for seed in range(60):
        _, truth = forward_kinematics(random_pose(seed), np.zeros(3), rest_joints=rest_joints_m())
        pose = Solver(RAW).solve(observe_pose(random_pose(seed)))
        local = Rotation.from_rotvec(pose.rotvecs_rad.astype(float)).as_quat()
        _, ours = forward_kinematics(local, np.zeros(3), rest_joints=rest_joints_m())
        relative = Rotation.from_quat(ours[joints]).inv() * Rotation.from_quat(truth[joints])
        errors.append(np.rad2deg(relative.magnitude()))
    assert np.mean(errors) < 15.0


def test_mirrored_landmarks_give_the_mirrored_pose(observe_pose: Observe) -> None:
    local = random_pose(7)
    mirrored = (local * (1, -1, -1, 1))[list(MIRRORED_JOINT)]
    pose = Solver(RAW).solve(observe_pose(local))
    other = Solver(RAW).solve(observe_pose(mirrored))
    expected = (pose.rotvecs_rad * (1, -1, -1))[list(MIRRORED_JOINT)]
    np.testing.assert_allclose(other.rotvecs_rad, expected, atol=2e-3)


def test_raising_the_left_arm_moves_the_left_arm_only(observe_pose: Observe) -> None:
    local = IDENTITY.copy()
    local[J.LEFT_SHOULDER] = Rotation.from_euler("z", 40, degrees=True).as_quat()
    pose = Solver(RAW).solve(observe_pose(local))
    lifted_deg = np.rad2deg(pose.rotvecs_rad[[J.LEFT_COLLAR, J.LEFT_SHOULDER], 2])
    assert lifted_deg[0] > 5.0  # the shoulder goes along
    assert lifted_deg.sum() == pytest.approx(40, abs=2)
    assert np.abs(pose.rotvecs_rad[[J.RIGHT_COLLAR, J.RIGHT_SHOULDER]]).max() < 0.02


def test_a_straightening_elbow_does_not_flip(observe_pose: Observe) -> None:
    solver = Solver(RAW)
    last: np.ndarray | None = None
    for step, flexion in enumerate(
        np.concatenate((np.linspace(1.0, 0, 30), np.linspace(0, 1, 30)))
    ):
        local = IDENTITY.copy()
        local[J.LEFT_SHOULDER] = Rotation.from_rotvec([0.9, 0.0, -0.6]).as_quat()
        local[J.LEFT_ELBOW] = Rotation.from_rotvec([0.0, -flexion, 0.0]).as_quat()
        observation = observe_pose(local, sequence=step, noise_m=0.002, seed=step)
        now = solved_matrices(solver.solve(observation))
        if last is not None:
            turned = Rotation.from_matrix(last[J.LEFT_SHOULDER].T @ now[J.LEFT_SHOULDER])
            assert np.rad2deg(turned.magnitude()) < 30.0
        last = now


def test_translation_is_found_from_pixels(observe_pose: Observe) -> None:
    solver = Solver(RAW)
    solver.solve(observe_pose(IDENTITY, place_m=(0.0, 0.9, -3.0), sequence=0))
    pose = solver.solve(observe_pose(IDENTITY, place_m=(0.3, 0.9, -2.5), sequence=1))
    np.testing.assert_allclose(pose.root_m[[0, 2]], (0.3, 0.5), atol=0.02)


def test_a_jump_lifts_the_root(observe_pose: Observe) -> None:
    solver = Solver(RAW)
    low = solver.solve(observe_pose(IDENTITY, place_m=(0.0, 0.9, -3.0), sequence=0))
    high = solver.solve(observe_pose(IDENTITY, place_m=(0.0, 1.3, -3.0), sequence=1))
    assert high.root_m[1] - low.root_m[1] == pytest.approx(0.4, abs=0.02)


def test_unseen_arm_holds_then_hangs(observe_pose: Observe) -> None:
    solver = Solver(SolvingSettings(body="analytic"))
    hidden = [int(BodyLandmark[n]) for n in ("LEFT_ELBOW", "LEFT_WRIST")]
    solver.solve(observe_pose(IDENTITY, sequence=0))
    held = solver.solve(observe_pose(IDENTITY, sequence=6, hidden=hidden))
    assert np.abs(held.rotvecs_rad[J.LEFT_SHOULDER]).max() < 0.05
    assert 0.0 < held.confidence[J.LEFT_SHOULDER] < 1.0
    for sequence in range(7, 120):
        rest = solver.solve(observe_pose(IDENTITY, sequence=sequence, hidden=hidden))
    assert rest.rotvecs_rad[J.LEFT_SHOULDER][2] < -1.1
    assert rest.confidence[J.LEFT_SHOULDER] == 0.0
    assert np.abs(rest.rotvecs_rad[J.RIGHT_SHOULDER]).max() < 0.05


def test_same_observations_give_the_same_bytes(observe_pose: Observe) -> None:
    def run() -> bytes:
        solver = Solver(SolvingSettings(body="analytic"))
        poses = [solver.solve(observe_pose(random_pose(i // 5), sequence=i)) for i in range(30)]
        return b"".join(p.rotvecs_rad.tobytes() + p.root_m.tobytes() for p in poses)

    assert run() == run()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1), st.sampled_from([0, 1, 33, 5000, -400]))
def test_anything_in_gives_finite_poses_of_limited_speed(
    seed: int, missing: float, step_ms: int
) -> None:
    rng = np.random.default_rng(seed)
    solver = Solver(SolvingSettings(body="analytic"))
    time_ns, last = 0, None
    for sequence in range(6):
        count = 33
        confidence = rng.uniform(0, 1, count) * (rng.uniform(size=count) >= missing)
        body = Keypoints(
            Layout.MEDIAPIPE_BODY_33,
            rng.normal(size=(count, 3)) * rng.choice([0.0, 0.01, 1.0, 100.0]),
            rng.uniform(0, 2000, (count, 2)),
            confidence,
        )
        observation = Observation(
            Stamp(sequence, time_ns, "test"),
            body=None if rng.uniform() < 0.2 else body,
            camera=Intrinsics.from_fov(1280, 720),
        )
        pose = solver.solve(observation)
        assert np.isfinite(pose.rotvecs_rad).all()
        assert np.linalg.norm(pose.rotvecs_rad, axis=1).max() <= np.pi + 1e-4
        now = Rotation.from_rotvec(pose.rotvecs_rad.astype(float))
        if last is not None and 0 < step_ms < 2000:
            speed = np.rad2deg((last.inv() * now).magnitude()) / (step_ms * 1e-3)
            assert speed.max() <= 2501.0 + 1e-2 / (step_ms * 1e-3)
        last = now
        time_ns += step_ms * 1_000_000


def test_world_of_a_pitched_camera(observe_pose: Observe) -> None:
    level = Solver(RAW).solve(observe_pose(random_pose(3)))
    tilted = Solver(
        SolvingSettings(
            body="analytic", camera_pitch_deg=20.0, smoothing=SmoothingSettings(enabled=False)
        )
    ).solve(observe_pose(random_pose(3), pitch_deg=20.0))
    np.testing.assert_allclose(tilted.rotvecs_rad, level.rotvecs_rad, atol=1e-3)
    assert world_from_camera(np.zeros(3)).shape == (3,)
