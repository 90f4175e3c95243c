"""The palm's rotation: a rigid fit of the wrist and the four knuckles."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np

from bridge.layouts import HandLandmark
from bridge.solving.hands.anatomy import PALM_TEMPLATE_M
from bridge.solving.parts import Array

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
    covariance = _WEIGHTED_TEMPLATE.T @ points[_PALM_ROWS]
    left, spread, right = np.linalg.svd(covariance)
    if spread[1] <= _MIN_SPREAD * spread[0] or spread[0] <= 0.0:
        return None
    rotation = np.matmul(right.T, left.T)
    if np.linalg.det(rotation) < 0.0:
        right[2] *= -1.0
        rotation = np.matmul(right.T, left.T)
    return rotation


def palm_size(points: Array) -> float:
    """Root of the summed squared distances of the palm's landmarks from the wrist, in the unit of
    ``points (21, 3)``, whose origin is the wrist."""
    palm = points[_PALM_ROWS]
    return sqrt(float(np.vdot(palm, palm)))


def quat_of(matrix: Array) -> Array:
    """``(4,)`` xyzw of one rotation matrix; plain floats, ten times the speed of arrays here."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix.tolist()
    trace = xx + yy + zz
    if trace > 0.0:
        root = 2.0 * sqrt(1.0 + trace)
        quat = ((zy - yz) / root, (xz - zx) / root, (yx - xy) / root, 0.25 * root)
    elif xx >= yy and xx >= zz:
        root = 2.0 * sqrt(1.0 + xx - yy - zz)
        quat = (0.25 * root, (xy + yx) / root, (xz + zx) / root, (zy - yz) / root)
    elif yy >= zz:
        root = 2.0 * sqrt(1.0 + yy - xx - zz)
        quat = ((xy + yx) / root, 0.25 * root, (yz + zy) / root, (xz - zx) / root)
    else:
        root = 2.0 * sqrt(1.0 + zz - xx - yy)
        quat = ((xz + zx) / root, (yz + zy) / root, 0.25 * root, (yx - xy) / root)
    return np.array(quat)
