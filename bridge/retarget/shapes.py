"""How each of the 52 ARKit shapes answers on this avatar, as the profile says."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.retarget.settings import FaceSettings, ShapeSettings
from bridge.skeleton import ARKIT_NAMES
from bridge.types import FloatArray

Array = NDArray[np.float64]

_INSTANT_S: Final = 1e-6  # shorter time constants act at once


class ShapeResponse:
    """Immutable: the settings of all shapes at once; each its own, those for all, or none."""

    def __init__(self, settings: FaceSettings) -> None:
        general = settings.shapes.get("all", ShapeSettings())
        shapes = [settings.shapes.get(name, general) for name in ARKIT_NAMES]
        self._dead_zone = np.array([shape.dead_zone for shape in shapes])
        self._curve = np.array([shape.curve for shape in shapes])
        self._gain = np.array([shape.gain for shape in shapes])
        self._offset = np.array([shape.offset for shape in shapes])
        self.smoothing_s = np.array([shape.smoothing_s for shape in shapes])
        self.idle = not settings.shapes

    def apply(self, arkit: FloatArray) -> Array:
        """``(52,)`` 0–1 in, ``(52,)`` 0–1 out."""
        live = np.maximum(arkit - self._dead_zone, 0.0) / (1.0 - self._dead_zone)
        return np.clip(live**self._curve * self._gain + self._offset, 0.0, 1.0)


class Shapes:
    """Applies a response and keeps what smoothing needs from frame to frame."""

    def __init__(self) -> None:
        self._last: Array | None = None

    def step(
        self, arkit: FloatArray, response: ShapeResponse, *, step_s: float
    ) -> FloatArray | Array:
        """``(52,)`` 0–1 in, ``(52,)`` 0–1 out."""
        if response.idle:
            self._last = None
            return arkit
        wanted = response.apply(arkit)
        if self._last is None:
            self._last = wanted
        share = 1.0 - np.exp(-max(step_s, 0.0) / np.maximum(response.smoothing_s, _INSTANT_S))
        share[response.smoothing_s <= _INSTANT_S] = 1.0
        self._last = self._last + share * (wanted - self._last)
        return self._last
