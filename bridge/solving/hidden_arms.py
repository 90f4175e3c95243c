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
        self._doubt: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None
        self._hidden = np.zeros(2, np.bool_)

    def step(
        self, body: CanonicalBody, *, hands_found: tuple[bool, bool], dt_s: float
    ) -> CanonicalBody:
        """The body with invented arms unseen. ``hands_found``: left, right, by the hand tracker."""
        without_evidence = ~(body.in_picture[_ELBOWS] | np.array(hands_found))
        now = without_evidence.astype(np.float64)
        if self._doubt is None:
            self._doubt = now
        self._doubt = now + (self._doubt - now) * float(decay(_MEMORY_S, dt_s))
        self._hidden = self._doubt >= np.where(self._hidden, _SHOWN, _HIDDEN)
        if not self._hidden.any():
            return body
        confidence = body.confidence.copy()
        for hidden, joints in zip(self._hidden, _ARM_JOINTS, strict=True):
            if hidden:
                confidence[joints] = 0.0
        return replace(body, confidence=confidence)
