"""Whatever a tracker does, what leaves the solver is a body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bridge.errors import ModelError
from bridge.skeleton import SmplxJoint
from bridge.solving.joint_limits import within_limits
from bridge.solving.limbs import ELBOW_HINGE
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import ActorPose, Keypoints, Observation, Stamp

J = SmplxJoint
Observe = Callable[..., Observation]
FPS = 30
LIMIT_DEG_S = SolvingSettings().smoothing.max_joint_speed_deg_s
IDENTITY = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))


def walking(frame: int) -> np.ndarray:
    turns = np.zeros((55, 3))
    swing = np.sin(2.0 * np.pi * frame / FPS)
    turns[J.LEFT_HIP, 0], turns[J.RIGHT_HIP, 0] = 0.5 * swing, -0.5 * swing
    turns[J.LEFT_SHOULDER] = (0.0, 0.3 * swing, -1.2)
    turns[J.RIGHT_SHOULDER] = (0.0, 0.3 * swing, 1.2)
    turns[J.LEFT_ELBOW, 1] = -0.6 - 0.4 * swing
    return Rotation.from_rotvec(turns).as_quat()


def solver(body: str) -> Solver:
    try:
        return Solver(SolvingSettings.model_validate({"body": body}))
    except ModelError as missing:
        pytest.skip(str(missing))


def assert_a_body(poses: list[ActorPose]) -> None:
    """Finite, no joint turned by more than a turn or faster than it may."""
    rotvecs = np.stack([pose.rotvecs_rad for pose in poses]).astype(np.float64)
    assert np.isfinite(rotvecs).all()
    assert np.isfinite([pose.root_m for pose in poses]).all()
    assert np.linalg.norm(rotvecs, axis=-1).max() <= np.pi + 1e-3
    turns = Rotation.from_rotvec(rotvecs.reshape(-1, 3)).as_quat().reshape(len(poses), 55, 4)
    steps = 2.0 * np.arccos(np.minimum(np.abs((turns[1:] * turns[:-1]).sum(-1)), 1.0))
    assert np.degrees(steps).max() * FPS <= LIMIT_DEG_S * 1.01


MANY = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("body", ["analytic", "network"])
@MANY
@given(
    missing=st.lists(st.sets(st.integers(0, 32)), min_size=3, max_size=6),
    jumps=st.lists(st.floats(-5.0, 5.0), min_size=3, max_size=6),
    noise_m=st.floats(0.0, 0.3),
)
def test_any_joints_missing_noise_and_teleports(
    observe_pose: Observe, body: str, missing: list[set[int]], jumps: list[float], noise_m: float
) -> None:
    follow = solver(body)
    poses = []
    for frame in range(30):
        hidden = sorted(missing[frame // 5 % len(missing)])
        place = (jumps[frame // 7 % len(jumps)], 0.9, -6.0)
        seen = observe_pose(
            walking(frame), sequence=frame, hidden=hidden, noise_m=noise_m, seed=frame,
            place_m=place,
        )  # fmt: skip
        poses.append(follow.solve(seen))
    assert_a_body(poses)


@pytest.mark.parametrize("body", ["analytic", "network"])
@MANY
@given(values=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.0, 1e-6, 1.0, 1e4]))
def test_landmarks_of_no_confidence_say_nothing(
    observe_pose: Observe, body: str, values: int, scale: float
) -> None:
    """Any finite numbers at confidence 0, among frames in which everything is seen."""
    rng = np.random.default_rng(values)
    follow = solver(body)
    poses = []
    for frame in range(24):
        seen = observe_pose(walking(frame), sequence=frame)
        assert seen.body is not None
        if frame % 8 >= 4:
            lost = Keypoints(
                seen.body.layout, rng.normal(size=(33, 3)) * scale, np.zeros((33, 2)), np.zeros(33)
            )
            seen = replace(seen, body=lost)
        poses.append(follow.solve(seen))
    assert_a_body(poses)


@pytest.mark.parametrize("body", ["analytic", "network"])
def test_two_seconds_of_nothing(observe_pose: Observe, body: str) -> None:
    """No body in the picture, then one elsewhere; and a stream that was silent so long."""
    follow = solver(body)
    poses = []
    for frame in range(5 * FPS):
        seen = observe_pose(walking(frame), sequence=frame, place_m=(0.0, 0.9, -3.0))
        if FPS <= frame < 3 * FPS:
            seen = Observation(seen.stamp)
        poses.append(follow.solve(seen))
    assert_a_body(poses)
    gone = poses[3 * FPS - 1]
    assert gone.confidence.max() == 0.0
    assert np.degrees(np.linalg.norm(gone.rotvecs_rad[J.LEFT_HIP])) < 15.0
    late = replace(seen, stamp=Stamp(999, round(9e9), "simulated"))
    assert np.isfinite(follow.solve(late).rotvecs_rad).all()


unit_quaternions = st.integers(0, 2**32 - 1).map(
    lambda seed: Rotation.random(55, random_state=seed).as_quat()
)


@given(rotations=unit_quaternions)
def test_limits_hold_and_change_nothing_within(rotations: np.ndarray) -> None:
    held = within_limits(rotations)
    np.testing.assert_allclose(np.linalg.norm(held, axis=1), 1.0, atol=1e-6)
    for joint in (J.LEFT_KNEE, J.RIGHT_KNEE):
        bend = Rotation.from_quat(held[joint]).as_rotvec()
        if np.linalg.norm(bend[1:]) < 0.3 * abs(bend[0]):
            assert -21.0 < np.degrees(bend[0]) < 166.0
    again = within_limits(held)
    turned = (Rotation.from_quat(again) * Rotation.from_quat(held).inv()).magnitude()
    assert np.degrees(turned).max() < 10.0  # what is left beyond the range is pressed once more
    small = Rotation.from_rotvec(0.25 * Rotation.from_quat(rotations).as_rotvec() / np.pi)
    still = small.as_quat()
    still[[J.LEFT_ELBOW, J.RIGHT_ELBOW, J.LEFT_KNEE, J.RIGHT_KNEE]] = IDENTITY[:4]
    np.testing.assert_array_equal(within_limits(still), still)
    kept = [J.PELVIS, J.JAW, J.LEFT_EYE, *range(J.LEFT_INDEX1, 55)]
    np.testing.assert_array_equal(held[kept], rotations[kept])


@pytest.mark.parametrize(
    ("joint", "axis", "side"),
    [
        (J.LEFT_ELBOW, ELBOW_HINGE, 1.0),
        (J.RIGHT_ELBOW, ELBOW_HINGE, -1.0),
        (J.LEFT_KNEE, np.array([1.0, 0.0, 0.0]), 1.0),
        (J.RIGHT_KNEE, np.array([1.0, 0.0, 0.0]), 1.0),
    ],
)
def test_hinges_bend_one_way_and_never_jump(joint: J, axis: np.ndarray, side: float) -> None:
    asked = np.arange(-80.0, 230.0, 1.0)  # degrees: over both ends of the range
    given = np.tile(IDENTITY, (len(asked), 1, 1))
    given[:, joint] = Rotation.from_rotvec(np.radians(asked)[:, None] * axis * side).as_quat()
    held = np.stack([within_limits(rotations)[joint] for rotations in given])
    bend = np.degrees(Rotation.from_quat(held).as_rotvec() @ axis) * side
    inside = (asked >= -10.0) & (asked <= 155.0)
    np.testing.assert_allclose(bend[inside], asked[inside], atol=1e-6)
    assert bend.min() > -20.0
    assert bend.max() < 165.0
    assert np.abs(np.diff(bend)).max() < 1.01  # the answer never moves faster than the question
