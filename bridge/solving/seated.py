"""Legs of someone on a chair: whether they sit, and what is made of legs that nobody sees then."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from bridge.geometry import quat_conjugate, quat_from_rotvec, quat_multiply, slerp
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalBody, CanonicalJoint
from bridge.solving.filters import decay
from bridge.solving.parts import Array
from bridge.solving.persistence import natural_stance_xyzw
from bridge.types import FloatArray

C = CanonicalJoint
J = SmplxJoint

LEG_JOINTS: Final = np.array(
    [J[f"{side}_{part}"] for part in ("HIP", "KNEE", "ANKLE") for side in ("LEFT", "RIGHT")]
)
_HIPS: Final = np.array([C.LEFT_HIP, C.RIGHT_HIP])
_KNEES: Final = np.array([C.LEFT_KNEE, C.RIGHT_KNEE])
_SEEN: Final = 0.5
_FULL_SLOPE: Final = 0.8  # of a thigh that hangs, as a share of its length: below it none stands
_LEVEL_SLOPE: Final = 0.5  # of one that lies on a chair, at most 30 degrees
_MEMORY_S: Final = 0.6  # nobody sits for less
_SAT: Final = 0.7
_ROSE: Final = 0.3
_MOVE_S: Final = 0.8  # from one stance to the other, for legs that are not seen

# Thighs level and a little apart, shins upright, feet flat: hips, knees, ankles, left and right.
_KNEES_APART_RAD: Final = 0.12
_RIGHT_ANGLE_RAD: Final = np.pi / 2.0
_ON_CHAIR_XYZW: Final = quat_from_rotvec(
    np.array(
        [
            [-_RIGHT_ANGLE_RAD, 0.0, 0.0], [-_RIGHT_ANGLE_RAD, 0.0, 0.0],
            [_RIGHT_ANGLE_RAD, 0.0, 0.0], [_RIGHT_ANGLE_RAD, 0.0, 0.0],
            [0.0, 0.0, 0.0], [0.0, 0.0, 0.0],
        ]
    )
)  # fmt: skip
_ON_CHAIR_XYZW[:2] = quat_multiply(
    quat_from_rotvec(np.array([[0.0, _KNEES_APART_RAD, 0.0], [0.0, -_KNEES_APART_RAD, 0.0]])),
    _ON_CHAIR_XYZW[:2],
)
_STANDING_XYZW: Final = natural_stance_xyzw()[LEG_JOINTS]
_IDENTITY: Final = np.array([0.0, 0.0, 0.0, 1.0])


class Seated:
    """Follows whether the performer sits; ``share`` 0 (stands) to 1 (sits)."""

    def __init__(self, setting: Literal["auto", "on", "off"]) -> None:
        self._setting = setting
        self.reset()

    def reset(self) -> None:
        """The setting decides, or the first legs that are seen."""
        self._sits = self._setting == "on"
        self._level = float(self._sits)
        self._moved = float(self._sits)

    @property
    def share(self) -> float:
        """How far the unseen parts have gone from standing to sitting, without jerks."""
        return self._moved * self._moved * (3.0 - 2.0 * self._moved)

    def step(self, body: CanonicalBody, *, legs_in_picture: bool, dt_s: float) -> None:
        """Look at the thighs, where they are seen."""
        if self._setting == "auto" and legs_in_picture:
            self._watch(body, dt_s)
        change = dt_s / _MOVE_S if self._sits else -dt_s / _MOVE_S
        self._moved = min(max(self._moved + change, 0.0), 1.0)

    def _watch(self, body: CanonicalBody, dt_s: float) -> None:
        if min(body.confidence[_HIPS].min(), body.confidence[_KNEES].min()) < _SEEN:
            return
        thighs = body.positions_m[_KNEES] - body.positions_m[_HIPS]
        length_m = np.sqrt(np.add.reduce(thighs * thighs, axis=1))
        slope = float((-thighs[:, 1] / np.maximum(length_m, 1e-6)).max())
        level = min(max((_FULL_SLOPE - slope) / (_FULL_SLOPE - _LEVEL_SLOPE), 0.0), 1.0)
        self._level = level + (self._level - level) * decay(_MEMORY_S, dt_s)
        self._sits = self._level >= (_ROSE if self._sits else _SAT)

    def legs_xyzw(self, pelvis_xyzw: Array) -> Array:
        """Local rotations ``(6, 4)`` of ``LEG_JOINTS`` for legs that are not seen.

        Upright under the body or on a chair, thighs level and feet on the floor: however the
        pelvis, ``pelvis_xyzw (4,)`` in the world, leans, it turns them by its heading alone.
        """
        heading = pelvis_xyzw * (0.0, 1.0, 0.0, 1.0)  # its turn about the vertical
        length = float(np.sqrt(heading @ heading))
        heading = heading / length if length > 1e-6 else _IDENTITY
        upright = quat_multiply(quat_conjugate(pelvis_xyzw), heading)
        if self._moved == 0.0:
            legs = _STANDING_XYZW.copy()
        elif self._moved == 1.0:
            legs = _ON_CHAIR_XYZW.copy()
        else:
            share = self._moved * self._moved * (3.0 - 2.0 * self._moved)
            legs = slerp(_STANDING_XYZW, _ON_CHAIR_XYZW, np.full(len(LEG_JOINTS), share))
        legs[:2] = quat_multiply(upright, legs[:2])
        return legs


def chair_height_m(rest_joints: FloatArray) -> float:
    """Of the pelvis joint over the floor on a chair that fits: thighs level, feet flat.

    ``rest_joints (55, 3)``: the performer's T-pose.
    """
    above_thighs_m = rest_joints[J.PELVIS, 1] - rest_joints[J.LEFT_HIP, 1]
    return float(rest_joints[J.LEFT_KNEE, 1] + above_thighs_m)
