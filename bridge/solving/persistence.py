"""What happens to joints that are not seen: they hold, then fade to rest; the others go on."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import quat_from_rotvec, slerp
from bridge.skeleton import LEFT_HAND_JOINTS, RIGHT_HAND_JOINTS, SMPLX_JOINT_COUNT, SmplxJoint
from bridge.solving.parts import Array
from bridge.solving.settings import PersistenceSettings

J = SmplxJoint

# A joint that was not seen must be clearly there to count again; one that was seen is kept
# through doubt. Between the two nothing flickers.
FOUND_CONFIDENCE: Final = 0.4
LOST_CONFIDENCE: Final = 0.15
FOLLOWED_CONFIDENCE: Final = 0.05  # hidden, but a tracker still says something of it
_ARM_DOWN_RAD: Final = 1.25  # arms hang 18° off the body's side
_ELBOW_EASE_RAD: Final = 0.25  # relaxed arms and fingers are never quite straight
_FINGER_EASE_RAD: Final = 0.3


def natural_stance_xyzw() -> Array:
    """The pose ``(55, 4)`` that unseen parts fade to: standing, arms hanging, hands relaxed."""
    rotvecs_rad = np.zeros((SMPLX_JOINT_COUNT, 3))
    rotvecs_rad[J.LEFT_SHOULDER] = (0.0, 0.0, -_ARM_DOWN_RAD)
    rotvecs_rad[J.RIGHT_SHOULDER] = (0.0, 0.0, _ARM_DOWN_RAD)
    rotvecs_rad[J.LEFT_ELBOW] = (0.0, -_ELBOW_EASE_RAD, 0.0)
    rotvecs_rad[J.RIGHT_ELBOW] = (0.0, _ELBOW_EASE_RAD, 0.0)
    for joints, sign in ((LEFT_HAND_JOINTS, -1.0), (RIGHT_HAND_JOINTS, 1.0)):
        for joint in joints:
            if "THUMB" not in joint.name:
                rotvecs_rad[joint] = (0.0, 0.0, sign * _FINGER_EASE_RAD)
    return quat_from_rotvec(rotvecs_rad)


class Persistence:
    """Keeps the last seen rotation of every joint, and lets it fade when it stays unseen."""

    def __init__(self, settings: PersistenceSettings) -> None:
        self._hold_s = settings.hold_s
        self._fade_s = settings.fade_s
        self.reset()

    def reset(self) -> None:
        """Back to the natural stance, as if nothing had ever been seen."""
        self._rest_xyzw = natural_stance_xyzw()
        self._last_xyzw = self._rest_xyzw.copy()
        self._unseen_s = np.full(SMPLX_JOINT_COUNT, np.inf)
        self._seen = np.zeros(SMPLX_JOINT_COUNT, np.bool_)
        self._last_confidence = np.zeros(SMPLX_JOINT_COUNT)

    def rest_at(self, rows: NDArray[np.intp], rotations_xyzw: Array) -> None:
        """From now on unseen joints ``rows (N,)`` fade to ``rotations_xyzw (N, 4)``."""
        self._rest_xyzw[rows] = rotations_xyzw

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which joints ``(55,)`` counted as seen in the last step."""
        return self._seen

    def step(
        self,
        rotations_xyzw: Array,
        confidence: Array,
        *,
        dt_s: float,
        plausible_count: int = 0,
    ) -> tuple[Array, Array]:
        """Local rotations ``(55, 4)`` and ``confidence (55,)`` with unseen joints filled in.

        A held joint's confidence falls to 0 over the hold and fade times. The first
        ``plausible_count`` joints have a good guess where they are not seen: it is shown instead
        of the last pose, during the hold time or as long as the tracker follows them at all
        (an arm behind the back).
        """
        seen = confidence >= np.where(self._seen, LOST_CONFIDENCE, FOUND_CONFIDENCE)
        self._seen = seen
        self._unseen_s += dt_s
        np.copyto(self._unseen_s, 0.0, where=seen)
        np.copyto(self._last_confidence, confidence, where=seen)
        known = seen
        if plausible_count:
            unseen_s = self._unseen_s[:plausible_count]
            followed = confidence[:plausible_count] > FOLLOWED_CONFIDENCE
            np.minimum(unseen_s, self._hold_s, out=unseen_s, where=followed)
            known = seen.copy()
            known[:plausible_count] |= unseen_s <= self._hold_s
        np.copyto(self._last_xyzw, rotations_xyzw, where=known[:, None])
        filled = self._last_xyzw.copy()
        away = (self._unseen_s - self._hold_s) / self._fade_s
        gone = away >= 1.0
        np.copyto(filled, self._rest_xyzw, where=gone[:, None])
        fading = np.flatnonzero((away > 0.0) & ~gone)
        if len(fading):
            share = away[fading]
            share = share * share * (3.0 - 2.0 * share)  # starts and ends without a jerk
            filled[fading] = slerp(self._last_xyzw[fading], self._rest_xyzw[fading], share)
        left = np.maximum(1.0 - self._unseen_s / (self._hold_s + self._fade_s), 0.0)
        return filled, self._last_confidence * left
