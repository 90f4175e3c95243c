"""What there is to know of an avatar before it is used."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import degrees

import numpy as np

from bridge.geometry import rotvec_from_quat
from bridge.retarget.rig import Rig
from bridge.retarget.vrm import AvatarDescription, AvatarFormat, LookAt
from bridge.skeleton import ARKIT_NAMES, HumanBone, unity_bone_name

_B = HumanBone
_VISEMES = ("aa", "ih", "ou", "ee", "oh")
_RESTRICTIVE = ("redistribution_prohibited", "onlyauthor", "cc_by_nc", "onlyseparatelylicensed")
_DROOP_WARN_DEG = 5.0


@dataclass(frozen=True, slots=True)
class AvatarReport:
    """Facts by name, in reading order, and what the user should know."""

    facts: dict[str, str]
    warnings: tuple[str, ...]


def report(rig: Rig) -> AvatarReport:
    """Describe a rig that was read from a file."""
    description = rig.description
    if description is None:
        raise ValueError("this rig was not read from a file")
    expressions = description.expressions
    bound = [name for name, moves in expressions.items() if moves]
    shapes = sum(name in ARKIT_NAMES for name in bound)
    facts = {
        "title": description.title,
        "authors": ", ".join(description.authors) or "not stated",
        "licence": description.licence,
        "format": description.format.value,
        "bones": f"{len(rig.present)} of {len(HumanBone)}",
        "hips height": f"{rig.hips_height_m:.3f} m",
        "leg length": f"{rig.leg_length_m:.3f} m",
        "arm length": f"{_arm_length_m(rig):.3f} m",
        "rest pose": f"up to {_droop_deg(rig):.1f}° from the T-pose",
        "gaze by": description.look_at.value,
        "expressions": f"{len(bound)} of {len(expressions)} move something",
        "ARKit shapes": f"{shapes} of {len(ARKIT_NAMES)}",
    }
    return AvatarReport(facts, tuple(_warnings(rig, description, bound, shapes)))


def _warnings(rig: Rig, description: AvatarDescription, bound: list[str], shapes: int) -> list[str]:
    out: list[str] = []
    folded = {
        _B.UPPER_CHEST: "its turn is folded into Chest",
        _B.CHEST: "its turn is folded into Spine",
        _B.NECK: "its turn is folded into Head",
    }
    out += [
        f"no {unity_bone_name(bone)}: {effect}"
        for bone, effect in folded.items()
        if bone not in rig.present
    ]
    for side in ("Left", "Right"):
        fingers = [
            b for b in HumanBone
            if b.name.startswith(side.upper())
            and b.name.endswith(("PROXIMAL", "INTERMEDIATE", "DISTAL"))
        ]  # fmt: skip
        missing = [bone for bone in fingers if bone not in rig.present]
        if len(missing) == len(fingers):
            out.append(f"no fingers on the {side.lower()} hand")
        elif missing:
            names = ", ".join(unity_bone_name(bone) for bone in missing)
            out.append(f"some {side.lower()} finger bones are missing: {names}")
        if _B[f"{side.upper()}_SHOULDER"] not in rig.present:
            out.append(f"no {side}Shoulder: its turn is folded into {side}UpperArm")
    eyes = {_B.LEFT_EYE, _B.RIGHT_EYE} & rig.present
    if description.look_at is LookAt.BONE and not eyes:
        out.append("gaze is by bones, but there are no eye bones: the eyes will not move")
    if _B.JAW in rig.present and "aa" in bound:
        out.append("a Jaw bone beside mouth expressions: the mouth may open twice; set its gain 0")
    unbound = [name for name, moves in description.expressions.items() if not moves]
    unbound = [name for name in unbound if name != "neutral"]
    if unbound:
        out.append(f"expressions that move nothing: {', '.join(unbound)}")
    if description.format is not AvatarFormat.GLTF and not shapes:
        missing_visemes = [name for name in _VISEMES if name not in bound]
        if missing_visemes:
            out.append(f"no mouth shapes for {', '.join(missing_visemes)}")
        if not {"blink", "blinkLeft"} & set(bound):
            out.append("no blink: the eyes will stay open")
    if _droop_deg(rig) > _DROOP_WARN_DEG:
        out.append("the rest pose is not a T-pose: it is corrected here, not in the file")
    if description.licence.lower() in _RESTRICTIVE:
        out.append(f"licence {description.licence}: read it before you show the avatar in public")
    elif description.licence == "not stated":
        out.append("no licence stated: ask its author before you show the avatar in public")
    return out


def _arm_length_m(rig: Rig) -> float:
    points = [rig.positions_m[b] for b in (_B.LEFT_UPPER_ARM, _B.LEFT_LOWER_ARM, _B.LEFT_HAND)]
    return float(sum(np.linalg.norm(b - a) for a, b in itertools.pairwise(points)))


def _droop_deg(rig: Rig) -> float:
    arms = [_B.LEFT_UPPER_ARM, _B.RIGHT_UPPER_ARM, _B.LEFT_LOWER_ARM, _B.RIGHT_LOWER_ARM]
    rotvecs = rotvec_from_quat(rig.align_xyzw[arms])
    return degrees(float(np.linalg.norm(rotvecs, axis=1).max()))
