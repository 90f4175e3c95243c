"""How far the camera looks down, told by people who keep their balance.

Whoever stands or walks has the middle of their mass over their feet, also with a bent back or
raised arms: on average over time the line from the feet to the centre of mass is vertical. The
estimate follows that line's median, slowly, and only while legs are seen that stand; nobody
who sits, squats or shows only the upper body moves it.
"""

from __future__ import annotations

from functools import cache
from math import atan2, exp, radians
from typing import Final

import numpy as np

from bridge.solving.canonical import CANONICAL_COUNT, CanonicalBody, CanonicalJoint
from bridge.solving.parts import Array

C = CanonicalJoint

_SIDES: Final = ("LEFT", "RIGHT")
_LEGS: Final = np.array([[C[f"{s}_{n}"] for n in ("HIP", "KNEE", "ANKLE")] for s in _SIDES])
_TOES: Final = np.array([C.LEFT_TOE, C.RIGHT_TOE])
_ARMS: Final = np.array([[C[f"{s}_{n}"] for n in ("ELBOW", "WRIST")] for s in _SIDES])
_SHOULDERS: Final = np.array([C.LEFT_SHOULDER, C.RIGHT_SHOULDER])
_EARS: Final = np.array([C.LEFT_EAR, C.RIGHT_EAR])
_NEEDED: Final = np.array([*_LEGS.ravel(), *_SHOULDERS])
_OPTIONAL: Final = (*_ARMS, _EARS, np.array([C.HEAD]), _TOES)

# Masses of both sides' segments as shares of the body's, and where between their ends they lie
# (D. Winter, Biomechanics and Motor Control of Human Movement, table 4.1).
_HEAD_MASS: Final = 0.081  # with the neck, at the ear canals
_TRUNK_MASS: Final = 0.497  # half way between hips and shoulders
_ARM_MASSES: Final = ((0.056, 0.436), (0.044, 0.682))  # upper arm; forearm with hand, to the wrist
_LEG_MASSES: Final = ((0.200, 0.433), (0.122, 0.606))  # thigh; shank with foot, to the ankle
# Of the way from ankle to toes, where the weight falls in the mean: chosen by eye, on clips in
# which people stand and walk.
_BALANCE_SHARE: Final = 0.5

_CONFIDENCE_MIN: Final = 0.5
# Hip to ankle, as shares of the bones between: of the leg that stands at least, and of the other.
_STANDING_LEG: Final = 0.92
_STEPPING_LEG: Final = 0.8
_STRIDE_COSINE: Final = 0.5  # legs farther apart than 60 degrees do not carry in equal parts
_SHORTEST_LEG_M: Final = 0.1  # landmarks that lie on one another are no legs
_PITCH_MAX_RAD: Final = radians(45.0)
_SPEED_RAD_S: Final = radians(8.0)  # of the estimate at first: too slow to be seen as motion
_SPEED_LAST_RAD_S: Final = radians(1.5)
_SETTLE_S: Final = 20.0  # of evidence, after which the estimate is slower by e
_CLEAR_RAD: Final = radians(6.0)  # off by more pulls no harder
_EVERY_S: Final = 0.05  # looked at more often it would only cost more
# People do not stand quite upright: an estimate that is right to about 3 degrees is let be.
_USUAL_MEMORY_S: Final = 2.5
_BEGIN: Final = 0.55  # of a clear pull
_END: Final = 0.1
_PULL_MEMORY_S: Final = 1.0  # steps and sways within it cancel out


class CameraPitch:
    """Follows the pitch of a camera that stands still; ``pitch_rad`` > 0: it looks down."""

    def __init__(self, pitch_deg: float | None) -> None:
        """``pitch_deg``: as it was set; None to find it."""
        self._automatic = pitch_deg is None
        self._given_rad = radians(pitch_deg or 0.0)
        self.reset()

    def reset(self) -> None:
        """Another camera: nothing is known."""
        self.pitch_rad = self._given_rad
        self._pull = 0.0
        self._usual_pull = 0.0
        self._adjusting = False
        self._speed_rad_s = 0.0
        self._waited_s = 0.0
        self._watched_s = 0.0

    def watch(self, body: CanonicalBody, *, dt_s: float) -> None:
        """Learn from one frame, whose positions stand in the world of the pitch so far.
        Its lasting changes come at a few degrees a second at most."""
        if not self._automatic:
            return
        self._waited_s += dt_s
        if self._waited_s >= _EVERY_S:
            self._speed_rad_s = self._look(body, self._waited_s)
            self._waited_s = 0.0
        self.pitch_rad += self._speed_rad_s * dt_s

    def _look(self, body: CanonicalBody, dt_s: float) -> float:
        """How fast the estimate should move."""
        lean = lean_rad(body.positions_m, body.confidence)
        if lean is None or abs(self.pitch_rad + lean) > _PITCH_MAX_RAD:
            return 0.0
        # Clipped, so that the estimate ends at a median, which no bow moves.
        pull = max(-1.0, min(1.0, lean / _CLEAR_RAD))
        self._pull += (pull - self._pull) * (1.0 - exp(-dt_s / _PULL_MEMORY_S))
        self._watched_s += dt_s
        settling = exp(-self._watched_s / _SETTLE_S)
        speed = _SPEED_LAST_RAD_S + (_SPEED_RAD_S - _SPEED_LAST_RAD_S) * settling
        self._usual_pull += (pull - self._usual_pull) * (1.0 - exp(-dt_s / _USUAL_MEMORY_S))
        if abs(self._usual_pull) > _BEGIN:
            self._adjusting = True
        elif abs(self._usual_pull) < _END:
            self._adjusting = False
        if not self._adjusting:
            return 0.0
        # Steady disagreement is followed, swaying about the estimate hardly moves it.
        return speed * self._pull * abs(self._pull)


def lean_rad(positions_m: Array, confidence: Array) -> float | None:
    """How far the centre of mass is before the feet, as an angle towards the camera (the world's
    +Z); None where nobody is seen to stand on straight legs.

    ``positions_m (38, 3)`` world, ``confidence (38,)``, both by ``CanonicalJoint``.
    """
    if confidence[_NEEDED].min() < _CONFIDENCE_MIN:
        return None
    legs = positions_m[_LEGS]
    bones = legs[:, 1:] - legs[:, :-1]
    spans = legs[:, 2] - legs[:, 0]
    length_m = np.sqrt(np.add.reduce(bones * bones, axis=-1)).sum(axis=1)
    span_m = np.sqrt(np.add.reduce(spans * spans, axis=-1))
    straight = span_m / np.maximum(length_m, _SHORTEST_LEG_M)
    if straight.max() < _STANDING_LEG or straight.min() < _STEPPING_LEG:
        return None
    if float(spans[0] @ spans[1]) < _STRIDE_COSINE * float(span_m[0] * span_m[1]):
        return None
    seen = tuple((confidence[rows] > 0.0).all() for rows in _OPTIONAL)
    y, z = (_balance_weights(seen) @ positions_m).tolist()[1:]
    return atan2(z, y) if y > 0.0 else None


@cache
def _balance_weights(seen: tuple[bool, ...]) -> Array:
    """``(38,)``: weights of the joints whose sum is the way from the feet to the centre of mass.

    ``seen``: left arm, right arm, ears, head, toes; what is not seen counts with its neighbour.
    """
    *arms, ears, head, toes = seen
    weights = np.zeros(CANONICAL_COUNT)
    trunk = [*_LEGS[:, 0], *_SHOULDERS]
    weights[trunk] += _TRUNK_MASS / 4.0
    skull = _EARS if ears else np.array([C.HEAD]) if head else _SHOULDERS
    weights[skull] += _HEAD_MASS / len(skull)
    for side in (0, 1):
        chains = [(_LEGS[side], _LEG_MASSES)]
        if arms[side]:
            chains.append((np.array([_SHOULDERS[side], *_ARMS[side]]), _ARM_MASSES))
        else:
            weights[trunk] += sum(mass for mass, _ in _ARM_MASSES) / 8.0
        for joints, segments in chains:
            for (mass, share), start, end in zip(segments, joints, joints[1:], strict=False):
                weights[start] += 0.5 * mass * (1.0 - share)
                weights[end] += 0.5 * mass * share
    weights[_LEGS[:, 2]] -= 0.5 * (1.0 - _BALANCE_SHARE if toes else 1.0)
    if toes:
        weights[_TOES] -= 0.5 * _BALANCE_SHARE
    return weights
