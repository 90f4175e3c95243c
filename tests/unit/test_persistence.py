"""What is shown of a joint that is not seen: a guess while there is one, then hold, then rest."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from bridge.skeleton import SMPLX_JOINT_COUNT, SmplxJoint
from bridge.solving.persistence import Persistence, natural_stance_xyzw
from bridge.solving.settings import PersistenceSettings

J = SmplxJoint
DT_S = 1 / 30
SETTINGS = PersistenceSettings(hold_s=0.5, fade_s=1.0)


def turned(angle_rad: float) -> np.ndarray:
    return np.tile(Rotation.from_rotvec([0.0, angle_rad, 0.0]).as_quat(), (SMPLX_JOINT_COUNT, 1))


def shown_after(seconds: float, confidence: float, *, plausible_count: int) -> np.ndarray:
    """The left elbow, seen at 0.2 rad once, then guessed at 1.0 rad."""
    persistence = Persistence(SETTINGS)
    everything = np.ones(SMPLX_JOINT_COUNT)
    persistence.step(turned(0.2), everything, dt_s=DT_S)
    doubtful = everything.copy()
    doubtful[J.LEFT_ELBOW] = confidence
    for _ in range(round(seconds / DT_S)):
        shown, _ = persistence.step(
            turned(1.0), doubtful, dt_s=DT_S, plausible_count=plausible_count
        )
    return shown[J.LEFT_ELBOW]


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.rad2deg((Rotation.from_quat(a).inv() * Rotation.from_quat(b)).magnitude()))


def test_without_a_guess_the_last_pose_holds_and_then_rests() -> None:
    rest = natural_stance_xyzw()[J.LEFT_ELBOW]
    assert angle_deg(shown_after(0.4, 0.1, plausible_count=0), turned(0.2)[0]) < 0.01
    assert angle_deg(shown_after(2.0, 0.1, plausible_count=0), rest) < 0.01


def test_a_joint_that_is_still_followed_shows_its_guess_for_as_long_as_that() -> None:
    assert angle_deg(shown_after(4.0, 0.1, plausible_count=22), turned(1.0)[0]) < 0.01


def test_a_joint_that_is_gone_rests_although_there_is_a_guess() -> None:
    rest = natural_stance_xyzw()[J.LEFT_ELBOW]
    assert angle_deg(shown_after(0.4, 0.0, plausible_count=22), turned(1.0)[0]) < 0.01
    assert angle_deg(shown_after(2.0, 0.0, plausible_count=22), rest) < 0.01


def test_a_joint_never_seen_but_followed_shows_its_guess_from_the_start() -> None:
    persistence = Persistence(SETTINGS)
    confidence = np.full(SMPLX_JOINT_COUNT, 0.1)
    shown, kept = persistence.step(turned(1.0), confidence, dt_s=DT_S, plausible_count=22)
    assert angle_deg(shown[J.LEFT_ELBOW], turned(1.0)[0]) < 0.01
    assert kept[J.LEFT_ELBOW] == 0.0  # it is a guess
