"""Noise is told by bones that change their length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CANONICAL_COUNT, CanonicalJoint
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.solving.steadiness import GROUP_COUNT, GROUP_OF_BODY_JOINT, Steadiness
from bridge.types import Observation

J = SmplxJoint
C = CanonicalJoint
DT_S = 1 / 30
SEEN = np.ones(CANONICAL_COUNT)


def watch(noise_m: float, *, only: list[CanonicalJoint] | None = None) -> np.ndarray:
    rng = np.random.default_rng(0)
    body = rng.normal(size=(CANONICAL_COUNT, 3)) * 0.3
    steadiness = Steadiness()
    for _ in range(45):
        turned = body @ Rotation.random(random_state=rng).as_matrix()
        error = rng.normal(size=body.shape) * noise_m
        if only is not None:
            error[[j for j in C if j not in only]] = 0.0
        out = steadiness.step(turned + error, SEEN, dt_s=DT_S).noise
    return out


def test_measured_points_are_steady_and_guessed_points_are_not() -> None:
    np.testing.assert_array_equal(watch(0.0), np.zeros(GROUP_COUNT))
    np.testing.assert_array_equal(watch(0.02), np.ones(GROUP_COUNT))


def test_one_noisy_arm_is_told_from_the_rest() -> None:
    noise = watch(0.02, only=[C.LEFT_ELBOW, C.LEFT_WRIST])
    assert noise[GROUP_OF_BODY_JOINT[J.LEFT_ELBOW]] == 1.0
    assert noise[GROUP_OF_BODY_JOINT[J.RIGHT_ELBOW]] == 0.0


def test_noise_shows_within_a_few_frames() -> None:
    rng = np.random.default_rng(1)
    body = rng.normal(size=(CANONICAL_COUNT, 3)) * 0.3
    steadiness = Steadiness()
    out = np.zeros(GROUP_COUNT)
    for _ in range(6):
        out = steadiness.step(body + rng.normal(size=body.shape) * 0.02, SEEN, dt_s=DT_S).noise
    assert out.min() > 0.8


def test_a_batch_is_followed_as_its_performers_alone() -> None:
    rng = np.random.default_rng(2)
    batch = Steadiness((3,))
    alone = [Steadiness() for _ in range(3)]
    for _ in range(20):
        seen = rng.normal(size=(3, CANONICAL_COUNT, 3))
        confidence = (rng.random((3, CANONICAL_COUNT)) > 0.2).astype(float)
        dt_s = rng.uniform(0.01, 0.06, (3, 1))
        together = batch.step(seen, confidence, dt_s=dt_s)
        for row, one in enumerate(alone):
            single = one.step(seen[row], confidence[row], dt_s=float(dt_s[row, 0]))
            np.testing.assert_allclose(together.noise[row], single.noise, atol=1e-12)
            np.testing.assert_allclose(together.mean_m[row], single.mean_m, atol=1e-12)


def test_clean_motion_is_followed_without_lag(observe_pose: Callable[..., Observation]) -> None:
    solver = Solver(SolvingSettings(body="analytic"))
    for frame in range(90):
        local = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
        angle = 0.8 * np.sin(frame * DT_S * 6.0)
        local[J.LEFT_SHOULDER] = Rotation.from_rotvec([0.0, angle, 0.3]).as_quat()
        local[J.LEFT_ELBOW] = Rotation.from_rotvec([0.0, -1.0, 0.0]).as_quat()
        pose = solver.solve(observe_pose(local, sequence=frame))
    collar, shoulder = (
        Rotation.from_rotvec(pose.rotvecs_rad[joint].astype(float))
        for joint in (J.LEFT_COLLAR, J.LEFT_SHOULDER)
    )
    upper = (collar * shoulder).apply([1.0, 0.0, 0.0])
    expected = Rotation.from_quat(local[J.LEFT_SHOULDER]).apply([1.0, 0.0, 0.0])
    assert np.rad2deg(np.arccos(upper @ expected)) < 1.0


def test_what_was_told_of_a_frame_stays_as_it_was() -> None:
    rng = np.random.default_rng(3)
    steadiness, unseen = Steadiness(), np.zeros(CANONICAL_COUNT)
    told = [
        steadiness.step(rng.normal(size=(CANONICAL_COUNT, 3)), seen, dt_s=DT_S)
        for seen in (unseen, SEEN)
    ]
    before = [(one.noise.copy(), one.mean_m.copy()) for one in told]
    steadiness.step(rng.normal(size=(CANONICAL_COUNT, 3)), SEEN, dt_s=DT_S)
    for one, (noise, mean_m) in zip(told, before, strict=True):
        np.testing.assert_array_equal(one.noise, noise)
        np.testing.assert_array_equal(one.mean_m, mean_m)
