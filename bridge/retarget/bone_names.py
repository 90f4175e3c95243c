"""Bones of humanoids that carry no VRM description, by the usual names of their nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bridge.skeleton import HumanBone, unity_bone_name

# What exporters put before every name: Mixamo, Biped, VRoid, Rigify's deform bones, Character
# Creator.
_PREFIX: Final = re.compile(r"^(mixamorig\d*|bip\d*|jbipc|jbip|jsec|def|ccbase|armature)")
_SIDE_WORD: Final = re.compile(r"left|right")
_JUNK: Final = re.compile(r"[^a-z0-9]")

# Spellings without their side, lower case and without separators.
_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "Hips": ("hips", "hip", "pelvis"),
    "Spine": ("spine", "spine0", "abdomen", "tummy", "torso"),
    "Chest": ("chest", "spine1", "spine01"),
    "UpperChest": ("upperchest", "spine2", "spine02"),
    "Neck": ("neck", "neck1", "neck01"),
    "Head": ("head",),
    "Jaw": ("jaw",),
    "Eye": ("eye",),
    "Shoulder": ("shoulder", "clavicle", "collar"),
    "UpperArm": ("upperarm", "arm", "uparm"),
    "LowerArm": ("lowerarm", "forearm", "elbow", "loarm"),
    "Hand": ("hand", "wrist"),
    "UpperLeg": ("upperleg", "upleg", "thigh"),
    "LowerLeg": ("lowerleg", "leg", "calf", "shin", "knee"),
    "Foot": ("foot", "ankle"),
    "Toes": ("toes", "toe", "toebase", "ball"),
}
_FINGERS: Final = {
    "Thumb": "thumb", "Index": "index", "Middle": "middle", "Ring": "ring", "Little": "little",
}  # fmt: skip
_PHALANGES: Final = ("Proximal", "Intermediate", "Distal")


def guess_bones(node_names: Sequence[str]) -> dict[HumanBone, int]:
    """Node index by bone, for every bone that a name tells; the first node of a name counts."""
    index_of: dict[str, int] = {}
    for index, name in enumerate(node_names):
        index_of.setdefault(_plain(name), index)
    bones: dict[HumanBone, int] = {}
    for bone in HumanBone:
        for spelling in _spellings(bone):
            index = index_of.get(spelling)
            if index is not None and index not in bones.values():
                bones[bone] = index
                break
    return bones


def _plain(name: str) -> str:
    """Lower case with the side in front: ``mixamorig:LeftForeArm`` → ``leftforearm``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    words = [word for word in re.split(r"[^a-z0-9]+", spaced) if word]
    side = ""
    rest: list[str] = []
    for word in words:
        if word in ("l", "left", "r", "right") and not side:
            side = "left" if word[0] == "l" else "right"
        else:
            rest.append(word)
    plain = _PREFIX.sub("", _JUNK.sub("", "".join(rest)))
    if not side and (found := _SIDE_WORD.search(plain)):
        side = found[0]
        plain = plain.replace(side, "", 1)
    return side + plain


def _spellings(bone: HumanBone) -> list[str]:
    name = unity_bone_name(bone)
    side = ""
    for word in ("Left", "Right"):
        if name.startswith(word):
            side, name = word.lower(), name[len(word) :]
    for finger, alias in _FINGERS.items():
        if name.startswith(finger):
            number = _PHALANGES.index(name[len(finger) :]) + 1
            aliases = (alias, "pinky") if finger == "Little" else (alias,)
            out: list[str] = []
            for word in aliases:
                out += [f"{side}{word}{name[len(finger) :].lower()}", f"{side}hand{word}{number}"]
                out += [f"{side}{word}{number}", f"{side}{word}0{number}"]
            return out
    return [side + alias for alias in _ALIASES[name]]
