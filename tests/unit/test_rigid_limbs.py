"""Bones of known length make noisy limbs better and leave steady ones alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.solving.canonical import CANONICAL_COUNT, CanonicalJoint
from bridge.solving.rigid import LIMB_BONE_COUNT, rigid_limbs
from bridge.solving.steadiness import BONE_ENDS, GROUP_COUNT, BoneLengths

C = CanonicalJoint
SEEN = np.ones(CANONICAL_COUNT)
NOISE_M = np.array([0.01, 0.01, 0.03])  # across and along the depth
LIMB_ENDS = BONE_ENDS[:LIMB_BONE_COUNT, 1]


def lengths_of(positions: np.ndarray, noise: float) -> BoneLengths:
    bones = positions[..., BONE_ENDS[:, 1], :] - positions[..., BONE_ENDS[:, 0], :]
    lead = positions.shape[:-2]
    return BoneLengths(np.full((*lead, GROUP_COUNT), noise), np.linalg.norm(bones, axis=-1))


def test_noisy_limbs_come_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(2000, CANONICAL_COUNT, 3)) * 0.25
    noisy = truth + rng.normal(size=truth.shape) * NOISE_M
    seen = np.ones((2000, CANONICAL_COUNT))
    out = rigid_limbs(noisy, seen, lengths_of(truth, 1.0)).positions_m
    starts = BONE_ENDS[:LIMB_BONE_COUNT, 0]

    def bone_error(found: np.ndarray) -> float:
        off = (found - truth)[:, LIMB_ENDS] - (found - truth)[:, starts]
        return float(np.sqrt((off**2).mean()))

    assert bone_error(out) < 0.8 * bone_error(noisy)
    still = [j for j in C if (j not in LIMB_ENDS and "SHOULDER" in j.name) or "HIP" in j.name]
    np.testing.assert_array_equal(out[:, still], noisy[:, still])


def test_hands_and_feet_go_with_their_limb() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(CANONICAL_COUNT, 3)) * 0.25
    noisy = truth + rng.normal(size=truth.shape) * NOISE_M
    out = rigid_limbs(noisy, SEEN, lengths_of(truth, 1.0)).positions_m
    for end, carried in ((C.LEFT_WRIST, C.LEFT_INDEX), (C.RIGHT_ANKLE, C.RIGHT_TOE)):
        np.testing.assert_allclose(out[carried] - out[end], noisy[carried] - noisy[end])


def test_steady_landmarks_are_taken_at_their_word() -> None:
    rng = np.random.default_rng(2)
    positions = rng.normal(size=(CANONICAL_COUNT, 3))
    wrong = lengths_of(positions * 1.1, 0.0)
    np.testing.assert_array_equal(rigid_limbs(positions, SEEN, wrong).positions_m, positions)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_unseen_bones_stay_and_everything_is_finite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions = rng.normal(size=(CANONICAL_COUNT, 3)) * rng.choice([0.0, 0.2, 100.0])
    other = rng.normal(size=(CANONICAL_COUNT, 3))
    out = rigid_limbs(positions, np.zeros(CANONICAL_COUNT), lengths_of(other, 1.0))
    np.testing.assert_array_equal(out.positions_m, positions)
    seen = (rng.random(CANONICAL_COUNT) > 0.5).astype(float)
    out = rigid_limbs(positions, seen, lengths_of(other, 1.0))
    assert np.isfinite(out.positions_m).all()
    assert np.isfinite(out.off_m).all()
