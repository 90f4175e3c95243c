"""Per-shape response: dead zone, curve, gain and offset, as the profile says."""

from __future__ import annotations

import numpy as np

from bridge.skeleton import ARKIT_NAMES
from bridge.solving.face.settings import FaceSettings, ShapeSettings
from bridge.solving.parts import Array


def shape_settings(settings: FaceSettings) -> list[ShapeSettings]:
    """The settings of each of the 52 shapes: its own, those for all, or the defaults."""
    general = settings.shapes.get("all", ShapeSettings())
    return [settings.shapes.get(name, general) for name in ARKIT_NAMES]


class Shaping:
    """Applies ``shape_settings`` to the 52 weights at once."""

    def __init__(self, settings: FaceSettings) -> None:
        shapes = shape_settings(settings)
        self._dead_zone = np.array([shape.dead_zone for shape in shapes])
        self._curve = np.array([shape.curve for shape in shapes])
        self._gain = np.array([shape.gain for shape in shapes])
        self._offset = np.array([shape.offset for shape in shapes])
        self._idle = not settings.shapes

    def apply(self, weights: Array) -> Array:
        """``(52,)`` 0–1 in, ``(52,)`` 0–1 out."""
        if self._idle:
            return weights
        live = np.maximum(weights - self._dead_zone, 0.0) / (1.0 - self._dead_zone)
        return np.clip(live**self._curve * self._gain + self._offset, 0.0, 1.0)
