"""The network's input: the performer's heading makes no difference, and nothing is ever NaN."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.geometry import matrix_from_quat, quat_from_rotvec
from bridge.skeleton import SmplxJoint
from bridge.solving.body import analytic_body
from bridge.solving.canonical import CANONICAL_COUNT, CanonicalJoint
from bridge.solving.features import (
    FEATURE_COUNT,
    SUPPORT,
    facing,
    first_heading,
    followed_heading,
    headed_frame,
)
from bridge.solving.rigid import rigid_limbs
from bridge.solving.steadiness import Steadiness
from tools.body_network.batches import SENSORS, make_batch
from tools.body_network.motion_windows import WindowSampler
from tools.mocap.retarget import SmplxMotion

RIGHT_NOW_S = 1.0 / 30.0


def standing() -> tuple[np.ndarray, np.ndarray]:
    from bridge.kinematics import rest_joints_m

    rest = rest_joints_m().astype(np.float64)
    sensor = SENSORS[1]
    return rest[sensor.joints] + sensor.offsets_m, sensor.given.astype(np.float64)


def features_of(positions: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    lengths = Steadiness().step(positions, confidence, dt_s=RIGHT_NOW_S)
    limbs = rigid_limbs(positions, confidence, lengths)
    analytic = analytic_body(limbs.positions_m, confidence)
    heading = first_heading(facing(analytic))
    return headed_frame(
        limbs, confidence, lengths=lengths, analytic=analytic, heading=heading, dt_s=RIGHT_NOW_S
    ).features


@given(st.floats(-3.0, 3.0), st.floats(-5.0, 5.0))
@settings(max_examples=25, deadline=None)
def test_turning_and_moving_the_performer_changes_nothing(yaw: float, shift: float) -> None:
    positions, confidence = standing()
    turn = matrix_from_quat(quat_from_rotvec(np.array([0.0, yaw, 0.0])))
    moved = positions @ turn.T + np.array([shift, 0.3 * shift, -shift])
    one, other = features_of(positions, confidence), features_of(moved, confidence)
    camera = slice(FEATURE_COUNT - 3, FEATURE_COUNT - 1)  # where the camera is does change
    one[camera] = other[camera] = 0.0
    assert np.allclose(one, other, atol=1e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_any_landmarks_and_any_confidence_give_finite_features(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions = rng.normal(0.0, 10.0, (CANONICAL_COUNT, 3)) * (rng.random() < 0.7)
    confidence = rng.random(CANONICAL_COUNT) * (rng.random(CANONICAL_COUNT) < rng.random())
    features = features_of(positions, confidence)
    assert features.shape == (FEATURE_COUNT,)
    assert np.isfinite(features).all()
    assert np.abs(features).max() < 10.0


def test_support_says_which_joints_are_seen() -> None:
    positions, confidence = standing()
    confidence[CanonicalJoint.LEFT_ELBOW] = 0.0
    support = features_of(positions, confidence)[SUPPORT]
    assert support[SmplxJoint.LEFT_SHOULDER] == 0.0
    assert support[SmplxJoint.RIGHT_SHOULDER] > 0.5


@pytest.mark.parametrize("target_x", [1.0, -0.4])
def test_the_heading_follows_at_the_same_pace_at_any_frame_rate(target_x: float) -> None:
    target = np.array([target_x, 0.3])
    ends = []
    for fps in (30, 120):
        heading = np.array([0.0, 1.0])
        for _ in range(fps // 10):
            heading = followed_heading(heading, target, dt_s=1.0 / fps)
        ends.append(heading)
    assert np.linalg.norm(ends[0]) == pytest.approx(1.0)
    assert np.allclose(ends[0], ends[1], atol=0.05)


def test_training_batches_are_sound() -> None:
    rng = np.random.default_rng(5)
    local = quat_from_rotvec(rng.normal(0.0, 0.2, (150, 55, 3)))
    motion = SmplxMotion(local_xyzw=local, root_m=np.zeros((150, 3)) + 0.9, fps=120.0)
    batch = make_batch(WindowSampler([motion], rng=rng).draw(8, 20), rng=rng)
    assert batch.features.shape == (8, 20, FEATURE_COUNT)
    for array in (batch.features, batch.initial, batch.target, batch.root):
        assert np.isfinite(array).all()
    determinant = np.linalg.det(batch.target.reshape(-1, 3, 3))
    assert np.allclose(determinant, 1.0, atol=1e-4)
    assert set(np.unique(batch.contact)) <= {0.0, 1.0}
