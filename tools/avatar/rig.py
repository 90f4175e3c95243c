"""The avatar's joints: 55 VRM humanoid bones and the chains that swing, in the rest T-pose."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]

EYE_RADIUS_M: Final = 0.045  # larger than the visible part: a flat eye, most of it in the head
ARM_HEIGHT_M: Final = 1.105
ARM_DEPTH_M: Final = -0.010
WRIST_X_M: Final = 0.515

# name: (parent, place in the world at rest). The avatar's left is +X. 1.5 m tall, big head.
_MIDDLE: Final[dict[str, tuple[str | None, Vector]]] = {
    "hips": (None, (0.0, 0.790, 0.0)),
    "spine": ("hips", (0.0, 0.865, -0.005)),
    "chest": ("spine", (0.0, 0.950, -0.010)),
    "upperChest": ("chest", (0.0, 1.030, -0.010)),
    "neck": ("upperChest", (0.0, 1.165, -0.012)),
    "head": ("neck", (0.0, 1.225, -0.004)),
    "jaw": ("head", (0.0, 1.280, 0.015)),
    "tuft1": ("head", (0.0, 1.476, -0.005)),
    "tuft2": ("tuft1", (0.004, 1.512, -0.012)),
    "tuft3": ("tuft2", (0.022, 1.540, -0.022)),
}
_LEFT: Final[dict[str, tuple[str, Vector]]] = {
    "Eye": ("head", (0.0338, 1.3372, 0.0655)),
    "UpperLeg": ("hips", (0.072, 0.745, 0.0)),
    "LowerLeg": ("leftUpperLeg", (0.075, 0.410, 0.006)),
    "Foot": ("leftLowerLeg", (0.077, 0.078, -0.008)),
    "Toes": ("leftFoot", (0.080, 0.024, 0.085)),
    "Shoulder": ("upperChest", (0.030, 1.120, ARM_DEPTH_M)),
    "UpperArm": ("leftShoulder", (0.120, ARM_HEIGHT_M, ARM_DEPTH_M)),
    "LowerArm": ("leftUpperArm", (0.320, ARM_HEIGHT_M, ARM_DEPTH_M)),
    "Hand": ("leftLowerArm", (WRIST_X_M, ARM_HEIGHT_M, ARM_DEPTH_M)),
    "String1": ("upperChest", (0.034, 1.130, 0.074)),
    "String2": ("leftString1", (0.036, 1.065, 0.0965)),
    "String3": ("leftString2", (0.037, 1.005, 0.1025)),
}
# Along the hand from the wrist, up, forward (towards the thumb); then phalanx lengths, metres.
FINGERS: Final[dict[str, tuple[Vector, Vector, tuple[float, float, float]]]] = {
    "Index": ((0.078, 0.002, 0.026), (1.0, 0.0, 0.05), (0.031, 0.020, 0.017)),
    "Middle": ((0.080, 0.003, 0.0075), (1.0, 0.0, 0.01), (0.034, 0.022, 0.018)),
    "Ring": ((0.077, 0.002, -0.0105), (1.0, 0.0, -0.03), (0.031, 0.020, 0.017)),
    "Little": ((0.071, -0.001, -0.0275), (1.0, 0.0, -0.08), (0.024, 0.016, 0.015)),
    "Thumb": ((0.020, -0.008, 0.024), (0.72, -0.25, 0.65), (0.034, 0.026, 0.022)),
}
THUMB_PHALANGES: Final = ("Metacarpal", "Proximal", "Distal")
FINGER_PHALANGES: Final = ("Proximal", "Intermediate", "Distal")


def _joints() -> dict[str, tuple[str | None, Vector]]:
    joints: dict[str, tuple[str | None, Vector]] = dict(_MIDDLE)
    for name, (parent, place) in _LEFT.items():
        joints[f"left{name}"] = (parent, place)
    wrist = np.array(_LEFT["Hand"][1])
    for finger, (base, direction, lengths) in FINGERS.items():
        unit = np.array(direction) / np.linalg.norm(direction)
        phalanges = THUMB_PHALANGES if finger == "Thumb" else FINGER_PHALANGES
        along, parent = 0.0, "leftHand"
        for phalanx, length in zip(phalanges, lengths, strict=True):
            point = wrist + np.array(base) + unit * along
            joints[f"left{finger}{phalanx}"] = (parent, (point[0], point[1], point[2]))
            parent, along = f"left{finger}{phalanx}", along + length
    for name, (parent, (x, y, z)) in list(joints.items()):
        if name.startswith("left"):
            other = parent.replace("left", "right") if parent else None
            joints[name.replace("left", "right")] = (other, (-x, y, z))
    return joints


JOINTS: Final = _joints()
SWINGING: Final = {
    "tuft": ("tuft1", "tuft2", "tuft3"),
    "string left": ("leftString1", "leftString2", "leftString3"),
    "string right": ("rightString1", "rightString2", "rightString3"),
}
SWINGING_JOINTS: Final = tuple(joint for chain in SWINGING.values() for joint in chain)


def at(joint: str) -> NDArray[np.float64]:
    """A joint's place at rest, metres."""
    return np.array(JOINTS[joint][1])
