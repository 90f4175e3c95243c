"""Which bone of each mocap rig drives which SMPL-X joint, and what that rig's T-pose is.

The T-pose: arms along ±X, palms down, thumbs forward, legs down, soles flat, facing +Z. A zero
SMPL-X rotation means it. A rig's own zero pose is another one, so each driven bone has a
calibrated rotation that it takes in the T-pose (``calibrated_rotations``):

- CMU's ASF and the BVH files made from it stand in a T-pose already, but with legs spread by
  20°; thumbs point forward and out. Their elbows bend about an axis 30° off the vertical: that
  is how CMU's model fitted the markers, it is kept.
- ``cmu_bvh_131`` has its arms down, thumbs forward.
- ``cmu_bvh_daz`` has its forearms bent by 17° and its head raised by 16°.
- ``cmu_bvh_ccbase`` has every limb along its own +Y, +Z to the front; its trunk's bones lean.

Pronation is not part of the forearm in CMU's model: the elbow is a hinge and the wrist turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bridge.geometry import (
    normalise,
    quat_between,
    quat_from_matrix,
    quat_from_rotvec,
    quat_multiply,
    quat_rotate,
    slerp,
)
from bridge.kinematics import rest_joints_m
from bridge.skeleton import SmplxJoint
from tools.mocap.motion import Array, SourceMotion, axis_rotation

_J = SmplxJoint
_SIDES: Final = ("LEFT", "RIGHT")
METRES_PER_CMU_BVH_UNIT: Final = 0.0254 / 0.45  # as in the ASF files they were made from
METRES_PER_CM: Final = 0.01


@dataclass(frozen=True, slots=True)
class BoneRule:
    """``sources``: the bone, or two whose mean is taken. ``child``: the joint that the bone
    points at and that must lie where the rest skeleton's next joint lies. ``t_pose_xyzw``: the
    bone's rotation in the T-pose before that alignment. ``offset_deg``: a further rotation
    vector of the bone in the T-pose, world axes, where the rig's own zero pose misleads."""

    sources: tuple[str, ...]
    child: str | None = None
    t_pose_xyzw: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    offset_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rig:
    """``rules`` by SMPL-X joint; a joint that is not there goes with its parent. The first
    ``calibration_frames`` of a clip are a pose of the rig, not motion."""

    name: str
    metres_per_unit: float
    hips: tuple[str, str]
    knees: tuple[str, str]
    ankles: tuple[str, str]
    rules: Mapping[SmplxJoint, BoneRule] = field(default_factory=dict)
    calibration_frames: int = 0


# The SMPL-X joint that a limb's bone points at.
_NEXT: Final[dict[str, str]] = {
    "HIP": "KNEE", "KNEE": "ANKLE", "SHOULDER": "ELBOW", "ELBOW": "WRIST",
}  # fmt: skip


def calibrated_rotations(rig: Rig, motion: SourceMotion) -> dict[SmplxJoint, Array]:
    """Each driven bone's rotation ``(4,)`` in the T-pose, from the clip's own zero pose."""
    rest = rest_joints_m().astype(np.float64)
    out: dict[SmplxJoint, Array] = {}
    for joint, rule in rig.rules.items():
        rotation = np.array(rule.t_pose_xyzw)
        if rule.child is not None:
            side, _, part = joint.name.partition("_")
            target = normalise(rest[_J[f"{side}_{_NEXT[part]}"]] - rest[joint])
            bone, child = motion.index(rule.sources[0]), motion.index(rule.child)
            zero_direction = motion.rest[child] - motion.rest[bone]
            direction = normalise(quat_rotate(rotation, zero_direction))
            rotation = quat_multiply(quat_between(direction, target), rotation)
        offset = quat_from_rotvec(np.deg2rad(rule.offset_deg))
        out[joint] = quat_multiply(offset, rotation)
    return out


def bone_rotation(rule: BoneRule, motion: SourceMotion) -> Array:
    """The rule's bone ``(T, 4)`` in the file's world."""
    first, *rest = (motion.rotations_xyzw[:, motion.index(name)] for name in rule.sources)
    return slerp(first, rest[0], 0.5) if rest else first


def _about(axis: str, degrees: float) -> tuple[float, float, float, float]:
    x, y, z, w = axis_rotation(axis, np.array(np.deg2rad(degrees)))
    return float(x), float(y), float(z), float(w)


def _axes(x: tuple[int, int, int], y: tuple[int, int, int]) -> tuple[float, float, float, float]:
    """The rotation that takes a bone's own x and y axes to these world directions."""
    columns = np.stack((x, y, np.cross(x, y)), axis=-1).astype(np.float64)
    a, b, c, d = quat_from_matrix(columns)
    return float(a), float(b), float(c), float(d)


def _cmu_asf() -> Rig:
    rules = {
        _J.PELVIS: BoneRule(("root",)),
        _J.SPINE1: BoneRule(("lowerback",)),
        _J.SPINE2: BoneRule(("upperback",)),
        _J.SPINE3: BoneRule(("thorax",)),
        _J.NECK: BoneRule(("lowerneck", "upperneck")),
        _J.HEAD: BoneRule(("head",)),
    }
    for side, s in zip(_SIDES, "lr", strict=True):
        # The spread of 20° is taken out of the foot with the leg.
        straight = _about("Z", -20.0 if s == "l" else 20.0)
        rules |= {
            _J[f"{side}_HIP"]: BoneRule((f"{s}femur",), f"{s}tibia"),
            _J[f"{side}_KNEE"]: BoneRule((f"{s}tibia",), f"{s}foot"),
            _J[f"{side}_ANKLE"]: BoneRule((f"{s}foot",), None, straight),
            _J[f"{side}_FOOT"]: BoneRule((f"{s}toes",), None, straight),
            _J[f"{side}_COLLAR"]: BoneRule((f"{s}clavicle",)),
            _J[f"{side}_SHOULDER"]: BoneRule((f"{s}humerus",), f"{s}radius"),
            _J[f"{side}_ELBOW"]: BoneRule((f"{s}radius",), f"{s}wrist"),
            _J[f"{side}_WRIST"]: BoneRule((f"{s}hand",)),
        }
    return Rig(
        "cmu_asf", 1.0, ("lfemur", "rfemur"), ("ltibia", "rtibia"), ("lfoot", "rfoot"), rules
    )


def _cmu_bvh(name: str, *, arms_down: bool) -> Rig:
    """The rig of ``cmu_bvh_131`` and of the exponential-map text."""
    rules = {
        _J.PELVIS: BoneRule(("Hips",)),
        _J.SPINE1: BoneRule(("lowerback",)),
        _J.SPINE2: BoneRule(("Chest",)),
        _J.SPINE3: BoneRule(("Chest2",)),
        _J.NECK: BoneRule(("lowerneck", "Neck")),
        _J.HEAD: BoneRule(("Head",)),
    }
    for side, s in zip(_SIDES, ("Left", "Right"), strict=True):
        straight = _about("Z", -20.0 if s == "Left" else 20.0)
        raised = _about("Z", (90.0 if s == "Left" else -90.0) if arms_down else 0.0)
        rules |= {
            _J[f"{side}_HIP"]: BoneRule((f"{s}Hip",), f"{s}Knee"),
            _J[f"{side}_KNEE"]: BoneRule((f"{s}Knee",), f"{s}Ankle"),
            _J[f"{side}_ANKLE"]: BoneRule((f"{s}Ankle",), None, straight),
            _J[f"{side}_FOOT"]: BoneRule((f"{s}Toe",), None, straight),
            _J[f"{side}_COLLAR"]: BoneRule((f"{s}Collar",)),
            _J[f"{side}_SHOULDER"]: BoneRule((f"{s}Shoulder",), f"{s}Elbow", raised),
            _J[f"{side}_ELBOW"]: BoneRule((f"{s}Elbow",), f"{s}Wrist", raised),
            _J[f"{side}_WRIST"]: BoneRule((f"{s[0].lower()}hand",), None, raised),
        }
    return Rig(
        name, METRES_PER_CMU_BVH_UNIT, ("LeftHip", "RightHip"), ("LeftKnee", "RightKnee"),
        ("LeftAnkle", "RightAnkle"), rules,
    )  # fmt: skip


def _daz() -> Rig:
    rules = {
        _J.PELVIS: BoneRule(("hip",)),
        _J.SPINE1: BoneRule(("abdomen",)),
        _J.SPINE2: BoneRule(("abdomen", "chest")),
        _J.SPINE3: BoneRule(("chest",)),
        _J.NECK: BoneRule(("neck",)),
        _J.HEAD: BoneRule(("head",), offset_deg=(-16.0, 0.0, 0.0)),
    }
    # Offsets: the mean difference to the same captures in cmu_bvh_ccbase (05_01, 07_03, 07_06).
    # The file's rotations mean straight arms, although its zero pose bends them.
    for side, s, out in zip(_SIDES, "lr", (1, -1), strict=True):
        rules |= {
            _J[f"{side}_HIP"]: BoneRule((f"{s}Thigh",), f"{s}Shin", offset_deg=(-5.5, 0.0, 0.0)),
            _J[f"{side}_KNEE"]: BoneRule((f"{s}Shin",), f"{s}Foot", offset_deg=(1.5, 0.0, 0.0)),
            _J[f"{side}_ANKLE"]: BoneRule((f"{s}Foot",)),
            _J[f"{side}_COLLAR"]: BoneRule((f"{s}Collar",)),
            _J[f"{side}_SHOULDER"]: BoneRule(
                (f"{s}Shldr",), f"{s}ForeArm", offset_deg=(0.0, -0.9 * out, 5.1 * out)
            ),
            _J[f"{side}_ELBOW"]: BoneRule(
                (f"{s}ForeArm",), f"{s}Hand", offset_deg=(0.9, -17.1 * out, 9.6 * out)
            ),
            _J[f"{side}_WRIST"]: BoneRule((f"{s}Hand",)),
        }
    return Rig(
        "cmu_bvh_daz", METRES_PER_CM, ("lThigh", "rThigh"), ("lShin", "rShin"),
        ("lFoot", "rFoot"), rules, calibration_frames=1,
    )  # fmt: skip


def _ccbase() -> Rig:
    def bone(name: str) -> str:
        return f"CC_Base_{name}"

    # How far trunk, feet and hands are turned in the T-pose: the mean difference to the same
    # captures in cmu_expmap (basketball_1–5 = 06_02–06, walking_2–5 = 05_01, 06_01, 07_01–02),
    # constant there to about 1° (hands: 8° between clips).
    rules = {
        _J.PELVIS: BoneRule((bone("Hip"),)),
        _J.SPINE1: BoneRule((bone("Waist"),), offset_deg=(16.2, 0.0, 0.0)),
        _J.SPINE2: BoneRule((bone("Spine01"),), offset_deg=(-5.0, 0.0, 0.0)),
        _J.SPINE3: BoneRule((bone("Spine02"),), offset_deg=(-10.4, 0.0, 0.0)),
        _J.NECK: BoneRule((bone("NeckTwist01"), bone("NeckTwist02")), offset_deg=(10.4, 0.0, 0.0)),
        _J.HEAD: BoneRule((bone("Head"),)),
    }
    for side, s, out in zip(_SIDES, "LR", (1, -1), strict=True):
        arm = _axes((0, -out, 0), (out, 0, 0))
        leg = _axes((-1, 0, 0), (0, -1, 0))
        foot = _axes((-1, 0, 0), (0, 0, 1))
        rules |= {
            _J[f"{side}_HIP"]: BoneRule((bone(f"{s}_Thigh"),), bone(f"{s}_Calf"), leg),
            _J[f"{side}_KNEE"]: BoneRule((bone(f"{s}_Calf"),), bone(f"{s}_Foot"), leg),
            _J[f"{side}_ANKLE"]: BoneRule(
                (bone(f"{s}_Foot"),), None, foot, (13.0, 6.3 * out, -3.0 * out)
            ),
            _J[f"{side}_FOOT"]: BoneRule(
                (bone(f"{s}_ToeBase"),), None, foot, (-6.0, 4.5 * out, 0.0)
            ),
            _J[f"{side}_SHOULDER"]: BoneRule((bone(f"{s}_Upperarm"),), bone(f"{s}_Forearm"), arm),
            _J[f"{side}_ELBOW"]: BoneRule((bone(f"{s}_Forearm"),), bone(f"{s}_Hand"), arm),
            _J[f"{side}_WRIST"]: BoneRule(
                (bone(f"{s}_Hand"),), None, arm, (0.0, 3.0 * out, -9.0 * out)
            ),
        }
    return Rig(
        "cmu_bvh_ccbase", METRES_PER_CM, (bone("L_Thigh"), bone("R_Thigh")),
        (bone("L_Calf"), bone("R_Calf")), (bone("L_Foot"), bone("R_Foot")), rules,
    )  # fmt: skip


CMU_ASF: Final = _cmu_asf()
CMU_BVH_131: Final = _cmu_bvh("cmu_bvh_131", arms_down=True)
CMU_EXPMAP: Final = _cmu_bvh("cmu_expmap", arms_down=False)
CMU_BVH_DAZ: Final = _daz()
CMU_BVH_CCBASE: Final = _ccbase()
