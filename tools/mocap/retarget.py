"""A source clip as motion of the SMPL-X skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.geometry import quat_conjugate, quat_multiply, quat_rotate
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.skeleton import SMPLX_JOINT_COUNT, SMPLX_PARENT_INDEX, SmplxJoint
from tools.mocap.motion import Array, SourceMotion
from tools.mocap.rigs import Rig, bone_rotation, calibrated_rotations

_FLOOR_PERCENTILE = 2.0  # of the lowest foot's height over the clip; a percentile, not the
# minimum, because single frames of the captures dip below the floor


@dataclass(frozen=True, slots=True)
class SmplxMotion:
    """``local_xyzw (T, 55, 4)`` (pelvis: world), ``root_m (T, 3)`` the pelvis in the world."""

    local_xyzw: Array
    root_m: Array
    fps: float


def retarget(motion: SourceMotion, *, rig: Rig) -> SmplxMotion:
    """Give the SMPL-X joints the rotations of the source's bones relative to its T-pose.

    The root is scaled by the length of the legs, so that feet reach the same floor, y = 0.
    Joints that the rig lacks (fingers, jaw, eyes) stay at rest.
    """
    frames = len(motion.positions)
    t_pose = calibrated_rotations(rig, motion)
    world = np.zeros((frames, SMPLX_JOINT_COUNT, 4))
    for joint in SmplxJoint:
        if joint in rig.rules:
            bone = bone_rotation(rig.rules[joint], motion)
            world[:, joint] = quat_multiply(bone, quat_conjugate(t_pose[joint]))
        else:
            world[:, joint] = world[:, SMPLX_PARENT_INDEX[joint]]
    local = local_from_world(world)

    rest = rest_joints_m().astype(np.float64)
    scale = _leg_m(rest, _J_HIPS, _J_KNEES, _J_ANKLES) / _leg_m(
        motion.positions[0] * rig.metres_per_unit,
        *([motion.index(n) for n in names] for names in (rig.hips, rig.knees, rig.ankles)),
    )
    hips = [motion.index(name) for name in rig.hips]
    mid_hip = motion.positions[:, hips].mean(axis=1) * (rig.metres_per_unit * scale)
    pelvis_from_mid_hip = rest[SmplxJoint.PELVIS] - rest[_J_HIPS].mean(axis=0)
    root = mid_hip + quat_rotate(world[:, 0], np.broadcast_to(pelvis_from_mid_hip, (frames, 3)))
    positions, _ = forward_kinematics(local, root, rest_joints=rest)
    soles = positions[:, [SmplxJoint.LEFT_FOOT, SmplxJoint.RIGHT_FOOT]] - rest[SmplxJoint.LEFT_FOOT]
    root[:, 1] -= np.percentile(soles[..., 1].min(axis=1), _FLOOR_PERCENTILE)
    start = min(rig.calibration_frames, frames - 1)
    return SmplxMotion(local_xyzw=local[start:], root_m=root[start:], fps=motion.fps)


def local_from_world(world_xyzw: Array) -> Array:
    """Rotations in the world ``(..., 55, 4)`` to rotations relative to the parent."""
    parents = np.array(SMPLX_PARENT_INDEX[1:])
    local = world_xyzw.copy()
    local[..., 1:, :] = quat_multiply(
        quat_conjugate(world_xyzw[..., parents, :]), world_xyzw[..., 1:, :]
    )
    return np.where(local[..., 3:] < 0.0, -local, local)


_J_HIPS = [SmplxJoint.LEFT_HIP, SmplxJoint.RIGHT_HIP]
_J_KNEES = [SmplxJoint.LEFT_KNEE, SmplxJoint.RIGHT_KNEE]
_J_ANKLES = [SmplxJoint.LEFT_ANKLE, SmplxJoint.RIGHT_ANKLE]


def _leg_m(joints: Array, hips: list[int], knees: list[int], ankles: list[int]) -> float:
    thigh = np.linalg.norm(joints[knees] - joints[hips], axis=-1)
    shin = np.linalg.norm(joints[ankles] - joints[knees], axis=-1)
    return float(np.mean(thigh + shin))
