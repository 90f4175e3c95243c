"""Joints, bones and blendshapes by name, their parents, and the named maps between them.

SMPL-X joints, VRM bones and Unity's ``HumanBodyBones`` all number 55, in three different
orders and with different members: always index through these enums.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class SmplxJoint(IntEnum):
    """The 55 joints of SMPL-X, in the order of its ``poses`` array (AMASS, ``poses (T, 165)``)."""

    PELVIS = 0
    LEFT_HIP = 1
    RIGHT_HIP = 2
    SPINE1 = 3
    LEFT_KNEE = 4
    RIGHT_KNEE = 5
    SPINE2 = 6
    LEFT_ANKLE = 7
    RIGHT_ANKLE = 8
    SPINE3 = 9
    LEFT_FOOT = 10
    RIGHT_FOOT = 11
    NECK = 12
    LEFT_COLLAR = 13
    RIGHT_COLLAR = 14
    HEAD = 15
    LEFT_SHOULDER = 16
    RIGHT_SHOULDER = 17
    LEFT_ELBOW = 18
    RIGHT_ELBOW = 19
    LEFT_WRIST = 20
    RIGHT_WRIST = 21
    JAW = 22
    LEFT_EYE = 23
    RIGHT_EYE = 24
    LEFT_INDEX1 = 25
    LEFT_INDEX2 = 26
    LEFT_INDEX3 = 27
    LEFT_MIDDLE1 = 28
    LEFT_MIDDLE2 = 29
    LEFT_MIDDLE3 = 30
    LEFT_PINKY1 = 31
    LEFT_PINKY2 = 32
    LEFT_PINKY3 = 33
    LEFT_RING1 = 34
    LEFT_RING2 = 35
    LEFT_RING3 = 36
    LEFT_THUMB1 = 37
    LEFT_THUMB2 = 38
    LEFT_THUMB3 = 39
    RIGHT_INDEX1 = 40
    RIGHT_INDEX2 = 41
    RIGHT_INDEX3 = 42
    RIGHT_MIDDLE1 = 43
    RIGHT_MIDDLE2 = 44
    RIGHT_MIDDLE3 = 45
    RIGHT_PINKY1 = 46
    RIGHT_PINKY2 = 47
    RIGHT_PINKY3 = 48
    RIGHT_RING1 = 49
    RIGHT_RING2 = 50
    RIGHT_RING3 = 51
    RIGHT_THUMB1 = 52
    RIGHT_THUMB2 = 53
    RIGHT_THUMB3 = 54


class HumanBone(IntEnum):
    """The 55 bones of Unity's ``HumanBodyBones``, in Unity's order (2019.4 to 6000.0)."""

    HIPS = 0
    LEFT_UPPER_LEG = 1
    RIGHT_UPPER_LEG = 2
    LEFT_LOWER_LEG = 3
    RIGHT_LOWER_LEG = 4
    LEFT_FOOT = 5
    RIGHT_FOOT = 6
    SPINE = 7
    CHEST = 8
    NECK = 9
    HEAD = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_UPPER_ARM = 13
    RIGHT_UPPER_ARM = 14
    LEFT_LOWER_ARM = 15
    RIGHT_LOWER_ARM = 16
    LEFT_HAND = 17
    RIGHT_HAND = 18
    LEFT_TOES = 19
    RIGHT_TOES = 20
    LEFT_EYE = 21
    RIGHT_EYE = 22
    JAW = 23
    LEFT_THUMB_PROXIMAL = 24
    LEFT_THUMB_INTERMEDIATE = 25
    LEFT_THUMB_DISTAL = 26
    LEFT_INDEX_PROXIMAL = 27
    LEFT_INDEX_INTERMEDIATE = 28
    LEFT_INDEX_DISTAL = 29
    LEFT_MIDDLE_PROXIMAL = 30
    LEFT_MIDDLE_INTERMEDIATE = 31
    LEFT_MIDDLE_DISTAL = 32
    LEFT_RING_PROXIMAL = 33
    LEFT_RING_INTERMEDIATE = 34
    LEFT_RING_DISTAL = 35
    LEFT_LITTLE_PROXIMAL = 36
    LEFT_LITTLE_INTERMEDIATE = 37
    LEFT_LITTLE_DISTAL = 38
    RIGHT_THUMB_PROXIMAL = 39
    RIGHT_THUMB_INTERMEDIATE = 40
    RIGHT_THUMB_DISTAL = 41
    RIGHT_INDEX_PROXIMAL = 42
    RIGHT_INDEX_INTERMEDIATE = 43
    RIGHT_INDEX_DISTAL = 44
    RIGHT_MIDDLE_PROXIMAL = 45
    RIGHT_MIDDLE_INTERMEDIATE = 46
    RIGHT_MIDDLE_DISTAL = 47
    RIGHT_RING_PROXIMAL = 48
    RIGHT_RING_INTERMEDIATE = 49
    RIGHT_RING_DISTAL = 50
    RIGHT_LITTLE_PROXIMAL = 51
    RIGHT_LITTLE_INTERMEDIATE = 52
    RIGHT_LITTLE_DISTAL = 53
    UPPER_CHEST = 54


class ArkitBlendshape(IntEnum):
    """Apple ARKit's 52 blendshape locations in alphabetical order of their camelCase names."""

    BROW_DOWN_LEFT = 0
    BROW_DOWN_RIGHT = 1
    BROW_INNER_UP = 2
    BROW_OUTER_UP_LEFT = 3
    BROW_OUTER_UP_RIGHT = 4
    CHEEK_PUFF = 5
    CHEEK_SQUINT_LEFT = 6
    CHEEK_SQUINT_RIGHT = 7
    EYE_BLINK_LEFT = 8
    EYE_BLINK_RIGHT = 9
    EYE_LOOK_DOWN_LEFT = 10
    EYE_LOOK_DOWN_RIGHT = 11
    EYE_LOOK_IN_LEFT = 12
    EYE_LOOK_IN_RIGHT = 13
    EYE_LOOK_OUT_LEFT = 14
    EYE_LOOK_OUT_RIGHT = 15
    EYE_LOOK_UP_LEFT = 16
    EYE_LOOK_UP_RIGHT = 17
    EYE_SQUINT_LEFT = 18
    EYE_SQUINT_RIGHT = 19
    EYE_WIDE_LEFT = 20
    EYE_WIDE_RIGHT = 21
    JAW_FORWARD = 22
    JAW_LEFT = 23
    JAW_OPEN = 24
    JAW_RIGHT = 25
    MOUTH_CLOSE = 26
    MOUTH_DIMPLE_LEFT = 27
    MOUTH_DIMPLE_RIGHT = 28
    MOUTH_FROWN_LEFT = 29
    MOUTH_FROWN_RIGHT = 30
    MOUTH_FUNNEL = 31
    MOUTH_LEFT = 32
    MOUTH_LOWER_DOWN_LEFT = 33
    MOUTH_LOWER_DOWN_RIGHT = 34
    MOUTH_PRESS_LEFT = 35
    MOUTH_PRESS_RIGHT = 36
    MOUTH_PUCKER = 37
    MOUTH_RIGHT = 38
    MOUTH_ROLL_LOWER = 39
    MOUTH_ROLL_UPPER = 40
    MOUTH_SHRUG_LOWER = 41
    MOUTH_SHRUG_UPPER = 42
    MOUTH_SMILE_LEFT = 43
    MOUTH_SMILE_RIGHT = 44
    MOUTH_STRETCH_LEFT = 45
    MOUTH_STRETCH_RIGHT = 46
    MOUTH_UPPER_UP_LEFT = 47
    MOUTH_UPPER_UP_RIGHT = 48
    NOSE_SNEER_LEFT = 49
    NOSE_SNEER_RIGHT = 50
    TONGUE_OUT = 51

    @property
    def camel(self) -> str:
        """Apple's spelling, ``eyeBlinkLeft``."""
        head, *tail = self.name.split("_")
        return head.lower() + "".join(word.capitalize() for word in tail)

    @property
    def pascal(self) -> str:
        """Perfect Sync's spelling, ``EyeBlinkLeft``."""
        return "".join(word.capitalize() for word in self.name.split("_"))


SMPLX_JOINT_COUNT: Final = len(SmplxJoint)
HUMAN_BONE_COUNT: Final = len(HumanBone)
ARKIT_COUNT: Final = len(ArkitBlendshape)
ARKIT_NAMES: Final[tuple[str, ...]] = tuple(shape.camel for shape in ArkitBlendshape)

BODY_JOINTS: Final = tuple(SmplxJoint(i) for i in range(22))
LEFT_HAND_JOINTS: Final = tuple(SmplxJoint(i) for i in range(25, 40))
RIGHT_HAND_JOINTS: Final = tuple(SmplxJoint(i) for i in range(40, 55))

_J = SmplxJoint
_B = HumanBone


def _finger_parents() -> dict[SmplxJoint, SmplxJoint]:
    parents: dict[SmplxJoint, SmplxJoint] = {}
    for side in ("LEFT", "RIGHT"):
        for finger in ("INDEX", "MIDDLE", "PINKY", "RING", "THUMB"):
            previous = _J[f"{side}_WRIST"]
            for segment in (1, 2, 3):
                joint = _J[f"{side}_{finger}{segment}"]
                parents[joint] = previous
                previous = joint
    return parents


# The pelvis is the root and has no entry. Every parent comes before its child in the enum.
SMPLX_PARENT: Final[dict[SmplxJoint, SmplxJoint]] = {
    _J.LEFT_HIP: _J.PELVIS,
    _J.RIGHT_HIP: _J.PELVIS,
    _J.SPINE1: _J.PELVIS,
    _J.LEFT_KNEE: _J.LEFT_HIP,
    _J.RIGHT_KNEE: _J.RIGHT_HIP,
    _J.SPINE2: _J.SPINE1,
    _J.LEFT_ANKLE: _J.LEFT_KNEE,
    _J.RIGHT_ANKLE: _J.RIGHT_KNEE,
    _J.SPINE3: _J.SPINE2,
    _J.LEFT_FOOT: _J.LEFT_ANKLE,
    _J.RIGHT_FOOT: _J.RIGHT_ANKLE,
    _J.NECK: _J.SPINE3,
    _J.LEFT_COLLAR: _J.SPINE3,
    _J.RIGHT_COLLAR: _J.SPINE3,
    _J.HEAD: _J.NECK,
    _J.LEFT_SHOULDER: _J.LEFT_COLLAR,
    _J.RIGHT_SHOULDER: _J.RIGHT_COLLAR,
    _J.LEFT_ELBOW: _J.LEFT_SHOULDER,
    _J.RIGHT_ELBOW: _J.RIGHT_SHOULDER,
    _J.LEFT_WRIST: _J.LEFT_ELBOW,
    _J.RIGHT_WRIST: _J.RIGHT_ELBOW,
    _J.JAW: _J.HEAD,
    _J.LEFT_EYE: _J.HEAD,
    _J.RIGHT_EYE: _J.HEAD,
    **_finger_parents(),
}

SMPLX_PARENT_INDEX: Final[tuple[int, ...]] = tuple(
    int(SMPLX_PARENT[joint]) if joint in SMPLX_PARENT else -1 for joint in SmplxJoint
)


def _human_bone_of() -> dict[SmplxJoint, HumanBone]:
    bones = {
        _J.PELVIS: _B.HIPS,
        _J.SPINE1: _B.SPINE,
        _J.SPINE2: _B.CHEST,
        _J.SPINE3: _B.UPPER_CHEST,
        _J.NECK: _B.NECK,
        _J.HEAD: _B.HEAD,
        _J.JAW: _B.JAW,
    }
    limb = {
        "HIP": "UPPER_LEG",
        "KNEE": "LOWER_LEG",
        "ANKLE": "FOOT",
        "FOOT": "TOES",
        "COLLAR": "SHOULDER",
        "SHOULDER": "UPPER_ARM",
        "ELBOW": "LOWER_ARM",
        "WRIST": "HAND",
        "EYE": "EYE",
    }
    finger = {
        "INDEX": "INDEX",
        "MIDDLE": "MIDDLE",
        "PINKY": "LITTLE",
        "RING": "RING",
        "THUMB": "THUMB",
    }
    phalanx = {1: "PROXIMAL", 2: "INTERMEDIATE", 3: "DISTAL"}
    for side in ("LEFT", "RIGHT"):
        for joint, bone in limb.items():
            bones[_J[f"{side}_{joint}"]] = _B[f"{side}_{bone}"]
        for joint, bone in finger.items():
            for segment, name in phalanx.items():
                bones[_J[f"{side}_{joint}{segment}"]] = _B[f"{side}_{bone}_{name}"]
    return bones


# One to one: a zero SMPL-X rotation and an identity humanoid rotation both mean the T-pose.
HUMAN_BONE_OF: Final[dict[SmplxJoint, HumanBone]] = _human_bone_of()
SMPLX_JOINT_OF: Final[dict[HumanBone, SmplxJoint]] = {b: j for j, b in HUMAN_BONE_OF.items()}

HUMAN_PARENT: Final[dict[HumanBone, HumanBone]] = {
    HUMAN_BONE_OF[joint]: HUMAN_BONE_OF[parent] for joint, parent in SMPLX_PARENT.items()
}


def unity_bone_name(bone: HumanBone) -> str:
    """Unity's and VMC's spelling: ``LeftUpperArm``."""
    return "".join(word.capitalize() for word in bone.name.split("_"))


def opposite(name: str) -> str:
    """Exchange left and right in an upper-case enum name; a name without a side stays."""
    for one, other in (("LEFT", "RIGHT"), ("RIGHT", "LEFT")):
        if name.startswith(f"{one}_"):
            return other + name[len(one) :]
        if name.endswith(f"_{one}"):
            return name[: -len(one)] + other
    return name


MIRRORED_JOINT: Final[tuple[int, ...]] = tuple(int(_J[opposite(j.name)]) for j in SmplxJoint)
MIRRORED_BONE: Final[tuple[int, ...]] = tuple(int(_B[opposite(b.name)]) for b in HumanBone)
MIRRORED_ARKIT: Final[tuple[int, ...]] = tuple(
    int(ArkitBlendshape[opposite(s.name)]) for s in ArkitBlendshape
)
