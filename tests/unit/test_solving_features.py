"""The network's input and output."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from bridge.solving import features as f
from bridge.solving.body import analytic_body
from bridge.solving.canonical import CANONICAL_COUNT


def features_of(positions: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    body = analytic_body(positions, confidence)
    heading = f.world_from_heading(f.left_on_floor(body.world))
    return f.body_features(
        positions, confidence, world=body.world, twist_worth=body.memory.worth,
        heading_rotation=heading, dt_s=1 / 30,
    )  # fmt: skip


def random_joints(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    positions = rng.normal(size=(count, CANONICAL_COUNT, 3))
    return positions, rng.uniform(0.1, 1, (count, CANONICAL_COUNT))


def test_a_batch_equals_single_frames() -> None:
    positions, confidence = random_joints(5)
    batch = features_of(positions, confidence)
    assert batch.shape == (5, f.FEATURE_COUNT)
    for i in range(5):
        np.testing.assert_allclose(features_of(positions[i], confidence[i]), batch[i], atol=1e-5)


def test_only_the_depth_axis_tells_where_the_performer_faces() -> None:
    positions, confidence = random_joints(4)
    confidence[:] = 1.0
    turn = Rotation.from_euler("y", 70, degrees=True).as_matrix()
    here, there = features_of(positions, confidence), features_of(positions @ turn.T, confidence)
    depth = slice(f.FEATURE_COUNT - 3, f.FEATURE_COUNT - 1)
    assert np.abs(here[:, depth] - there[:, depth]).max() > 0.1
    here[:, depth] = there[:, depth] = 0
    np.testing.assert_allclose(here, there, atol=1e-4)


def test_place_does_not_matter_and_nothing_seen_is_finite() -> None:
    positions, confidence = random_joints(4)
    np.testing.assert_allclose(
        features_of(positions + np.array([1.0, 2.0, 3.0]), confidence),
        features_of(positions, confidence),
        atol=1e-5,
    )
    assert np.isfinite(features_of(positions * 0, confidence * 0)).all()


def test_no_correction_changes_nothing_and_a_twist_is_about_x() -> None:
    world = Rotation.random(22, random_state=1).as_matrix()
    output = np.zeros(f.OUTPUT_COUNT)
    np.testing.assert_allclose(f.corrected(world, output), world, atol=1e-9)
    twist = Rotation.from_euler("x", 30, degrees=True).as_matrix()
    output[:6] = twist[:, :2].T.reshape(-1) - (1, 0, 0, 0, 1, 0)
    np.testing.assert_allclose(f.corrected(world, output)[0], world[0] @ twist, atol=1e-9)


def test_heading_follows_in_time_not_in_frames() -> None:
    left = np.array([0.0, 2.0])
    fast = slow = np.array([2.0, 0.0])
    for _ in range(12):
        fast = f.followed_heading(fast, left, dt_s=1 / 120)
    for _ in range(3):
        slow = f.followed_heading(slow, left, dt_s=1 / 30)
    np.testing.assert_allclose(fast, slow, atol=1e-9)
