"""The rest skeleton and forward kinematics in SMPL-X's topology.

The rest skeleton comes from published anthropometry, not from the licence-gated model:

- segment lengths and heights as shares of stature: R. Drillis and R. Contini, "Body segment
  parameters" (1966), as tabulated by D. Winter, *Biomechanics and Motor Control of Human
  Movement*;
- finger segments: A. Buryanov and V. Kotiuk, "Proportions of hand segments", Int. J. Morphol.
  28(3), 2010.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import Floats, quat_multiply, quat_rotate
from bridge.skeleton import SMPLX_JOINT_COUNT, SMPLX_PARENT_INDEX, SmplxJoint
from bridge.types import FloatArray

IndexArray: TypeAlias = NDArray[np.intp]

DEFAULT_STATURE_M: Final = 1.70

# Height above the floor and distance from the middle, as shares of stature (x: left, y: up,
# z: forward). Long bones after Drillis and Contini; spine joints at the vertebrae that the
# SMPL-X joints move (L4, T12, T9, C7, C1); the glenohumeral joint lies inside the acromion.
_JOINT_SHARE_OF_STATURE: Final[dict[str, tuple[float, float, float]]] = {
    "PELVIS": (0.0, 0.560, 0.0),
    "SPINE1": (0.0, 0.610, -0.012),
    "SPINE2": (0.0, 0.685, -0.012),
    "SPINE3": (0.0, 0.720, -0.010),
    "NECK": (0.0, 0.845, -0.022),
    "HEAD": (0.0, 0.900, 0.0),
    "JAW": (0.0, 0.897, 0.010),
    "HIP": (0.050, 0.530, 0.0),
    "KNEE": (0.054, 0.285, 0.002),
    "ANKLE": (0.052, 0.039, -0.010),
    "FOOT": (0.056, 0.012, 0.068),
    "COLLAR": (0.028, 0.805, -0.008),
    "SHOULDER": (0.108, 0.816, -0.014),
    "ELBOW": (0.294, 0.816, -0.014),
    "WRIST": (0.440, 0.816, -0.014),
    "EYE": (0.018, 0.936, 0.048),
}

_BURYANOV_STATURE_M: Final = 1.73  # mean of the measured group
# metacarpal, proximal, middle phalanx in mm; the distal one ends in no SMPL-X joint.
_FINGER_MM: Final[dict[str, tuple[float, float, float]]] = {
    "INDEX": (68.1, 39.8, 22.4),
    "MIDDLE": (64.6, 44.6, 26.3),
    "RING": (58.0, 41.4, 25.7),
    "PINKY": (53.7, 32.7, 18.1),
}
FINGERTIP_MM: Final[dict[str, float]] = {
    "INDEX": 15.8 + 3.8, "MIDDLE": 17.4 + 3.9, "RING": 17.3 + 3.9, "PINKY": 16.0 + 3.7,
    "THUMB": 21.7 + 3.7,
}  # fmt: skip  # distal phalanx and soft tissue
_THUMB_MM: Final = (46.2, 31.6)  # metacarpal, proximal phalanx
_CARPUS_MM: Final = 21.0  # wrist joint centre to the bases of the metacarpals
# Where metacarpals point in the flat hand, degrees from the forearm's line towards the thumb.
_METACARPAL_FAN_DEG: Final = {"INDEX": 12.0, "MIDDLE": 2.0, "RING": -8.0, "PINKY": -18.0}
_THUMB_BASE_MM: Final = (12.0, -6.0, 20.0)  # along the forearm, up (palm is down), towards thumb
_THUMB_DIRECTION: Final = (0.72, -0.25, 0.65)  # the same axes


def rest_joints_m(*, stature_m: float = DEFAULT_STATURE_M) -> FloatArray:
    """Joint positions ``(55, 3)`` of the T-pose in the world, feet on y = 0, facing +Z.

    Arms lie along ±X, palms down, thumbs forward.
    """
    joints = np.zeros((SMPLX_JOINT_COUNT, 3))
    for name, share in _JOINT_SHARE_OF_STATURE.items():
        point = np.array(share) * stature_m
        if name in SmplxJoint.__members__:
            joints[SmplxJoint[name]] = point
        else:
            joints[SmplxJoint[f"LEFT_{name}"]] = point
            joints[SmplxJoint[f"RIGHT_{name}"]] = point * (-1.0, 1.0, 1.0)
    metres_per_mm = 1e-3 * stature_m / _BURYANOV_STATURE_M
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        outward = np.array([sign, 1.0, 1.0])
        wrist = joints[SmplxJoint[f"{side}_WRIST"]]
        for finger, (metacarpal, proximal, middle) in _FINGER_MM.items():
            fan = np.deg2rad(_METACARPAL_FAN_DEG[finger])
            # Metacarpals fan out; in the T-pose the fingers themselves are parallel to the arm.
            knuckle = np.array(
                [_CARPUS_MM + metacarpal * np.cos(fan), 0.0, metacarpal * np.sin(fan)]
            )
            for segment, along_mm in enumerate((0.0, proximal, proximal + middle), start=1):
                offset = (knuckle + np.array([along_mm, 0.0, 0.0])) * outward * metres_per_mm
                joints[SmplxJoint[f"{side}_{finger}{segment}"]] = wrist + offset
        base = np.array(_THUMB_BASE_MM)
        direction = np.array(_THUMB_DIRECTION) / np.linalg.norm(_THUMB_DIRECTION)
        for segment, along_mm in enumerate((0.0, _THUMB_MM[0], sum(_THUMB_MM)), start=1):
            offset = (base + direction * along_mm) * outward * metres_per_mm
            joints[SmplxJoint[f"{side}_THUMB{segment}"]] = wrist + offset
    rest = np.ascontiguousarray(joints, np.float32)
    rest.flags.writeable = False
    return rest


def rest_offsets_m(rest_joints: Floats) -> Floats:
    """Each joint relative to its parent, ``(55, 3)``; the root's row is its own position."""
    parents = np.array(SMPLX_PARENT_INDEX)
    offsets = rest_joints.copy()
    offsets[1:] -= rest_joints[parents[1:]]
    return offsets


def bone_lengths_m(rest_joints: Floats) -> Floats:
    """Distance of each joint from its parent ``(55,)``; 0 for the pelvis, which has none."""
    offsets = rest_offsets_m(rest_joints)
    offsets[0] = 0.0
    return np.sqrt(np.sum(offsets * offsets, axis=-1))


def fitted_rest_joints_m(lengths_m: Floats) -> FloatArray:
    """The T-pose ``(55, 3)`` with bones of ``lengths_m (55,)`` in the rest skeleton's directions;
    world, feet on y = 0."""
    rest = rest_joints_m().astype(np.float64)
    scale = np.ones(SMPLX_JOINT_COUNT)
    scale[1:] = lengths_m[1:] / bone_lengths_m(rest)[1:]
    offsets = rest_offsets_m(rest) * scale[:, None]
    joints = np.zeros((SMPLX_JOINT_COUNT, 3))
    for depth_joints, depth_parents in _LEVELS:
        joints[depth_joints] = joints[depth_parents] + offsets[depth_joints]
    foot = SmplxJoint.LEFT_FOOT
    joints[:, 1] += rest[foot, 1] * scale[foot] - joints[foot, 1]
    fitted = np.ascontiguousarray(joints, np.float32)
    fitted.flags.writeable = False
    return fitted


def global_rotations(local_xyzw: Floats) -> Floats:
    """Local quaternions ``(..., 55, 4)`` to rotations in the world ``(..., 55, 4)``."""
    out = local_xyzw.copy()
    for depth_joints, depth_parents in _LEVELS:
        out[..., depth_joints, :] = quat_multiply(
            out[..., depth_parents, :], local_xyzw[..., depth_joints, :]
        )
    return out


def forward_kinematics(
    local_xyzw: Floats, root_m: Floats, *, rest_joints: Floats
) -> tuple[Floats, Floats]:
    """Pose a skeleton.

    ``local_xyzw (..., 55, 4)``, ``root_m (..., 3)`` the pelvis in the world, ``rest_joints
    (55, 3)``. Returns joint positions ``(..., 55, 3)`` and rotations ``(..., 55, 4)``, world.
    """
    rotations = global_rotations(local_xyzw)
    offsets = rest_offsets_m(rest_joints)
    positions = np.zeros((*local_xyzw.shape[:-1], 3), dtype=rotations.dtype)
    positions[..., 0, :] = root_m
    for depth_joints, depth_parents in _LEVELS:
        turned = quat_rotate(rotations[..., depth_parents, :], offsets[depth_joints])
        positions[..., depth_joints, :] = positions[..., depth_parents, :] + turned
    return positions, rotations


def _levels() -> tuple[tuple[IndexArray, IndexArray], ...]:
    """Joints grouped by depth below the pelvis, so that each level is one array operation."""
    depth = [0] * SMPLX_JOINT_COUNT
    for joint in range(1, SMPLX_JOINT_COUNT):
        depth[joint] = depth[SMPLX_PARENT_INDEX[joint]] + 1
    levels: list[tuple[IndexArray, IndexArray]] = []
    for level in range(1, max(depth) + 1):
        joints = np.array([j for j in range(SMPLX_JOINT_COUNT) if depth[j] == level])
        levels.append((joints, np.array([SMPLX_PARENT_INDEX[j] for j in joints])))
    return tuple(levels)


_LEVELS: Final = _levels()
