"""Keeps the feet that stand where they stand.

The root that landmarks give wanders by centimetres; seen on an avatar, the feet slide. While a
heel or toe is in contact it is anchored: the root follows from it by forward kinematics, and the
anchor itself gives way slowly to what is measured, so no error adds up. A foot in the air is
free: jumps rise as measured, and a turn on the toes lets the heel swing. Without any measured
place (hip-centred landmarks without pixels) the anchors alone carry the body through the room.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.geometry import matrix_from_quat
from bridge.kinematics import DEFAULT_STATURE_M, rest_joints_m, rest_offsets_m
from bridge.skeleton import SmplxJoint
from bridge.solving.filters import decay
from bridge.solving.parts import Array
from bridge.types import FloatArray

J = SmplxJoint

_HIPS: Final = np.array([J.LEFT_HIP, J.RIGHT_HIP])
_KNEES: Final = np.array([J.LEFT_KNEE, J.RIGHT_KNEE])
_ANKLES: Final = np.array([J.LEFT_ANKLE, J.RIGHT_ANKLE])
_FEET: Final = np.array([J.LEFT_FOOT, J.RIGHT_FOOT])
_STANDARD_FOOT_HEIGHT_M: Final = float(rest_joints_m()[J.LEFT_FOOT, 1])
_HEEL_BEHIND_TOE_BASE_SHARE: Final = 0.112  # of stature: heel to the base of the toes

_CONTACT_HEIGHT_M: Final = 0.03  # a point this far above the floor is half in contact
_LOWEST_BY_M: Final = 0.015  # where nothing else tells, the foot that is lower by this stands
_CONTACT_SPEED_M_S: Final = 0.35  # so is one on the floor that moves this fast
_LEAVING_SPEED_M_S: Final = 2.0  # upwards: half of the network's word is left for such a foot
_CONTACT_BEGIN: Final = 0.5
_CONTACT_END: Final = 0.35
_ANCHOR_MEMORY_S: Final = 1.0  # in this time an anchor gives way to what is measured
_ANCHOR_REACH_M: Final = 0.25  # farther off, the anchor was wrong: let go
_FLIGHT_MEMORY_S: Final = 2.5
_DT_MIN_S: Final = 1e-3  # two stamps closer than this say nothing of speed
_FLIGHT_M: Final = 0.08  # lower, a sensor may have lost a foot for a moment
_AIR_MEMORY_S: Final = 0.15  # without contact the root returns to what is measured


class Ground:
    """The root of a body whose feet stand on the floor, y = 0."""

    def __init__(self, rest_joints: FloatArray) -> None:
        """``rest_joints (55, 3)``: the performer's T-pose."""
        self.fit(rest_joints)
        self.reset()

    def fit(self, rest_joints: FloatArray) -> None:
        """From now on the legs are these."""
        rest = rest_joints.astype(np.float64)
        offsets = rest_offsets_m(rest)
        self._hips, self._knees, self._ankles = offsets[_HIPS], offsets[_KNEES], offsets[_ANKLES]
        toes = rest[_FEET] - rest[_ANKLES]
        # The foot's length goes with its height.
        stature_m = rest[_FEET[0], 1] / _STANDARD_FOOT_HEIGHT_M * DEFAULT_STATURE_M
        heels = toes - [0.0, 0.0, _HEEL_BEHIND_TOE_BASE_SHARE * stature_m]
        points = np.stack((heels, toes), axis=1)  # (foot, heel or toe, 3) from the ankle
        points[..., 1] -= rest[_FEET[0], 1]  # down to the sole
        self._points = points

    def reset(self) -> None:
        """Nothing stands yet."""
        self._root_m: Array | None = None
        self._measured_m: Array | None = None
        self._rise_m = self._above_m = 0.0
        self._last_m = np.zeros((4, 3))
        self._anchors_m = np.zeros((4, 3))
        self._held = np.zeros(4, np.bool_)

    @property
    def in_flight(self) -> bool:
        """Whether both feet were clearly above the floor in the last step."""
        return self._above_m > _FLIGHT_M and not self._held.any()

    def soles_m(self, local_xyzw: Array) -> Array:
        """Left heel, left toe, right heel, right toe from the pelvis, ``(4, 3)``, world axes.

        ``local_xyzw (55, 4)`` local rotations.
        """
        turns = matrix_from_quat(local_xyzw.take(_ROWS, axis=0))
        pelvis = turns[0]
        thigh = pelvis @ turns[1:3]
        shin = thigh @ turns[3:5]
        foot = shin @ turns[5:7]
        ankles = thigh @ self._knees[:, :, None] + shin @ self._ankles[:, :, None]
        ankles = ankles[..., 0] + self._hips.dot(pelvis.T)
        points = self._points @ foot.swapaxes(-1, -2)
        return (ankles[:, None] + points).reshape(4, 3)

    def step(
        self, measured_m: Array | None, soles_m: Array, *, contact: Array | None, dt_s: float
    ) -> Array:
        """The root ``(3,)``; ``measured_m`` is where it seems to be, ``soles_m`` from
        ``soles_m()``, ``contact (2,)`` the probability that each foot stands, if known."""
        lowest = float(soles_m[:, 1].min())
        if measured_m is not None:
            measured = measured_m.copy()
            measured[1] += self._rise_m
        else:
            before = np.zeros(3) if self._root_m is None else self._root_m
            measured = np.array([before[0], -lowest, before[2]])
        if self._root_m is None or self._measured_m is None:
            root = np.array([measured[0], -lowest, measured[2]])
            self._rise_m = float(root[1] - measured[1])
            measured = root
        else:
            root = self._root_m + measured - self._measured_m
            points = root + soles_m
            stands = self._standing(points, contact, placed=measured_m is not None, dt_s=dt_s)
            self._anchor(points, stands)
            if self._held.any():
                held = self._held
                root = root + (self._anchors_m[held] - points[held]).mean(axis=0)
                if measured_m is not None:
                    give = 1.0 - decay(_ANCHOR_MEMORY_S, dt_s)
                    self._anchors_m[:, ::2] += (measured + soles_m - self._anchors_m)[:, ::2] * give
                    # The performer's legs are not as long as the skeleton's.
                    self._rise_m += float((root[1] - measured[1]) * give)
            else:
                root = measured + (root - measured) * decay(_AIR_MEMORY_S, dt_s)
        above_m = float(root[1]) + lowest
        # Nobody flies for long: what stays in the air, or sinks, was measured wrongly.
        pull = 1.0 - decay(_FLIGHT_MEMORY_S if above_m > 0.0 else _AIR_MEMORY_S, dt_s)
        root[1] -= above_m * pull
        self._rise_m -= above_m * pull
        measured[1] -= above_m * pull
        self._root_m, self._measured_m = root, measured
        self._above_m = float(root[1]) + lowest
        self._last_m = root + soles_m
        # Shown is no sole below the floor; what is measured keeps its way.
        return root - np.array([0.0, min(self._above_m, 0.0), 0.0])

    def _standing(
        self, points: Array, contact: Array | None, *, placed: bool, dt_s: float
    ) -> Array:
        """How much each point stands, ``(4,)`` 0–1: near the floor and slow.

        Without a measured place a standing foot seems to move as the body passes over it: then
        only heights tell, and more strictly.
        """
        lowest = max(float(points[:, 1].min()), 0.0)
        height = np.maximum(points[:, 1] - lowest, 0.0)
        near = (height / _CONTACT_HEIGHT_M) ** 2
        if not placed:
            if contact is None:
                return 0.5 ** ((height / _LOWEST_BY_M) ** 2)
            return 0.5**near * np.repeat(contact, 2)
        velocity = (points - self._last_m) / max(dt_s, _DT_MIN_S)
        # A foot that is down and still stands, whatever the network makes of it.
        moved = velocity[:, ::2]
        slow = np.add.reduce(moved * moved, axis=1) / _CONTACT_SPEED_M_S**2
        low = (lowest / _CONTACT_HEIGHT_M) ** 2
        stands = 0.5 ** (near + low + slow)
        if contact is not None:  # who takes off is gone before the network believes it
            leaving = np.maximum(velocity[:, 1] / _LEAVING_SPEED_M_S, 0.0) ** 2
            stands = np.maximum(stands, 0.5 ** (near + leaving) * np.repeat(contact, 2))
        return stands

    def _anchor(self, points: Array, stands: Array) -> None:
        away = np.abs(points - self._anchors_m)[:, ::2].max(axis=1)
        kept = (stands > _CONTACT_END) & (away <= _ANCHOR_REACH_M)
        held = np.where(self._held, kept, stands > _CONTACT_BEGIN)
        begun = held & ~self._held
        self._anchors_m[begun] = points[begun]
        self._anchors_m[begun, 1] = 0.0
        self._held = held


_ROWS: Final = np.concatenate(([J.PELVIS], _HIPS, _KNEES, _ANKLES))
