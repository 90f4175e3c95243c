"""Notices arms that the body tracker only invents.

A tracker that sees one raised hand happily draws the other arm towards it, sure of itself, while
that arm hangs below the picture. An arm is believed when its elbow is in the picture or when the
hand tracker, which looks closely, has found its hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from bridge.solving.canonical import CanonicalBody, CanonicalJoint
from bridge.solving.filters import decay

C = CanonicalJoint

_ELBOWS: Final = np.array([C.LEFT_ELBOW, C.RIGHT_ELBOW])
_ARM_JOINTS: Final = tuple(
    np.array([C[f"{s}_{n}"] for n in ("ELBOW", "WRIST", "INDEX", "MIDDLE", "PINKY", "THUMB")])
    for s in ("LEFT", "RIGHT")
)
_MEMORY_S: Final = 0.25  # a hand that is lost for a few frames does not hide its arm
# Hysteresis on the share of the recent past without evidence.
_HIDDEN: Final = 0.7
_SHOWN: Final = 0.3


class HiddenArms:
    """Follows, arm by arm, whether there is evidence of it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The first frame decides."""
        self._doubt: list[float] | None = None
        self._hidden = [False, False]

    def step(
        self, body: CanonicalBody, *, hands_found: tuple[bool, bool], dt_s: float
    ) -> CanonicalBody:
        """The body with invented arms unseen. ``hands_found``: left, right, by the hand tracker."""
        elbows = body.in_picture.take(_ELBOWS).tolist()
        now = [
            0.0 if elbow or found else 1.0 for elbow, found in zip(elbows, hands_found, strict=True)
        ]
        past = self._doubt or now
        left = decay(_MEMORY_S, dt_s)
        self._doubt = [new + (old - new) * left for new, old in zip(now, past, strict=True)]
        self._hidden = [
            doubt >= (_SHOWN if hidden else _HIDDEN)
            for doubt, hidden in zip(self._doubt, self._hidden, strict=True)
        ]
        if not any(self._hidden):
            return body
        confidence = body.confidence.copy()
        for hidden, joints in zip(self._hidden, _ARM_JOINTS, strict=True):
            if hidden:
                confidence[joints] = 0.0
        return replace(body, confidence=confidence)
