"""The weights of a face as they are, for calibration: no calibration, curves or smoothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bridge.solving.face.settings import FaceSettings, WeightSmoothingSettings
from bridge.solving.face.solver import FaceSolver
from bridge.solving.parts import Array
from bridge.types import Observation


class PlainFace:
    """Measures single observations; ``settings`` says only where the weights come from."""

    def __init__(self, settings: FaceSettings) -> None:
        self._solver = FaceSolver(
            FaceSettings(weights=settings.weights, smoothing=WeightSmoothingSettings(enabled=False))
        )

    def weights(self, observation: Observation) -> Array | None:
        """``(52,)``, or None where no face is seen."""
        part = self._solver.solve(observation.face, arkit=observation.arkit, dt_s=0.0)
        return None if part is None else part.arkit


def median_weights(observations: Iterable[Observation], settings: FaceSettings) -> Array | None:
    """The usual face ``(52,)`` in ``observations``, or None where none shows one."""
    plain = PlainFace(settings)
    rows = [row for o in observations if (row := plain.weights(o)) is not None]
    return np.median(rows, axis=0) if rows else None
