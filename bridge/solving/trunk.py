"""Pelvis, chest and head in the world from hips, shoulders and the landmarks of the head."""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.kinematics import DEFAULT_STATURE_M, rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalJoint
from bridge.solving.frames import dot, frame, transposed, unit
from bridge.solving.parts import Array

C = CanonicalJoint

_HEAD_JOINTS: Final = np.array(
    [C.NOSE, C.LEFT_EYE, C.RIGHT_EYE, C.LEFT_EAR, C.RIGHT_EAR, C.LEFT_MOUTH, C.RIGHT_MOUTH]
)
# The same landmarks on a head that looks straight ahead, millimetres from the middle of the ear
# canals (x left, y up, z forward). The Frankfurt plane (ear canal to lower rim of the orbit) is
# level, which puts the eyes above the ears and the nose's tip below them (head breadths and
# depths after Farkas, Anthropometry of the Head and Face, 1994).
_HEAD_REST_MM: Final = np.array(
    [
        [0.0, -14.0, 112.0],
        [32.0, 22.0, 84.0],
        [-32.0, 22.0, 84.0],
        [75.0, 0.0, 0.0],
        [-75.0, 0.0, 0.0],
        [26.0, -52.0, 92.0],
        [-26.0, -52.0, 92.0],
    ]
)
# Which landmarks tell where the front of the head is (nose, eyes, mouth) and its back (ears).
_FRONT_AND_BACK: Final = np.array(
    [[1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]]
)

_REST: Final = rest_joints_m(stature_m=DEFAULT_STATURE_M).astype(np.float64)
_REST_UP: Final = (
    _REST[SmplxJoint.LEFT_SHOULDER]
    + _REST[SmplxJoint.RIGHT_SHOULDER]
    - _REST[SmplxJoint.LEFT_HIP]
    - _REST[SmplxJoint.RIGHT_HIP]
)
_WORLD_UP: Final = np.array([0.0, 1.0, 0.0])
_WORLD_LEFT: Final = np.array([1.0, 0.0, 0.0])
_JOINT_FROM_TRUNK_FRAME: Final = frame(_WORLD_LEFT, _REST_UP).T
_SPINE: Final = np.array([C.PELVIS, C.NAVEL, C.NECK])
# With hips unseen the trunk is taken as upright, but what little they say still counts.
_HIP_CONFIDENCE_FLOOR: Final = 1e-3
_SPARE_LINE: Final = _HIP_CONFIDENCE_FLOOR * _WORLD_LEFT
# Hips and shoulders, left sides first.
_CORNERS: Final = np.array([C.LEFT_HIP, C.LEFT_SHOULDER, C.RIGHT_HIP, C.RIGHT_SHOULDER])


def trunk_rotations(positions_m: Array, confidence: Array) -> tuple[Array, Array]:
    """Pelvis and chest in the world, each ``(..., 3, 3)``.

    ``positions_m (..., 38, 3)`` world, ``confidence (..., 38)``, both by ``CanonicalJoint``.
    Where the hips are not seen the trunk stands upright and turns with the shoulders. Where the
    sensor gives the spine, as a Kinect does, the chest leans sideways with it: a shrugged shoulder
    leans nobody.
    """
    corners, seen = positions_m.take(_CORNERS, axis=-2), confidence.take(_CORNERS, axis=-1)
    middles = corners[..., :2, :] + corners[..., 2:, :]
    weight = np.minimum(seen[..., :2], seen[..., 2:])[..., None]
    seen_up = weight[..., 0, :] * weight[..., 1, :]
    up = unit(middles[..., 1, :] - middles[..., 0, :]) * seen_up
    up += _WORLD_UP * np.maximum(_HIP_CONFIDENCE_FLOOR, 0.05 - seen_up)
    # Each line stands in for the other where that one is not seen, the world's left for both.
    lines = unit(corners[..., :2, :] - corners[..., 2:, :]) * weight
    lines = lines + _HIP_CONFIDENCE_FLOOR * lines[..., ::-1, :] + _SPARE_LINE * (1.0 - weight)
    spine_weight = np.minimum.reduce(confidence.take(_SPINE, axis=-1), axis=-1)[..., None]
    if spine_weight.any():
        spine = unit(positions_m[..., C.NECK, :] - positions_m[..., C.PELVIS, :])
        shoulders = lines[..., 1, :]
        shoulders -= spine_weight * dot(shoulders, spine) * spine
    turned = frame(lines, up[..., None, :]) @ _JOINT_FROM_TRUNK_FRAME
    return turned[..., 0, :, :], turned[..., 1, :, :]


def head_rotation(positions_m: Array, confidence: Array) -> tuple[Array, Array]:
    """The head in the world ``(..., 3, 3)`` and how well it is seen ``(...,)``, 0–1.

    From the line between the two sides (ears, eyes, mouth) and the direction from the ears to
    the front of the face, both compared with the same sums over a level head.
    """
    points = positions_m.take(_HEAD_JOINTS, axis=-2)
    weights = confidence.take(_HEAD_JOINTS, axis=-1)
    pairs = np.minimum(weights[..., 1::2], weights[..., 2::2])  # eyes, ears, mouth
    apart = points[..., 1::2, :] - points[..., 2::2, :]
    side_observed = (pairs[..., None, :] @ apart)[..., 0, :]
    side_weight = np.maximum.reduce(pairs, axis=-1)
    halves = weights[..., None, :] * _FRONT_AND_BACK
    sums = np.add.reduce(halves, axis=-1, keepdims=True)
    halves /= sums + 1e-9
    contrast = halves[..., 0, :] - halves[..., 1, :]
    forward_observed = (contrast[..., None, :] @ points)[..., 0, :]
    forward_rest = contrast @ _HEAD_REST_MM
    forward_rest[..., 0] = 0.0  # a missing ear must not turn the head
    whole = np.minimum(np.minimum(sums[..., 0, 0], sums[..., 1, 0]), 1.0)
    left = np.empty((*forward_rest.shape[:-1], 2, 3))
    left[..., 0, :], left[..., 1, :] = side_observed, _WORLD_LEFT
    forward = np.empty_like(left)
    forward[..., 0, :], forward[..., 1, :] = forward_observed, forward_rest
    frames = frame(left, forward)
    rotation = frames[..., 0, :, :] @ transposed(frames[..., 1, :, :])
    return rotation, np.minimum(side_weight, whole)
