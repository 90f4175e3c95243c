"""Forward and inverse kinematics of trunk and limbs, bone by bone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.retarget.scalars import (
    IDENTITY,
    ZERO,
    Quat,
    Vec,
    about,
    add,
    between,
    cross,
    inverse,
    length,
    multiply,
    rotate,
    scaled,
    sub,
    unit,
)
from bridge.skeleton import HUMAN_PARENT, SMPLX_JOINT_OF, HumanBone

_B = HumanBone
_LIMBS: Final = (
    "SHOULDER", "UPPER_ARM", "LOWER_ARM", "HAND", "UPPER_LEG", "LOWER_LEG", "FOOT", "TOES",
)  # fmt: skip
_BODY: Final = (
    _B.HIPS, _B.SPINE, _B.CHEST, _B.UPPER_CHEST, _B.NECK, _B.HEAD,
    *(_B[f"{side}_{bone}"] for side in ("LEFT", "RIGHT") for bone in _LIMBS),
)  # fmt: skip
# (bone, parent) as plain numbers, parents first, without the hips.
_LINKS: Final = tuple(
    (int(bone), int(HUMAN_PARENT[bone]))
    for bone in sorted(_BODY, key=lambda b: SMPLX_JOINT_OF[b])
    if bone is not _B.HIPS
)
_HIPS: Final = int(_B.HIPS)
_COUNT: Final = len(HumanBone)
# A limb is never pulled quite straight: at the last millimetres the elbow would jump.
_STRETCH_MAX: Final = 0.99999
_BEND_MIN: Final = 1e-4
# Below this sine of the bend the limb counts as straight, and the hint begins to tell its plane.
_STRAIGHT_SINE: Final = 0.03


@dataclass(frozen=True, slots=True)
class Chain:
    """``offsets``: each bone from its parent in the T-pose, by ``HumanBone``."""

    offsets: tuple[Vec, ...]

    @classmethod
    def of(cls, positions_m: NDArray[np.float64]) -> Chain:
        """From T-pose joints ``(55, 3)``."""
        points = _vectors(positions_m)
        offsets = [ZERO] * _COUNT
        for bone, parent in HUMAN_PARENT.items():
            offsets[bone] = sub(points[bone], points[parent])
        return cls(tuple(offsets))

    def positions(self, world: Sequence[Quat], hips: Vec) -> list[Vec]:
        """Joints of trunk and limbs in the world, by ``HumanBone``; others stay at zero."""
        out = [ZERO] * _COUNT
        out[_HIPS] = hips
        offsets = self.offsets
        for bone, parent in _LINKS:
            x, y, z = rotate(world[parent], offsets[bone])
            px, py, pz = out[parent]
            out[bone] = (px + x, py + y, pz + z)
        return out

    def reach(self, lower: int, end: int) -> float:
        """Length of a limb pulled straight, by its middle and its end."""
        return length(self.offsets[lower]) + length(self.offsets[end])


def world_rotations(local: Sequence[Quat]) -> list[Quat]:
    """World rotations of trunk and limbs, by ``HumanBone``; others stay identity."""
    out = [IDENTITY] * _COUNT
    out[_HIPS] = local[_HIPS]
    for bone, parent in _LINKS:
        out[bone] = multiply(out[parent], local[bone])
    return out


def quaternions(rotations_xyzw: NDArray[np.float64]) -> list[Quat]:
    """Rows of an array ``(N, 4)`` as tuples."""
    return [(x, y, z, w) for x, y, z, w in rotations_xyzw.tolist()]


def bend_to(root: Vec, middle: Vec, end: Vec, target: Vec, *, hint: Vec) -> tuple[Quat, Quat]:
    """World turns of the upper and the lower bone that bring a limb's end to ``target``.

    The limb swings to the target as a whole and then bends in its own plane, so the elbow keeps
    the direction that was solved; ``hint`` is where the middle goes when the limb is straight.
    A target out of reach is met along the straight line to it.
    """
    upper = sub(middle, root)
    lower = sub(end, middle)
    whole = sub(end, root)
    wanted = sub(target, root)
    a, b = length(upper), length(lower)
    distance = min(max(length(wanted), abs(a - b) + _BEND_MIN), (a + b) * _STRETCH_MAX)
    direction = unit(wanted, unit(whole, (0.0, -1.0, 0.0)))
    swing = between(unit(whole, direction), direction)
    normal = _bend_normal(upper, whole, hint)
    axis = rotate(swing, normal)
    now = length(whole)
    # Angles at root and middle by the law of cosines, before and after.
    turn_root = _angle(a, distance, b) - _angle(a, now, b)
    turn_middle = _angle(a, b, distance) - _angle(a, b, now)
    upper_turn = multiply(about(axis, turn_root), swing)
    lower_turn = multiply(about(axis, turn_root + turn_middle), swing)
    return upper_turn, lower_turn


def locals_after(
    world: Sequence[Quat], parent: int, upper: int, lower: int, end: int
) -> tuple[Quat, Quat, Quat]:
    """Local rotations of a limb's three bones from their world rotations."""
    return (
        multiply(inverse(world[parent]), world[upper]),
        multiply(inverse(world[upper]), world[lower]),
        multiply(inverse(world[lower]), world[end]),
    )


def _bend_normal(upper: Vec, whole: Vec, hint: Vec) -> Vec:
    """The axis about which a positive turn moves the middle away from the line root–end."""
    normal = cross(whole, upper)
    size = length(whole) * length(upper)
    missing = _STRAIGHT_SINE * size - length(normal)
    if missing > 0.0:
        across = unit(cross(whole, hint), cross(whole, (0.31, 0.55, 0.77)))
        normal = add(normal, scaled(across, missing))
    return unit(normal, (1.0, 0.0, 0.0))


def _angle(a: float, b: float, opposite: float) -> float:
    """The angle between sides a and b of a triangle, facing ``opposite``."""
    product = 2.0 * a * b
    if product < 1e-12:
        return 0.0
    return acos(min(1.0, max(-1.0, (a * a + b * b - opposite * opposite) / product)))


def _vectors(positions_m: NDArray[np.float64]) -> list[Vec]:
    return [(x, y, z) for x, y, z in positions_m.tolist()]


def distance_to_segment(point: Vec, start: Vec, end: Vec) -> tuple[float, float]:
    """Distance of a point from a segment, and where on it (0–1) it is nearest."""
    # Written out: this runs forty times a frame, and calls would cost more than the sums.
    sx, sy, sz = start
    ax, ay, az = end[0] - sx, end[1] - sy, end[2] - sz
    px, py, pz = point[0] - sx, point[1] - sy, point[2] - sz
    square = ax * ax + ay * ay + az * az
    share = 0.0
    if square > 1e-12:
        share = min(1.0, max(0.0, (px * ax + py * ay + pz * az) / square))
        px, py, pz = px - share * ax, py - share * ay, pz - share * az
    return sqrt(px * px + py * py + pz * pz), share
