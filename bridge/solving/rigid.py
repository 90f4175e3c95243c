"""Noisy limbs with the lengths that their bones are known to have.

One camera sees depth worst. A bone that looks longer or shorter than it is tells where along the
depth its end must be: one update of an extended Kalman filter per bone, from the body outwards,
with the followed length as the measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.solving.canonical import CANONICAL_COUNT, CanonicalJoint
from bridge.solving.frames import dot
from bridge.solving.parts import Array
from bridge.solving.steadiness import BONE_ENDS, BoneLengths

C = CanonicalJoint

# Variances against those across the view: of the landmarks along the world's axes (the camera
# looks along -Z), and of a followed length.
_VARIANCE: Final = np.array([1.0, 1.0, 9.0])
_LENGTH_VARIANCE: Final = 1.0
_SHORTEST_M: Final = 0.01

_ROWS: Final = np.array([0, 2, 4, 6, 1, 3, 5, 7], np.intp)  # of BONE_ENDS: upper bones first
_BONES: Final = np.ascontiguousarray(BONE_ENDS[_ROWS].T)  # starts, ends
LIMB_BONE_COUNT: Final = 8
_CARRIED: Final = {
    "ARM": ("WRIST", "INDEX", "PINKY", "THUMB", "MIDDLE"),
    "LEG": ("ANKLE", "HEEL", "TOE"),
}
_LIMBS: Final = (("LEFT", "ARM"), ("RIGHT", "ARM"), ("LEFT", "LEG"), ("RIGHT", "LEG"))


def _carried(*, with_middle: bool) -> Array:
    """``(38, 4)``: which joints move with the end of each limb's upper or lower bone."""
    out = np.zeros((CANONICAL_COUNT, len(_LIMBS)))
    for limb, (side, kind) in enumerate(_LIMBS):
        names = _CARRIED[kind]
        if with_middle:
            names = ("ELBOW" if kind == "ARM" else "KNEE", *names)
        for name in names:
            out[C[f"{side}_{name}"], limb] = 1.0
    return out


class _Bones(NamedTuple):
    """Upper or lower bones of the four limbs, and what moves with the ends of each."""

    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    carried: Array


_UPPER: Final = _Bones(_BONES[0, :4], _BONES[1, :4], _carried(with_middle=True))
_LOWER: Final = _Bones(_BONES[0, 4:], _BONES[1, 4:], _carried(with_middle=False))


@dataclass(frozen=True, slots=True)
class RigidLimbs:
    """``positions_m (..., 38, 3)`` corrected; ``off_m (..., 8)`` by how much each limb bone was
    longer than it is, upper bones first."""

    positions_m: Array
    off_m: Array


def rigid_limbs(positions_m: Array, confidence: Array, lengths: BoneLengths) -> RigidLimbs:
    """Draw elbows, wrists, knees and ankles to where their bones are as long as followed.

    ``positions_m (..., 38, 3)`` in the world and ``confidence (..., 38)`` by ``CanonicalJoint``.
    Limbs whose bones keep their length by themselves stay as they are.
    """
    noise = lengths.noise[..., : len(_LIMBS)]
    noise = noise[..., None]
    seen = np.minimum.reduce(confidence.take(_BONES, axis=-1), axis=-2) > 0.0
    mean_m = lengths.mean_m.take(_ROWS, axis=-1)
    moved, upper = _corrected(positions_m, seen[..., :4], mean_m[..., :4], noise, _UPPER)
    moved, lower = _corrected(moved, seen[..., 4:], mean_m[..., 4:], noise, _LOWER)
    return RigidLimbs(moved, np.concatenate((upper, lower), axis=-2)[..., 0])


def _corrected(
    positions_m: Array, seen: NDArray[np.bool_], mean_m: Array, noise: Array, bones: _Bones
) -> tuple[Array, Array]:
    """The positions with four bones corrected, and how much too long they were ``(..., 4, 1)``."""
    along = positions_m.take(bones.ends, axis=-2) - positions_m.take(bones.starts, axis=-2)
    length_m = np.sqrt(dot(along, along))
    off_m = (length_m - mean_m[..., None]) * (seen[..., None] & (length_m > _SHORTEST_M))
    direction = along / np.maximum(length_m, _SHORTEST_M)
    spread = direction * _VARIANCE
    share = off_m * noise / (dot(direction, spread) + _LENGTH_VARIANCE)
    return positions_m - bones.carried @ (spread * share), off_m
