"""The head's rotation: a rigid fit on landmarks that no expression moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ModelError
from bridge.layouts import Layout
from bridge.npz import npz_arrays
from bridge.resources import data_dir
from bridge.solving.face.landmarks import RIGID_WEIGHTS
from bridge.solving.parts import Array
from bridge.solving.procrustes import best_rotation

TEMPLATE_FILE: Final = Path("face") / "template.npz"

_RIGID_ROWS: Final = np.array(list(RIGID_WEIGHTS))
_WEIGHTS: Final[Array] = np.array(list(RIGID_WEIGHTS.values())) / sum(RIGID_WEIGHTS.values())
_MIN_SPREAD: Final = 1e-9  # squared input units: below it all points are one point
_MIN_BREADTH: Final = 1e-6  # as a share of the length: below it they are one line


@dataclass(frozen=True, slots=True)
class Template:
    """A neutral face: ``positions (478, 3)`` in the head's frame (+x the performer's left, +y up,
    +z forward; origin between the inner eye corners, unit: outer eye corner to outer eye corner)
    and ``mirror (478,)``, the row of each landmark's opposite."""

    positions: Array
    mirror: NDArray[np.intp]


@cache
def load_template() -> Template:
    """The shipped template; raises ``ModelError`` when it is missing or broken."""
    path = data_dir("models") / TEMPLATE_FILE
    try:
        with npz_arrays(path) as stored:
            positions = stored["positions"].astype(np.float64)
            mirror = stored["mirror"].astype(np.intp)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"face template {path} cannot be read: {error}. Reinstall avatar-bridge"
        ) from error
    if positions.shape != (Layout.MEDIAPIPE_FACE_478.count, 3):
        raise ModelError(f"face template {path}: shape {positions.shape}. Reinstall avatar-bridge")
    return Template(positions, mirror)


@dataclass(frozen=True, slots=True)
class HeadPose:
    """``rotation (3, 3)`` world from head; ``landmarks (478, 3)`` in the head's frame and the
    template's unit, turned upright and free of distance; ``scale``: input units per template
    unit; ``origin (3,)``: the template's origin in the input."""

    rotation: Array
    landmarks: Array
    scale: float
    origin: Array


class HeadFit:
    """Fits the template's rigid part to landmarks in the world.

    A weighted similarity fit (S. Umeyama, "Least-squares estimation of transformation parameters
    between two point patterns", 1991).
    """

    def __init__(self, template: Template) -> None:
        rigid = template.positions[_RIGID_ROWS]
        self._centre = _WEIGHTS @ rigid
        centred = rigid - self._centre
        weighted = centred * _WEIGHTS[:, None]
        self._variance = float((weighted * centred).sum())
        # The mean of the points and, in the other rows, their covariance with the template.
        self._sums = np.vstack((_WEIGHTS, weighted.T))

    def fit(self, points_world: Array) -> HeadPose | None:
        """``points_world (478, 3)``, any origin and unit; None for a collapsed face."""
        sums = self._sums.dot(points_world.take(_RIGID_ROWS, 0))
        fitted = best_rotation(sums[1:], spread_min=_MIN_BREADTH)
        if fitted is None or fitted[1] <= _MIN_SPREAD:
            return None
        rotation, explained = fitted
        scale = explained / self._variance
        origin = sums[0] - rotation.dot(self._centre * scale)
        landmarks = (points_world - origin).dot(rotation / scale)
        return HeadPose(rotation, landmarks, scale, origin)
