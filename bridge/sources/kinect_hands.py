"""Keeps a Kinect's hands from turning over.

A body tracker puts palm, fingertips and thumb a few centimetres apart with errors of the same
size: in real recordings the palm they span turns by 50 to 130° between two pictures now and then.
The hand is taken as one solid that goes with its forearm, follows those points slowly and never
bends farther than a wrist does.

The SDK also gives an orientation of each joint, whose axes are its own affair. The constant turn
from them to the hand is learnt by comparing both over time (chordal mean: R. Hartley et al.,
"Rotation averaging", IJCV 103, 2013); once they agree, the orientation tells the hand.
"""

from __future__ import annotations

from math import exp, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import (
    IDENTITY_XYZW,
    angle_between,
    cross,
    matrix_from_quat,
    normalise,
    quat_between,
    quat_from_matrix,
    quat_multiply,
    quat_rotate,
    slerp,
)
from bridge.layouts import AzureKinectJoint, KinectV2Joint, Layout
from bridge.types import FloatArray

Array = NDArray[np.float64]

_NO_TURN: Final = IDENTITY_XYZW.astype(np.float64)
_MEMORY_S: Final = 0.12  # the hand has come most of the way to where the points are
_SPEED_MAX_RAD_S: Final = radians(400.0)  # quick turns of a wrist; what is faster is a mistake
_BEND_MAX_RAD: Final = radians(70.0)  # flexion and extension of a wrist, AAOS
_PALM_M: Final = 0.09  # wrist to the middle of the palm, and the other points from there
_TIP_M: Final = 0.17
_THUMB_M: Final = (0.06, 0.07)  # along the hand and across it
_SEEN_CONFIDENCE: Final = 0.2
_LEARN_MEMORY_S: Final = 20.0
_LEARN_MIN_S: Final = 1.0
_AGREEMENT_MIN: Final = (
    0.85  # 1: the turn is constant; noise of 40 degrees in the points gives 0.85
)
_SHORT_M: Final = 1e-3  # points closer than this show no direction


def _rows(joints: type[AzureKinectJoint] | type[KinectV2Joint], tip: str) -> NDArray[np.intp]:
    names = ("ELBOW_{}", "WRIST_{}", "HAND_{}", tip, "THUMB_{}")
    return np.array([[joints[n.format(s)] for n in names] for s in ("LEFT", "RIGHT")], np.intp)


_ROWS: Final = {
    Layout.AZURE_KINECT_32: _rows(AzureKinectJoint, "HANDTIP_{}"),
    Layout.KINECT_V2_25: _rows(KinectV2Joint, "HAND_TIP_{}"),
}


class SteadyHands:
    """Both hands of one person, picture by picture."""

    def __init__(self, layout: Layout) -> None:
        self._rows = _ROWS[layout]
        self.reset()

    def reset(self) -> None:
        """Another person, or another place in the file."""
        # Rotation of each hand from the axes (along, across, out of the palm), and its forearm.
        self._hand_xyzw: list[Array | None] = [None, None]
        self._forearm: list[Array] = [np.zeros(3), np.zeros(3)]
        self._turns = [_LearntTurn(), _LearntTurn()]

    def step(
        self,
        positions_m: FloatArray,
        confidence: FloatArray,
        *,
        dt_s: float,
        orientations_xyzw: FloatArray | None = None,
    ) -> FloatArray:
        """``positions_m (K, 3)`` with palms, fingertips and thumbs put where they can be."""
        out = positions_m.astype(np.float64)
        for side, rows in enumerate(self._rows):
            if confidence[rows[:2]].min() < _SEEN_CONFIDENCE:
                self._hand_xyzw[side] = None
                continue
            elbow, wrist, palm, tip, thumb = out[rows]
            forearm = normalise(wrist - elbow)
            seen = float(confidence[rows[2:]].min()) >= _SEEN_CONFIDENCE
            target = _frame_xyzw(forearm, palm - wrist, tip - wrist, thumb - wrist)
            if orientations_xyzw is not None and target is not None and seen:
                own = orientations_xyzw[rows[1]].astype(np.float64)
                told = self._turns[side].step(own, target, dt_s=dt_s)
                target = target if told is None else _within_reach(told, forearm)
            hand = self._follow(side, forearm, target if seen else None, dt_s)
            if hand is None:
                continue
            along, across = quat_rotate(hand, np.eye(3)[:2])
            out[rows[2]] = wrist + along * _PALM_M
            out[rows[3]] = wrist + along * _TIP_M
            out[rows[4]] = wrist + along * _THUMB_M[0] + across * _THUMB_M[1]
        return out.astype(np.float32)

    def _follow(self, side: int, forearm: Array, target: Array | None, dt_s: float) -> Array | None:
        last = self._hand_xyzw[side]
        if last is None:
            hand = target
        else:
            hand = quat_multiply(quat_between(self._forearm[side], forearm), last)
            if target is not None:
                away_rad = float(angle_between(hand, target))
                step_rad = min(
                    away_rad * (1.0 - exp(-dt_s / _MEMORY_S)), _SPEED_MAX_RAD_S * max(dt_s, 0.0)
                )
                hand = slerp(hand, target, step_rad / max(away_rad, 1e-9))
        self._hand_xyzw[side], self._forearm[side] = hand, forearm
        return hand


def _frame_xyzw(forearm: Array, palm: Array, tip: Array, thumb: Array) -> Array | None:
    """The rotation that these points show; None where they show none."""
    along = normalise(normalise(palm) + normalise(tip), fallback=forearm)
    along = quat_rotate(_unbend(along, forearm), along)
    across = thumb - along * float(along @ thumb)
    if float(np.linalg.norm(across)) < _SHORT_M:
        return None
    across = normalise(across)
    return quat_from_matrix(np.stack((along, across, cross(along, across)), axis=-1))


def _unbend(along: Array, forearm: Array) -> Array:
    """The turn that brings a hand bent too far back to where a wrist can bend."""
    bend_rad = float(np.arccos(np.clip(along @ forearm, -1.0, 1.0)))
    if bend_rad <= _BEND_MAX_RAD:
        return _NO_TURN
    share = 1.0 - _BEND_MAX_RAD / bend_rad
    return slerp(_NO_TURN, quat_between(along, forearm), share)


def _within_reach(hand_xyzw: Array, forearm: Array) -> Array:
    along = quat_rotate(hand_xyzw, np.array([1.0, 0.0, 0.0]))
    return quat_multiply(_unbend(along, forearm), hand_xyzw)


class _LearntTurn:
    """The constant rotation from a joint's own axes to the hand's."""

    def __init__(self) -> None:
        self._sum = np.zeros((3, 3))
        self._seen_s = 0.0

    def step(self, own_xyzw: Array, hand_xyzw: Array, *, dt_s: float) -> Array | None:
        """The hand by its orientation; None while the two do not agree."""
        fade = exp(-dt_s / _LEARN_MEMORY_S)
        own = matrix_from_quat(own_xyzw)
        self._sum = self._sum * fade + own.T @ matrix_from_quat(hand_xyzw) * dt_s
        self._seen_s = self._seen_s * fade + dt_s
        if self._seen_s < _LEARN_MIN_S:
            return None
        left, strength, right = np.linalg.svd(self._sum / self._seen_s)
        if float(strength.mean()) < _AGREEMENT_MIN:
            return None
        handed = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(left @ right)))])
        return quat_from_matrix(own @ left @ handed @ right)
