"""The palm's rotation: a rigid fit of the wrist and the four knuckles."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np

from bridge.layouts import HandLandmark
from bridge.solving.hands.anatomy import PALM_TEMPLATE_M
from bridge.solving.parts import Array
from bridge.solving.procrustes import best_rotation

PALM_LANDMARKS: Final = (
    HandLandmark.WRIST,
    HandLandmark.INDEX_MCP,
    HandLandmark.MIDDLE_MCP,
    HandLandmark.PINKY_MCP,
    HandLandmark.RING_MCP,
)
_PALM_ROWS: Final = np.array(PALM_LANDMARKS)
_WRIST_WEIGHT: Final = 2.0  # one point holds the palm's length, four its breadth
_WEIGHTS: Final[Array] = np.array([_WRIST_WEIGHT, 1.0, 1.0, 1.0, 1.0]) / (_WRIST_WEIGHT + 4.0)
_WEIGHTED_TEMPLATE: Final[Array] = (PALM_TEMPLATE_M - _WEIGHTS @ PALM_TEMPLATE_M) * _WEIGHTS[
    :, None
]
# Below this share of the template's spread the points do not span a plane: no rotation.
_MIN_SPREAD: Final = 1e-3


def fit_palm(points: Array) -> Array | None:
    """``world_from_canonical_wrist (3, 3)``, or None for points that span no plane.

    ``points (21, 3)`` of a left hand, any scale. A weighted orthogonal Procrustes fit (Kabsch
    1976): all five points vote, so one bad knuckle turns the palm little, and a flat set of
    points still has one answer.
    """
    # The template is centred, so the points need not be.
    covariance = _WEIGHTED_TEMPLATE.T.dot(points.take(_PALM_ROWS, 0))
    fitted = best_rotation(covariance, spread_min=_MIN_SPREAD)
    return None if fitted is None else fitted[0]


def palm_size(points: Array) -> float:
    """Root of the summed squared distances of the palm's landmarks from the wrist, in the unit of
    ``points (21, 3)``, whose origin is the wrist."""
    palm = points.take(_PALM_ROWS, 0)
    return sqrt(float(np.vdot(palm, palm)))
