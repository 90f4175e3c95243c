"""Noisy limbs with the lengths that their bones are known to have.

One camera sees depth worst. A bone that looks longer or shorter than it is tells where along the
depth its end must be: one update of an extended Kalman filter per bone, from the body outwards,
with the followed length as the measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.solving.canonical import CANONICAL_COUNT, CanonicalJoint
from bridge.solving.parts import Array
from bridge.solving.steadiness import BONE_ENDS, BoneLengths

C = CanonicalJoint

# Variances against those across the view: of the landmarks along the world's axes (the camera
# looks along -Z), and of a followed length.
_VARIANCE: Final = np.array([1.0, 1.0, 9.0])
_LENGTH_VARIANCE: Final = 1.0
_SHORTEST_M: Final = 0.01

_UPPER: Final = np.array([0, 2, 4, 6], np.intp)  # rows of BONE_ENDS: upper arms and thighs
_LOWER: Final = np.array([1, 3, 5, 7], np.intp)
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


_MOVED_BY_UPPER: Final = _carried(with_middle=True)
_MOVED_BY_LOWER: Final = _carried(with_middle=False)


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
    moved, upper = _corrected(positions_m, confidence, lengths, noise, _UPPER, _MOVED_BY_UPPER)
    moved, lower = _corrected(moved, confidence, lengths, noise, _LOWER, _MOVED_BY_LOWER)
    return RigidLimbs(moved, np.concatenate((upper, lower), axis=-1))


def _corrected(
    positions_m: Array, confidence: Array, lengths: BoneLengths, noise: Array,
    rows: NDArray[np.intp], carried: Array,
) -> tuple[Array, Array]:  # fmt: skip
    start, end = BONE_ENDS[rows, 0], BONE_ENDS[rows, 1]
    along = positions_m[..., end, :] - positions_m[..., start, :]
    length_m = np.sqrt(np.add.reduce(along * along, axis=-1))
    seen = (np.minimum(confidence[..., start], confidence[..., end]) > 0.0) & (
        length_m > _SHORTEST_M
    )
    off_m = np.where(seen, length_m - lengths.mean_m[..., rows], 0.0)
    direction = along / np.maximum(length_m, _SHORTEST_M)[..., None]
    spread = direction * _VARIANCE
    total = np.add.reduce(direction * spread, axis=-1) + _LENGTH_VARIANCE
    move = spread * (-off_m * noise / total)[..., None]
    return positions_m + carried @ move, off_m
