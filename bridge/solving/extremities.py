"""Hands and feet in the world from the few points that a body sensor gives of them.

Stacked by side: left, right.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.geometry import cross
from bridge.kinematics import rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalJoint
from bridge.solving.frames import frame, transposed, unit
from bridge.solving.parts import Array

C = CanonicalJoint
J = SmplxJoint

_SIDES: Final = ("LEFT", "RIGHT")
_X, _Y, _Z = np.eye(3)
_REST: Final = rest_joints_m().astype(np.float64)

_HAND_POINTS: Final = np.array(
    [[C[f"{s}_{n}"] for n in ("WRIST", "INDEX", "PINKY", "MIDDLE", "THUMB")] for s in _SIDES]
)
_HAND_REST_M: Final = np.array(
    [[_REST[J[f"{s}_{n}"]] for n in ("WRIST", "INDEX1", "PINKY1", "MIDDLE1", "THUMB2")]
     for s in _SIDES]
)  # fmt: skip
_ARM_REST: Final = np.array([_X, -_X])
_FOOT_POINTS: Final = np.array([[C[f"{s}_{n}"] for n in ("ANKLE", "HEEL", "TOE")] for s in _SIDES])
# In the rest pose soles are level and point straight ahead, whatever the skeleton's toe-out.
_SOLE_FRAME_INVERSE: Final = transposed(frame(np.array([_Z, _Z]), np.array([_X, _X])))
_INSTEP_FRAME_INVERSE: Final = transposed(
    frame(
        np.array([_REST[J[f"{s}_FOOT"]] - _REST[J[f"{s}_ANKLE"]] for s in _SIDES])
        * (0.0, 1.0, 1.0),
        np.array([_X, _X]),
    )
)
_TINY: Final = 1e-9


def hand_rotations(
    positions_m: Array, confidence: Array, *, forearm_direction: Array
) -> tuple[Array, Array]:
    """Both hands in the world ``(..., 2, 3, 3)`` and their confidence ``(..., 2)``.

    Along the hand: wrist to knuckles. Across it: from the pinky's to the index's knuckle or,
    where a sensor has only palm and thumb, from the palm to the thumb. A hand that nobody sees
    continues its forearm, ``forearm_direction (..., 2, 3)``.
    """
    weight = confidence[..., _HAND_POINTS]
    wrist, index, pinky, middle, thumb = (weight[..., i] for i in range(5))
    edge = np.minimum(index, pinky)
    spare = np.minimum(middle, thumb)
    has_edge = edge > 0.0
    contrast = np.zeros((*edge.shape, 2, 5))
    contrast[..., 0, 0] = -1.0
    contrast[..., 0, 1] = contrast[..., 0, 2] = np.where(has_edge, 0.5, 0.0)
    contrast[..., 0, 3] = np.where(has_edge, 0.0, 1.0)
    contrast[..., 1, 1] = has_edge
    contrast[..., 1, 2] = -contrast[..., 1, 1]
    contrast[..., 1, 4] = 1.0 - contrast[..., 1, 1]
    contrast[..., 1, 3] = -contrast[..., 1, 4]
    observed = contrast @ positions_m[..., _HAND_POINTS, :]
    rest = contrast @ _HAND_REST_M
    seen = np.minimum(wrist, np.where(has_edge, edge, spare))
    unseen = (seen <= 0.0)[..., None]
    along = np.where(unseen, forearm_direction, observed[..., 0, :])
    along_rest = np.where(unseen, _ARM_REST, rest[..., 0, :])
    across_rest = np.where(unseen, _Z, rest[..., 1, :])
    frames = frame(
        np.stack((along, along_rest), axis=-2),
        np.stack((observed[..., 1, :], across_rest), axis=-2),
    )
    return frames[..., 0, :, :] @ transposed(frames[..., 1, :, :]), seen


def soles(positions_m: Array, confidence: Array) -> tuple[Array, Array, Array, Array]:
    """Heel to toe and the foot's own lateral axis, unit ``(..., 2, 3)``; the feet's confidence
    ``(..., 2)``; the inverse of the frame ``(..., 2, 3, 3)`` that direction and world X span in
    the rest pose.

    Without a heel the ankle stands in for it, and the lateral axis is 0.
    """
    points = positions_m[..., _FOOT_POINTS, :]
    weight = confidence[..., _FOOT_POINTS]
    ankle, heel, toe = (points[..., i, :] for i in range(3))
    has_heel = (weight[..., 1] > 0.0)[..., None]
    back = np.where(has_heel, heel, ankle)
    sole = unit(toe - back)
    lateral = unit(cross(ankle - back, sole))
    seen = np.minimum(weight[..., 2], np.where(has_heel[..., 0], weight[..., 1], weight[..., 0]))
    rest_inverse = np.where(has_heel[..., None], _SOLE_FRAME_INVERSE, _INSTEP_FRAME_INVERSE)
    return sole, lateral, seen, rest_inverse
