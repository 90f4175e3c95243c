"""Notices when only the upper body is in the picture, and keeps what is guessed out of the pose.

A tracker that cannot see legs invents them, with low confidence, and puts the hips at a guessed
depth: the trunk then seems to lean for minutes. While the legs are out of the picture they count
as not seen (the natural stance takes over), and the trunk's usual lean counts as upright, so that
only a change of lean moves the trunk.
"""

from __future__ import annotations

from math import hypot
from typing import Final

import numpy as np

from bridge.solving.canonical import CanonicalBody, CanonicalJoint
from bridge.solving.filters import decay
from bridge.solving.parts import Array

C = CanonicalJoint

_LEG_JOINTS: Final = np.array(
    [C[f"{s}_{n}"] for s in ("LEFT", "RIGHT") for n in ("KNEE", "ANKLE", "HEEL", "TOE")]
)
_HIPS: Final = np.array([C.LEFT_HIP, C.RIGHT_HIP])
_SHOULDERS: Final = np.array([C.LEFT_SHOULDER, C.RIGHT_SHOULDER])
_KNEES: Final = np.array([C.LEFT_KNEE, C.RIGHT_KNEE])
# One knee that is seen well shows the legs; both must be bad for a while to lose them.
_LEGS_FOUND: Final = 0.5
_LEGS_LOST: Final = 0.3
_OUTSIDE_WORTH: Final = 0.55  # of the confidence of a knee that projects outside the picture
_MEMORY_S: Final = 0.4  # of the knees' confidence: legs do not come and go with single frames
_LEAN_MEMORY_S: Final = 30.0  # in about this time a lean becomes the usual one
_SHOULDER_CONFIDENCE_MIN: Final = 0.5


class Framing:
    """Follows what part of the performer is in the picture."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing is known yet: the first frame decides."""
        self._knees: float | None = None
        self._legs_in_picture = True
        self._lean_m = 0.0
        self._lean_seen_s = 0.0

    @property
    def legs_in_picture(self) -> bool:
        """Whether the legs of the last frame were to be believed."""
        return self._legs_in_picture

    def step(self, body: CanonicalBody, *, dt_s: float) -> CanonicalBody:
        """The body without invented legs and without a standing lean."""
        now = max(
            knee if inside else knee * _OUTSIDE_WORTH
            for knee, inside in zip(
                body.confidence.take(_KNEES).tolist(),
                body.in_picture.take(_KNEES).tolist(),
                strict=True,
            )
        )
        before = self._knees
        if before is None:
            before = now
            self._legs_in_picture = now >= _LEGS_LOST
        knees: float = now + (before - now) * decay(_MEMORY_S, dt_s)
        self._knees = knees
        self._legs_in_picture = knees >= (_LEGS_LOST if self._legs_in_picture else _LEGS_FOUND)
        if self._legs_in_picture:
            return body
        confidence = body.confidence.copy()
        confidence[_LEG_JOINTS] = 0.0
        return CanonicalBody(self._upright(body, dt_s), confidence, body.in_picture)

    def _upright(self, body: CanonicalBody, dt_s: float) -> Array:
        """Positions with the hips moved under the shoulders by the usual lean."""
        positions, confidence = body.positions_m, body.confidence
        if min(confidence.take(_SHOULDERS).tolist()) < _SHOULDER_CONFIDENCE_MIN:
            return positions
        # Plain floats: on single vectors arrays cost ten times more.
        left, right = positions.take(_SHOULDERS, axis=0).tolist()
        left_hip, right_hip = positions.take(_HIPS, axis=0).tolist()
        width = hypot(left[0] - right[0], left[2] - right[2])
        if width <= 0.0 or min(confidence.take(_HIPS).tolist()) <= 0.0:
            return positions
        ahead_x, ahead_z = (right[2] - left[2]) / width, (left[0] - right[0]) / width
        trunk_x = 0.5 * (left[0] + right[0] - left_hip[0] - right_hip[0])
        trunk_z = 0.5 * (left[2] + right[2] - left_hip[2] - right_hip[2])
        lean_m = trunk_x * ahead_x + trunk_z * ahead_z
        # A plain mean at first, so that the first seconds are not spent leaning.
        self._lean_seen_s += dt_s
        memory_s = min(self._lean_seen_s, _LEAN_MEMORY_S)
        share = 1.0 if memory_s <= 0.0 else min(1.0, dt_s / memory_s)
        self._lean_m += (lean_m - self._lean_m) * share
        moved = positions.copy()
        moved[_HIPS] += (ahead_x * self._lean_m, 0.0, ahead_z * self._lean_m)
        return moved
