"""A One-Euro filter on each of the 52 weights by itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.skeleton import ARKIT_COUNT, ArkitBlendshape
from bridge.solving.face.settings import FaceSettings
from bridge.solving.filters import gain
from bridge.solving.parts import Array

S = ArkitBlendshape

_LIDS: Final = [
    S.EYE_BLINK_LEFT, S.EYE_BLINK_RIGHT, S.EYE_WIDE_LEFT, S.EYE_WIDE_RIGHT,
    S.EYE_SQUINT_LEFT, S.EYE_SQUINT_RIGHT,
]  # fmt: skip
# A change that goes on for a second frame is a movement; the sensor's noise turns back. The
# speed is measured over about two frames, so that noise opens the filter less than movement.
_SPEED_CUTOFF_HZ: Final = 3.0
# Speeds below this, in weight a second, are the noise of a still face.
_SPEED_FLOOR: Final = 0.3
_OFF_CUTOFF_HZ: Final = 1e6


class WeightFilter:
    """Keeps the last weights. See G. Casiez et al., "1€ Filter", CHI 2012."""

    def __init__(self, settings: FaceSettings) -> None:
        smoothing = settings.smoothing
        self._min_cutoff_hz = smoothing.min_cutoff_hz
        self._speed_gain = np.full(ARKIT_COUNT, smoothing.speed_gain)
        self._speed_gain[_LIDS] = smoothing.blink_speed_gain
        self._enabled = smoothing.enabled
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next weights pass unchanged."""
        self._output: Array | None = None
        self._speed = np.zeros(ARKIT_COUNT)

    def step(self, weights: Array, *, dt_s: float) -> Array:
        """Filter one frame ``(52,)``."""
        if self._output is None or not self._enabled:
            self._output = weights
            return weights
        if dt_s <= 0.0:
            return self._output
        change = weights - self._output
        self._speed += (change / dt_s - self._speed) * gain(_SPEED_CUTOFF_HZ, dt_s)
        moving = np.maximum(np.abs(self._speed) - _SPEED_FLOOR, 0.0)
        cutoff = np.minimum(self._min_cutoff_hz + self._speed_gain * moving, _OFF_CUTOFF_HZ)
        self._output = self._output + change * gain(cutoff, dt_s)
        return self._output
