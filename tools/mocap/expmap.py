"""CMU clips as text, one frame a row: root translation (3), then 38 exponential maps (rad).

Checked against CMU's ASF skeletons: the columns follow the hierarchy of the BVH files made from
them (``cmu_bvh_131``); each map is the inverse of the joint's rotation relative to the ASF's
T-pose (knees bend about (cos 20°, sin 20°, 0), elbows about (0, -cos 30°, sin 30°), both with
the sign turned); the first row is a calibration pose, not motion. The skeleton itself is not in
the file: directions are those of the ASF, lengths those of our rest skeleton.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from bridge.errors import FormatError
from bridge.geometry import quat_from_rotvec
from bridge.kinematics import rest_joints_m
from bridge.skeleton import SmplxJoint
from tools.mocap.asf_amc import CMU_FPS
from tools.mocap.motion import SourceMotion, numbers, pose_skeleton, read_text
from tools.mocap.rigs import METRES_PER_CMU_BVH_UNIT

_J = SmplxJoint
_CALIBRATION_ROWS: Final = 1
_LEG_SPREAD_RAD: Final = np.deg2rad(20.0)
_HAND_M: Final = 0.08  # any length: no joint is driven by these bones' directions


def _leg(side: str) -> tuple[str, ...]:
    return (
        f"{side[0]}HipJoint", f"{side}Hip", f"{side}Knee", f"{side}Ankle", f"{side}Toe",
        f"{side}Toe_end",
    )  # fmt: skip


def _arm(side: str) -> tuple[str, ...]:
    s = side[0]
    return (
        f"{side}Collar", f"{side}Shoulder", f"{side}Elbow", f"{side}Wrist", f"{s.lower()}hand",
        f"{s}Fingers", f"{s}Fingers_end", f"{s}Thumb", f"{s}Thumb_end",
    )  # fmt: skip


_TRUNK: Final = ("lowerback", "Chest", "Chest2", "lowerneck", "Neck", "Head", "Head_end")
NAMES: Final[tuple[str, ...]] = (
    "Hips", *_leg("Left"), *_leg("Right"), *_TRUNK, *_arm("Left"), *_arm("Right"),
)  # fmt: skip


def read_expmap(path: Path) -> SourceMotion:
    """Read a clip; raises ``FormatError`` with the file and the fault."""
    rows = [line.split(",") for line in read_text(path).splitlines() if line.strip()]
    width = 3 + 3 * len(NAMES)
    bad = next((i for i, row in enumerate(rows) if len(row) != width), None)
    if bad is not None:
        raise FormatError(f"{path}: row {bad + 1} has {len(rows[bad])} numbers, expected {width}")
    if len(rows) <= _CALIBRATION_ROWS:
        raise FormatError(f"{path}: no motion")
    flat = numbers([word for row in rows[_CALIBRATION_ROWS:] for word in row], where=str(path))
    values = flat.reshape(-1, width)
    local = quat_from_rotvec(-values[:, 3:].reshape(len(values), len(NAMES), 3))
    parents, offsets = _skeleton()
    return pose_skeleton(
        list(NAMES), parents, offsets,
        local_xyzw=local, root=values[:, :3], fps=CMU_FPS,
    )  # fmt: skip


def _skeleton() -> tuple[list[int], np.ndarray]:
    """Parents and offsets in the file's own unit of length."""
    rest = rest_joints_m().astype(np.float64) / METRES_PER_CMU_BVH_UNIT
    hand = _HAND_M / METRES_PER_CMU_BVH_UNIT

    def length(one: SmplxJoint, other: SmplxJoint) -> float:
        return float(np.linalg.norm(rest[one] - rest[other]))

    parent_of: dict[str, str] = {}
    offset_of: dict[str, np.ndarray] = {"Hips": np.zeros(3)}

    def chain(parent: str, *links: tuple[str, np.ndarray]) -> None:
        for name, offset in links:
            parent_of[name], offset_of[name] = parent, offset
            parent = name

    zero = np.zeros(3)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        upper, s = side.upper(), side[0]
        down = np.array([sign * np.sin(_LEG_SPREAD_RAD), -np.cos(_LEG_SPREAD_RAD), 0.0])
        out = np.array([sign, 0.0, 0.0])
        hip, knee, ankle = (_J[f"{upper}_{p}"] for p in ("HIP", "KNEE", "ANKLE"))
        shoulder, elbow, wrist = (_J[f"{upper}_{p}"] for p in ("SHOULDER", "ELBOW", "WRIST"))
        foot = np.array([0.0, 0.0, length(ankle, _J[f"{upper}_FOOT"])])
        chain(
            "Hips",
            (f"{s}HipJoint", zero), (f"{side}Hip", rest[hip] - rest[_J.PELVIS]),
            (f"{side}Knee", down * length(hip, knee)), (f"{side}Ankle", down * length(knee, ankle)),
            (f"{side}Toe", foot), (f"{side}Toe_end", foot / 2.0),
        )  # fmt: skip
        chain(
            "Chest2",
            (f"{side}Collar", zero), (f"{side}Shoulder", rest[shoulder] - rest[_J.SPINE3]),
            (f"{side}Elbow", out * length(shoulder, elbow)),
            (f"{side}Wrist", out * length(elbow, wrist)), (f"{s.lower()}hand", zero),
            (f"{s}Fingers", out * hand), (f"{s}Fingers_end", out * hand),
        )  # fmt: skip
        chain(f"{side}Wrist", (f"{s}Thumb", zero), (f"{s}Thumb_end", out * hand))
    up = np.array([0.0, 1.0, 0.0])
    chain(
        "Hips",
        ("lowerback", zero), ("Chest", up * length(_J.PELVIS, _J.SPINE2)),
        ("Chest2", up * length(_J.SPINE2, _J.SPINE3)), ("lowerneck", zero),
        ("Neck", up * length(_J.SPINE3, _J.NECK)), ("Head", up * length(_J.NECK, _J.HEAD)),
        ("Head_end", up * hand),
    )  # fmt: skip
    parents = [NAMES.index(parent_of[name]) if name in parent_of else -1 for name in NAMES]
    return parents, np.array([offset_of[name] for name in NAMES])
