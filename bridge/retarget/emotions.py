"""One emotion at a time, without flicker.

VRM's emotions are whole faces: two at once tear the mouth. The strongest wins, keeps the face
until it is clearly weaker than another or gone, and gives way over a short time.
"""

from __future__ import annotations

from math import exp
from typing import Final

EMOTIONS: Final[tuple[str, ...]] = ("happy", "angry", "sad", "relaxed", "surprised")

# Weights, 0–1. An emotion begins above the first, ends below the second: a face that hovers
# about one threshold switches nothing.
_BEGIN: Final = 0.12
_END: Final = 0.03
# Another emotion takes over when it is stronger by this much.
_TAKE_OVER_MARGIN: Final = 0.15
_CROSSFADE_S: Final = 0.06  # time constant: 90 % of the change in 0.14 s


class Emotions:
    """Remembers which emotion has the face."""

    def __init__(self) -> None:
        self._current: str | None = None
        self._shown: dict[str, float] = dict.fromkeys(EMOTIONS, 0.0)  # by emotion

    def apply(
        self, weights: dict[str, float], *, step_s: float, exclusive: bool
    ) -> dict[str, float]:
        """``weights`` by expression name with only the emotion that has the face, faded."""
        if not exclusive:
            return weights
        wanted = {name: weights[name] for name in EMOTIONS if name in weights}
        if not wanted:
            return weights
        self._choose(wanted)
        share = 1.0 - exp(-max(step_s, 0.0) / _CROSSFADE_S)
        for name, weight in wanted.items():
            goal = weight if name == self._current else 0.0
            self._shown[name] += share * (goal - self._shown[name])
            if goal == 0.0 and self._shown[name] < 1e-3:
                self._shown[name] = 0.0
        return weights | {name: self._shown[name] for name in wanted}

    def _choose(self, wanted: dict[str, float]) -> None:
        strongest = max(wanted, key=lambda name: wanted[name])
        current = self._current
        if current is not None and wanted.get(current, 0.0) < _END:
            current = None
        if current is None:
            current = strongest if wanted[strongest] >= _BEGIN else None
        elif wanted[strongest] > wanted[current] + _TAKE_OVER_MARGIN:
            current = strongest
        self._current = current
