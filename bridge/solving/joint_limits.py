"""What no body does: joints beyond their range.

Ranges are the normal ones of the American Academy of Orthopaedic Surgeons (*Joint Motion: Method of
Measuring and Recording*, 1965), added up where one joint of the skeleton stands for several, and
widened to what dancers and acrobats do in the training motion. Within a range nothing changes;
beyond it a rotation is held back more and more, so no limit is ever felt as a stop.

Elbows and knees are hinges: their range is the bend about the hinge, and how far they may leave it.
All other joints have a twist about their bone and a swing away from the T-pose.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import quat_conjugate, quat_multiply
from bridge.skeleton import SmplxJoint
from bridge.solving.limbs import ELBOW_HINGE
from bridge.solving.parts import Array

J = SmplxJoint

# Name without side: axis, least and greatest turn about it, greatest swing off it, degrees.
_X, _Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
_BEND: Final = (float(ELBOW_HINGE[0]), float(ELBOW_HINGE[1]), float(ELBOW_HINGE[2]))
_RANGES_DEG: Final = {
    "SPINE1": (_Y, -45.0, 45.0, 95.0),  # AAOS: the whole spine flexes 80; CMU bends mostly here
    "SPINE2": (_Y, -45.0, 45.0, 45.0),
    "SPINE3": (_Y, -45.0, 45.0, 45.0),
    "NECK": (_Y, -55.0, 55.0, 50.0),  # with the head AAOS: 45 each way, rotation 60
    "HEAD": (_Y, -55.0, 55.0, 55.0),
    "COLLAR": (_X, -30.0, 30.0, 40.0),
    "SHOULDER": (_X, -120.0, 120.0, 145.0),  # AAOS: across the chest 135; rotation 70 and 90
    "ELBOW": (_BEND, -10.0, 155.0, 35.0),  # AAOS: 0 to 150, 10 of hyperextension
    "WRIST": (_X, -120.0, 120.0, 95.0),  # AAOS: 80 flexion, 80 pronation and supination
    "HIP": (_Y, -75.0, 75.0, 130.0),  # AAOS: 120 flexion, 45 rotation
    "KNEE": (_X, -10.0, 155.0, 35.0),  # AAOS: 0 to 135, deep squats 155
    "ANKLE": (_Y, -60.0, 60.0, 65.0),  # AAOS: 50 down, 20 up, 35 inward
    "FOOT": (_X, -70.0, 70.0, 40.0),  # AAOS: the big toe 70 up, 45 down
}
_YIELD_RAD: Final = np.radians(10.0)  # however far a joint is beyond its range, it gives no more


def _tables() -> tuple[NDArray[np.intp], Array, Array]:
    """The joints with a range, their axes, and (lowest, highest, swing) in radians."""
    rows: list[int] = []
    axes: list[Array] = []
    ranges: list[tuple[float, float, float]] = []
    for joint in J:
        side, _, part = joint.name.partition("_")
        name = part or side
        if name not in _RANGES_DEG:
            continue
        axis, *limits = _RANGES_DEG[name]
        rows.append(int(joint))
        # The knee's axis and a limb's own are sideways: a mirror turns the others round.
        axes.append(np.array(axis) * (-1.0 if side == "RIGHT" and axis is not _X else 1.0))
        ranges.append((limits[0], limits[1], limits[2]))
    return np.array(rows, np.intp), np.array(axes), np.radians(ranges)


_ROWS, _AXES, _RANGES_RAD = _tables()
_MIDDLE_RAD: Final[Array] = 0.5 * (_RANGES_RAD[:, 0] + _RANGES_RAD[:, 1])
_HALF_RAD: Final[Array] = 0.5 * (_RANGES_RAD[:, 1] - _RANGES_RAD[:, 0])
_SWING_RAD: Final[Array] = _RANGES_RAD[:, 2]
_SWING_COSINE: Final[Array] = np.cos(0.5 * _SWING_RAD)


def within_limits(local_xyzw: Array) -> Array:
    """Local rotations ``(55, 4)`` with every body joint inside its range, softly; the pelvis,
    the face and the fingers as they are."""
    rotations = local_xyzw.take(_ROWS, axis=0)
    along = np.add.reduce(rotations[:, :3] * _AXES, axis=1)
    w = rotations[:, 3]
    off = 2.0 * np.arctan2(along, w) - _MIDDLE_RAD
    off -= _TURN_RAD * np.rint(off / _TURN_RAD)  # a full turn away is the same turn
    cosine = np.hypot(along, w)  # of half the swing
    beyond = (np.abs(off) > _HALF_RAD) | (cosine < _SWING_COSINE)
    if not beyond.any():
        return local_xyzw
    rows = np.flatnonzero(beyond)
    swing = 2.0 * np.arccos(np.minimum(cosine[rows], 1.0))
    axes = _AXES[rows]
    held = _held_back(np.abs(off[rows]), _HALF_RAD[rows])
    turns = _about(axes, off[rows] + _MIDDLE_RAD[rows])
    swings = quat_multiply(rotations[rows], quat_conjugate(turns))
    swings = swings * np.where(swings[:, 3:] < 0.0, -1.0, 1.0)
    length = np.sqrt(np.add.reduce(swings[:, :3] ** 2, axis=1, keepdims=True))
    direction = swings[:, :3] / np.maximum(length, 1e-9)
    swings = _about(direction, _held_back(swing, _SWING_RAD[rows]))
    turns = _about(axes, np.copysign(held, off[rows]) + _MIDDLE_RAD[rows])
    out = local_xyzw.copy()
    out[_ROWS[rows]] = quat_multiply(swings, turns)
    return out


def _held_back(angle_rad: Array, limit_rad: Array) -> Array:
    excess = np.maximum(angle_rad - limit_rad, 0.0)
    return np.minimum(angle_rad, limit_rad) + _YIELD_RAD * (1.0 - np.exp(-excess / _YIELD_RAD))


def _about(axes: Array, angle_rad: Array) -> Array:
    half = 0.5 * angle_rad[:, None]
    return np.concatenate((axes * np.sin(half), np.cos(half)), axis=1)


_TURN_RAD: Final = 2.0 * np.pi
