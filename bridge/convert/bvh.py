"""Writes ``.bvh``: SMPL-X's skeleton at the performer's height.

Centimetres, +Y up, the T-pose facing +Z as rest; channels are rotations about Z, X, Y in that
order (intrinsic), and the pelvis's place in the world. Joints carry SMPL-X's names in lower case.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bridge.convert.motion import Motion
from bridge.geometry import Floats, normalise
from bridge.kinematics import (
    FINGERTIP_MM,
    fitted_rest_joints_m,
    rest_joints_m,
    rest_offsets_m,
)
from bridge.skeleton import SMPLX_PARENT, SMPLX_PARENT_INDEX, SmplxJoint

_CM_PER_M: Final = 100.0
_MM_PER_CM: Final = 10.0
_END_CM: Final = 5.0  # how far leaves that are no fingers are drawn
_ORDER: Final = "ZXY"  # intrinsic; keeps gimbal lock (X at 90°) away from walking and waving


def write_bvh(path: Path, motion: Motion) -> None:
    """Write ``motion`` on the performer's skeleton; where it is not known, an adult's."""
    bones_m = motion.bones_m
    rest_cm = (rest_joints_m() if bones_m is None else fitted_rest_joints_m(bones_m)) * _CM_PER_M
    offsets_cm = rest_offsets_m(rest_cm)
    # The pelvis's place is in the channels: an offset would count twice in most readers.
    offsets_cm[SmplxJoint.PELVIS] = 0.0
    lines = ["HIERARCHY"]
    order: list[SmplxJoint] = []
    _hierarchy(SmplxJoint.PELVIS, offsets_cm, lines, order, depth=0)
    count = len(motion.rotvecs_rad)
    lines += ["MOTION", f"Frames: {count}", f"Frame Time: {1.0 / motion.fps:.9f}"]
    angles_deg = _euler_deg(motion.rotvecs_rad)[:, [int(joint) for joint in order]]
    table = np.concatenate((motion.root_m * _CM_PER_M, angles_deg.reshape(count, -1)), axis=1)
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
        np.savetxt(file, table, fmt="%.5f")


def _hierarchy(
    joint: SmplxJoint,
    offsets_cm: Floats,
    lines: list[str],
    order: list[SmplxJoint],
    *,
    depth: int,
) -> None:
    order.append(joint)
    indent, inner = "\t" * depth, "\t" * (depth + 1)
    is_root = joint not in SMPLX_PARENT
    channels = "Zrotation Xrotation Yrotation"
    lines += [
        f"{indent}{'ROOT' if is_root else 'JOINT'} {joint.name.lower()}",
        f"{indent}{{",
        f"{inner}OFFSET {_vector(offsets_cm[joint])}",
        f"{inner}CHANNELS 6 Xposition Yposition Zposition {channels}"
        if is_root
        else f"{inner}CHANNELS 3 {channels}",
    ]
    children = [child for child in SmplxJoint if SMPLX_PARENT_INDEX[child] == joint]
    for child in children:
        _hierarchy(child, offsets_cm, lines, order, depth=depth + 1)
    if not children:
        finger = joint.name.split("_")[-1].rstrip("123")
        length_cm = FINGERTIP_MM.get(finger, _END_CM * _MM_PER_CM) / _MM_PER_CM
        end = normalise(offsets_cm[joint]) * length_cm
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {_vector(end)}", f"{inner}}}"]
    lines.append(f"{indent}}}")


def _euler_deg(rotvecs_rad: Floats) -> NDArray[np.float64]:
    """``(T, 55, 3)`` in channel order, without jumps of a full turn from frame to frame."""
    with warnings.catch_warnings():
        # In gimbal lock scipy sets one angle to zero: the rotation is still right.
        warnings.filterwarnings("ignore", message="Gimbal lock", category=UserWarning)
        angles = Rotation.from_rotvec(rotvecs_rad.reshape(-1, 3)).as_euler(_ORDER, degrees=True)
    return np.unwrap(angles.reshape(rotvecs_rad.shape), period=360.0, axis=0)


def _vector(values: Floats) -> str:
    return " ".join(f"{value:.5f}" for value in values)
