"""How far a solved motion is from the true one: directions, rotations, twist, jitter and lag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.geometry import (
    angle_between,
    normalise,
    quat_conjugate,
    quat_from_rotvec,
    quat_multiply,
    quat_rotate,
    rotvec_from_quat,
    swing_twist,
)
from bridge.kinematics import forward_kinematics, global_rotations, rest_joints_m
from bridge.skeleton import SmplxJoint
from tools.mocap.motion import Array

J = SmplxJoint

_REST: Final = rest_joints_m().astype(np.float64)
_LIMBS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "arms": (("SHOULDER", "ELBOW"), ("ELBOW", "WRIST"), ("WRIST", "MIDDLE1")),
    "legs": (("HIP", "KNEE"), ("KNEE", "ANKLE"), ("ANKLE", "FOOT")),
}
_MIDDLE: Final[dict[str, tuple[tuple[J, J], ...]]] = {
    "trunk": (
        (J.PELVIS, J.SPINE1), (J.SPINE1, J.SPINE2), (J.SPINE2, J.SPINE3), (J.SPINE3, J.NECK),
    ),
    "head": ((J.NECK, J.HEAD), (J.HEAD, J.LEFT_EYE)),
}  # fmt: skip


def _bones() -> dict[str, tuple[tuple[J, J], ...]]:
    bones = dict(_MIDDLE)
    for group, pairs in _LIMBS.items():
        bones[group] = tuple(
            (J[f"{side}_{a}"], J[f"{side}_{b}"]) for side in ("LEFT", "RIGHT") for a, b in pairs
        )
    return {group: bones[group] for group in ("trunk", "arms", "legs", "head")}


BONES: Final = _bones()
GROUPS: Final = tuple(BONES)
_MOVING: Final = [int(child) for pairs in BONES.values() for _, child in pairs]
_TWISTED: Final = {
    "upper arm": (J.LEFT_SHOULDER, J.RIGHT_SHOULDER),
    "forearm": (J.LEFT_ELBOW, J.RIGHT_ELBOW),
    "hand": (J.LEFT_WRIST, J.RIGHT_WRIST),
    "thigh": (J.LEFT_HIP, J.RIGHT_HIP),
}
_TWIST_AXIS: Final = {
    "upper arm": (1.0, 0.0, 0.0), "forearm": (1.0, 0.0, 0.0), "hand": (1.0, 0.0, 0.0),
    "thigh": (0.0, 1.0, 0.0),
}  # fmt: skip
_LAG_MAX_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class BodyErrors:
    """Sums over clips; every figure is weighted by frames.

    ``direction_deg``, ``world_deg`` and ``local_deg`` by group (and ``all``): between bone
    directions, between rotations in the world, between rotations against the parent.
    ``twist_deg`` about a bone's own axis, in the world. ``jitter``: mean acceleration of the
    joints (pelvis-centred) over that of the truth. ``lag_ms``: the delay at which the joints'
    velocities correlate best.
    """

    frames: int
    direction_deg: Mapping[str, float]
    world_deg: Mapping[str, float]
    local_deg: Mapping[str, float]
    twist_deg: Mapping[str, float]
    jitter: float
    lag_ms: float


def body_errors(solved_rotvecs_rad: Array, true_local_xyzw: Array, *, fps: float) -> BodyErrors:
    """Compare one clip: ``(T, 55, 3)`` against ``(T, 55, 4)``."""
    solved = quat_from_rotvec(np.asarray(solved_rotvecs_rad, np.float64))
    world, true_world = global_rotations(solved), global_rotations(true_local_xyzw)
    direction: dict[str, float] = {}
    in_world: dict[str, float] = {}
    local: dict[str, float] = {}
    for group, pairs in BONES.items():
        bones = [int(bone) for bone, _ in pairs]
        rest = normalise(np.stack([_REST[child] - _REST[bone] for bone, child in pairs]))
        ours = quat_rotate(world[:, bones], rest)
        theirs = quat_rotate(true_world[:, bones], rest)
        direction[group] = _mean_deg(np.arccos(np.clip((ours * theirs).sum(-1), -1.0, 1.0)))
        in_world[group] = _mean_deg(angle_between(world[:, bones], true_world[:, bones]))
        local[group] = _mean_deg(angle_between(solved[:, bones], true_local_xyzw[:, bones]))
    for table in (direction, in_world, local):
        table["all"] = float(
            np.average([table[g] for g in BONES], weights=[len(p) for p in BONES.values()])
        )
    twist = {}
    for name, joints in _TWISTED.items():
        error = quat_multiply(quat_conjugate(true_world[:, joints]), world[:, joints])
        _, about = swing_twist(error, np.array(_TWIST_AXIS[name]))
        twist[name] = _mean_deg(np.linalg.norm(rotvec_from_quat(about), axis=-1))
    positions, true_positions = (_centred(q) for q in (solved, true_local_xyzw))
    return BodyErrors(
        frames=len(solved),
        direction_deg=direction,
        world_deg=in_world,
        local_deg=local,
        twist_deg=twist,
        jitter=_acceleration(positions) / max(_acceleration(true_positions), 1e-12),
        lag_ms=1e3 * lag_s(positions, true_positions, fps=fps),
    )


def combined(parts: list[BodyErrors]) -> BodyErrors:
    """The mean over clips, weighted by frames."""
    weights = [part.frames for part in parts]

    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=weights))

    def means(tables: list[Mapping[str, float]]) -> dict[str, float]:
        return {key: mean([table[key] for table in tables]) for key in tables[0]}

    return BodyErrors(
        frames=sum(weights),
        direction_deg=means([p.direction_deg for p in parts]),
        world_deg=means([p.world_deg for p in parts]),
        local_deg=means([p.local_deg for p in parts]),
        twist_deg=means([p.twist_deg for p in parts]),
        jitter=mean([p.jitter for p in parts]),
        lag_ms=mean([p.lag_ms for p in parts]),
    )


def lag_s(solved_m: Array, true_m: Array, *, fps: float) -> float:
    """The delay of ``solved_m`` behind ``true_m`` ``(T, K, 3)``, to a fraction of a frame.

    The correlation of velocities at whole frames is refined by a parabola through its peak.
    """
    ours = np.diff(solved_m, axis=0).reshape(len(solved_m) - 1, -1)
    theirs = np.diff(true_m, axis=0).reshape(len(true_m) - 1, -1)
    reach = min(int(np.ceil(_LAG_MAX_S * fps)), len(ours) // 4)
    scores: list[float] = []
    for shift in range(-reach, reach + 1):
        a = ours[max(shift, 0) : len(ours) + min(shift, 0)]
        b = theirs[max(-shift, 0) : len(theirs) - max(shift, 0)]
        scores.append(float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-12)))
    best = int(np.argmax(scores))
    if 0 < best < len(scores) - 1:
        left, middle, right = scores[best - 1 : best + 2]
        curvature = left - 2.0 * middle + right
        offset = 0.5 * (left - right) / curvature if curvature < 0.0 else 0.0
    else:
        offset = 0.0
    return (best - reach + offset) / fps


def _centred(local_xyzw: Array) -> Array:
    still = np.zeros((len(local_xyzw), 3))
    positions, _ = forward_kinematics(local_xyzw, still, rest_joints=_REST)
    return positions[:, _MOVING]


def _acceleration(positions_m: Array) -> float:
    return float(np.linalg.norm(np.diff(positions_m, n=2, axis=0), axis=-1).mean())


def _mean_deg(angles_rad: Array) -> float:
    return float(np.rad2deg(angles_rad).mean())
