"""Arms that a tracker invents are left out; arms with evidence stay."""

from __future__ import annotations

import numpy as np

from bridge.solving.canonical import CANONICAL_COUNT, CanonicalBody, CanonicalJoint
from bridge.solving.hidden_arms import HiddenArms

C = CanonicalJoint
DT_S = 1 / 30


def body(*, elbow_in_picture: bool) -> CanonicalBody:
    in_picture = np.ones(CANONICAL_COUNT, np.bool_)
    in_picture[C.LEFT_ELBOW] = elbow_in_picture
    return CanonicalBody(np.zeros((CANONICAL_COUNT, 3)), np.ones(CANONICAL_COUNT), in_picture)


def left_wrist(arms: HiddenArms, *, elbow_in_picture: bool, hand_found: bool, frames: int) -> float:
    seen = body(elbow_in_picture=elbow_in_picture)
    for _ in range(frames):
        out = arms.step(seen, hands_found=(hand_found, False), dt_s=DT_S)
        assert out.confidence[C.RIGHT_WRIST] == 1.0  # its elbow is in the picture
        assert out.confidence[C.LEFT_SHOULDER] == 1.0
    return float(out.confidence[C.LEFT_WRIST])


def test_without_elbow_and_hand_an_arm_is_unseen_from_the_first_frame() -> None:
    assert left_wrist(HiddenArms(), elbow_in_picture=False, hand_found=False, frames=1) == 0.0


def test_elbow_or_hand_is_evidence() -> None:
    assert left_wrist(HiddenArms(), elbow_in_picture=True, hand_found=False, frames=60) == 1.0
    assert left_wrist(HiddenArms(), elbow_in_picture=False, hand_found=True, frames=60) == 1.0


def test_a_hand_lost_for_a_moment_keeps_its_arm_and_then_loses_it() -> None:
    arms = HiddenArms()
    left_wrist(arms, elbow_in_picture=False, hand_found=True, frames=30)
    assert left_wrist(arms, elbow_in_picture=False, hand_found=False, frames=4) == 1.0
    assert left_wrist(arms, elbow_in_picture=False, hand_found=False, frames=30) == 0.0
    assert left_wrist(arms, elbow_in_picture=False, hand_found=True, frames=30) == 1.0
