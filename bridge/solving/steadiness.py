"""How noisy the landmarks are, told by bones that change their length.

Bones are rigid: what their observed lengths scatter by is noise. Where they are steady the
landmarks are taken at their word, without smoothing; where they are not, filters and the
network get their say. So a clean sensor costs no lag and a noisy one no jitter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalJoint
from bridge.solving.frames import dot
from bridge.solving.parts import Array

C = CanonicalJoint
J = SmplxJoint

# Groups: left arm, right arm, left leg, right leg, trunk with head. Each with rigid bones only:
# the distance from hips to shoulders, for one, changes with every bend.
GROUP_COUNT: Final = 5
_TRUNK_GROUP: Final = 4
_BONES_OF_GROUP: Final = (
    ((C.LEFT_SHOULDER, C.LEFT_ELBOW), (C.LEFT_ELBOW, C.LEFT_WRIST)),
    ((C.RIGHT_SHOULDER, C.RIGHT_ELBOW), (C.RIGHT_ELBOW, C.RIGHT_WRIST)),
    ((C.LEFT_HIP, C.LEFT_KNEE), (C.LEFT_KNEE, C.LEFT_ANKLE)),
    ((C.RIGHT_HIP, C.RIGHT_KNEE), (C.RIGHT_KNEE, C.RIGHT_ANKLE)),
    ((C.LEFT_HIP, C.RIGHT_HIP), (C.LEFT_EAR, C.RIGHT_EAR)),
)
_BONES_PER_GROUP: Final = 2
BONE_ENDS: Final = np.array(_BONES_OF_GROUP).reshape(-1, 2)
_STARTS, _ENDS = np.ascontiguousarray(BONE_ENDS.T)

_LENGTH_MEMORY_S: Final = 2.0  # the mean that lengths are compared with
_SCATTER_MEMORY_S: Final = 1.0
_START_WORTH_S: Final = 0.02  # as much seen time as this weighs against the first scatter
_STEADY_M: Final = 0.002  # scatter up to which landmarks are as good as measured
_NOISY_M: Final = 0.008  # and from which they are a camera's guesses


@dataclass(frozen=True, slots=True)
class BoneLengths:
    """``noise (..., 5)`` of the groups, 0 (as good as measured) to 1 (a camera's guess), and
    ``mean_m (..., 10)``, the followed lengths by ``BONE_ENDS``."""

    noise: Array
    mean_m: Array


class Steadiness:
    """Watches the lengths of a performer's bones, or of a batch of performers (``lead``)."""

    def __init__(self, lead: tuple[int, ...] = ()) -> None:
        self._lead = lead
        self.reset()

    def reset(self) -> None:
        """Another performer or source: steady until lengths tell otherwise, within a few frames."""
        self._mean_m = np.zeros((*self._lead, len(BONE_ENDS)))
        self._variance = np.zeros((*self._lead, GROUP_COUNT))
        self._seen_s = np.zeros((*self._lead, GROUP_COUNT))

    def step(self, positions_m: Array, confidence: Array, *, dt_s: Array | float) -> BoneLengths:
        """After one more frame: ``positions_m (..., 38, 3)`` and ``confidence (..., 38)`` by
        ``CanonicalJoint``; ``dt_s``, or ``(..., 1)``, since the frame before."""
        grouped = (*self._lead, GROUP_COUNT, _BONES_PER_GROUP)
        across = positions_m.take(_STARTS, axis=-2) - positions_m.take(_ENDS, axis=-2)
        length_m = np.sqrt(dot(across, across)).reshape(grouped)
        least = np.minimum.reduce(confidence.take(BONE_ENDS.reshape(GROUP_COUNT, -1), -1), axis=-1)
        seen = least > 0.0
        began = seen & (self._seen_s == 0.0)
        if began.any():
            mean_m = np.where(began[..., None], length_m, self._mean_m.reshape(grouped))
            self._mean_m = mean_m.reshape(self._mean_m.shape)
        step_s = seen * dt_s
        self._seen_s = self._seen_s + step_s
        off = length_m - self._mean_m.reshape(grouped)
        # Plain means at first, fading ones later.
        share = step_s / np.minimum(np.maximum(self._seen_s, 1e-9), _LENGTH_MEMORY_S)
        moved = off * np.minimum(share, 1.0)[..., None]
        self._mean_m = self._mean_m + moved.reshape(self._mean_m.shape)
        square = np.maximum.reduce(off * off, axis=-1)
        share = step_s / np.minimum(self._seen_s + _START_WORTH_S, _SCATTER_MEMORY_S)
        self._variance = self._variance + (square - self._variance) * np.minimum(share, 1.0)
        doubt = (np.sqrt(self._variance) - _STEADY_M) * (1.0 / (_NOISY_M - _STEADY_M))
        doubt = np.minimum(np.maximum(doubt, 0.0), 1.0)
        # Bones that a sensor never shows (ears, to a Kinect v2) are as doubtful as its worst.
        known = self._seen_s > 0.0
        if not known.all():
            doubt = np.where(known, doubt, np.maximum.reduce(doubt, axis=-1, keepdims=True))
        return BoneLengths(doubt * doubt * (3.0 - 2.0 * doubt), self._mean_m)


def _group_of(joint: SmplxJoint) -> int:
    name = joint.name
    if name in ("LEFT_COLLAR", "RIGHT_COLLAR") or not name.startswith(("LEFT_", "RIGHT_")):
        return _TRUNK_GROUP
    leg = any(part in name for part in ("HIP", "KNEE", "ANKLE", "FOOT"))
    return (2 if leg else 0) + (1 if name.startswith("RIGHT_") else 0)


# The group that each of SMPL-X's first 22 joints belongs to.
GROUP_OF_BODY_JOINT: Final = np.array([_group_of(J(joint)) for joint in range(22)])
