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
# Along and across the hand as sums of its points: from palm and thumb, or from both edges.
_CONTRASTS: Final = np.array(
    [
        [[-1.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, -1.0, 1.0]],
        [[-1.0, 0.5, 0.5, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0, 0.0]],
    ]
)
_UNSEEN: Final = 2  # the kind of a hand that is neither


def _hand_frames_inverse() -> Array:
    """``(6, 3, 3)``: of the rest pose, the three kinds of the left hand and those of the right."""
    rest = _CONTRASTS @ _HAND_REST_M[:, None]  # side, kind, along or across, 3
    along = np.concatenate((rest[..., 0, :], [[_X], [-_X]]), axis=1)
    across = np.concatenate((rest[..., 1, :], [[_Z], [_Z]]), axis=1)
    return transposed(frame(along, across)).reshape(6, 3, 3)


_HAND_FRAMES_INVERSE: Final = _hand_frames_inverse()
_FIRST_KIND: Final = np.array([0, 3])
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
# Of the left foot without and with a heel, then of the right foot.
_FOOT_FRAMES_INVERSE: Final = np.stack(
    (_INSTEP_FRAME_INVERSE, _SOLE_FRAME_INVERSE), axis=1
).reshape(4, 3, 3)
_FIRST_FOOT: Final = np.array([0, 2])
_TINY: Final = 1e-9


def hand_rotations(
    positions_m: Array, confidence: Array, *, forearm_direction: Array
) -> tuple[Array, Array]:
    """Both hands in the world ``(..., 2, 3, 3)`` and their confidence ``(..., 2)``.

    Along the hand: wrist to knuckles. Across it: from the pinky's to the index's knuckle or,
    where a sensor has only palm and thumb, from the palm to the thumb. A hand that nobody sees
    continues its forearm, ``forearm_direction (..., 2, 3)``.
    """
    weight = confidence.take(_HAND_POINTS, axis=-1)
    edge, spare = (
        np.minimum(weight[..., 1], weight[..., 2]),
        np.minimum(weight[..., 3], weight[..., 4]),
    )
    has_edge = edge > 0.0
    seen = np.minimum(weight[..., 0], np.where(has_edge, edge, spare))
    unseen = seen <= 0.0
    observed = _CONTRASTS.take(has_edge, axis=0) @ positions_m.take(_HAND_POINTS, axis=-2)
    along = np.where(unseen[..., None], forearm_direction, observed[..., 0, :])
    kind = np.where(unseen, _UNSEEN, has_edge) + _FIRST_KIND
    frames = frame(along, observed[..., 1, :])
    return frames @ _HAND_FRAMES_INVERSE.take(kind, axis=0), seen


def soles(positions_m: Array, confidence: Array) -> tuple[Array, Array, Array, Array]:
    """Heel to toe and the foot's own lateral axis, unit ``(..., 2, 3)``; the feet's confidence
    ``(..., 2)``; the inverse of the frame ``(..., 2, 3, 3)`` that direction and world X span in
    the rest pose.

    Without a heel the ankle stands in for it, and the lateral axis is 0.
    """
    points = positions_m.take(_FOOT_POINTS, axis=-2)
    weight = confidence.take(_FOOT_POINTS, axis=-1)
    ankle, heel, toe = points[..., 0, :], points[..., 1, :], points[..., 2, :]
    has_heel = weight[..., 1] > 0.0
    back = np.where(has_heel[..., None], heel, ankle)
    along = toe - back
    axes = unit(np.concatenate((along, cross(ankle - back, along)), axis=-2))
    seen = np.minimum(weight[..., 2], np.where(has_heel, weight[..., 1], weight[..., 0]))
    return (
        axes[..., :2, :],
        axes[..., 2:, :],
        seen,
        _FOOT_FRAMES_INVERSE.take(has_heel + _FIRST_FOOT, axis=0),
    )
