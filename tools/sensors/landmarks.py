"""Where every sensor's landmarks lie on a posed SMPL-X skeleton.

A landmark is a point fixed to one joint, given by its place in the rest pose. Joint centres come
from the rest skeleton; points on the head, feet and trunk from anthropometry:

- head: L. Farkas, *Anthropometry of the Head and Face* (1994), adult means of both sexes
  (biocular width 89.5 mm, mouth 52 mm, ears 150 mm apart at the canals); the Frankfurt plane is
  level in the rest pose;
- foot: heel 75 mm behind the ankle, tip of the big toe 45 mm before its base (C. Hawes and
  D. Sovak, *Ergonomics* 37, 1994, scaled to a 1.70 m body).

Names follow the sensors' own documentation: MediaPipe Pose (BlazePose GHUM), Azure Kinect Body
Tracking SDK ``k4abt_joint_id_t``, Kinect SDK 2.0 ``JointType``, OpenPose's output format, COCO.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import quat_rotate
from bridge.kinematics import FINGERTIP_MM, rest_joints_m
from bridge.layouts import BodyLandmark, HandLandmark, Layout
from bridge.skeleton import SmplxJoint
from tools.mocap.motion import Array

J = SmplxJoint

# Points that are no joints: joint they move with, and offset from it in the rest pose for the
# left side or the middle (mm; x left, y up, z forward).
_POINTS_MM: Final[dict[str, tuple[str, tuple[float, float, float]]]] = {
    "NOSE": ("HEAD", (0.0, 25.0, 110.0)),
    "EYE_INNER": ("HEAD", (16.0, 61.0, 84.0)),
    "EYE_OUTER": ("HEAD", (45.0, 61.0, 74.0)),
    "EAR": ("HEAD", (75.0, 39.0, -2.0)),
    "MOUTH": ("HEAD", (26.0, -13.0, 90.0)),
    "HEAD_MIDDLE": ("HEAD", (0.0, 60.0, 20.0)),
    "HEEL": ("ANKLE", (0.0, -46.0, -75.0)),
    "TOE_TIP": ("FOOT", (0.0, 0.0, 45.0)),
    "SMALL_TOE": ("FOOT", (45.0, 0.0, -5.0)),
    "PALM": ("WRIST", (70.0, 0.0, 5.0)),
}
_SIDELESS: Final = ("NOSE", "HEAD_MIDDLE")
_MM: Final = 1e-3


@dataclass(frozen=True, slots=True)
class LandmarkSet:
    """K named points: the joint each moves with ``(K,)`` and its offset there ``(K, 3)``, m."""

    layout: Layout
    names: tuple[str, ...]
    joints: NDArray[np.intp]
    offsets_m: Array

    def place(self, positions_m: Array, rotations_xyzw: Array) -> Array:
        """Landmarks ``(..., K, 3)`` of joints ``(..., 55, 3)`` and ``(..., 55, 4)``, world."""
        turned = quat_rotate(rotations_xyzw[..., self.joints, :], self.offsets_m)
        return positions_m[..., self.joints, :] + turned


def landmark_set(layout: Layout, *, side: str = "LEFT") -> LandmarkSet:
    """The points of ``layout``; ``side`` tells which hand a hand layout belongs to."""
    if layout is Layout.MEDIAPIPE_HAND_21:
        names = tuple(landmark.name for landmark in HandLandmark)
        rows = [_hand_point(landmark, side) for landmark in HandLandmark]
    elif layout is Layout.MEDIAPIPE_BODY_33:
        names = tuple(landmark.name for landmark in BodyLandmark)
        rows = [_mediapipe_point(name) for name in names]
    else:
        names = _NAMES[layout]
        rows = [point(name) for name in names]
    joints = np.array([joint for joint, _ in rows], np.intp)
    return LandmarkSet(layout, names, joints, np.array([offset for _, offset in rows]))


def point(name: str) -> tuple[SmplxJoint, Array]:
    """Owner and offset of a joint of the rest skeleton, or of a point of ``_POINTS_MM`` whose
    name has ``LEFT_`` or ``RIGHT_`` before it."""
    if name in J.__members__:
        return J[name], np.zeros(3)
    side, _, part = name.partition("_")
    if name in _SIDELESS:
        joint, offset = _POINTS_MM[name]
        return J[joint], np.array(offset) * _MM
    joint, offset = _POINTS_MM[part]
    mirror = np.array([1.0 if side == "LEFT" else -1.0, 1.0, 1.0])
    owner = J[joint] if joint in J.__members__ else J[f"{side}_{joint}"]
    return owner, np.array(offset) * mirror * _MM


# The thumb is its base: measured 16 to 25 mm from the wrist on real clips.
_MEDIAPIPE_NAMES: Final = {"PINKY": "PINKY1", "INDEX": "INDEX1", "THUMB": "THUMB1"}


def _mediapipe_point(name: str) -> tuple[SmplxJoint, Array]:
    if name.startswith("MOUTH_"):
        return point(f"{name.removeprefix('MOUTH_')}_MOUTH")
    side, _, part = name.partition("_")
    if part == "FOOT_INDEX":
        return point(f"{side}_TOE_TIP")
    return point(f"{side}_{_MEDIAPIPE_NAMES[part]}" if part in _MEDIAPIPE_NAMES else name)


_PHALANX_OF: Final = {"CMC": 1, "MCP": 1, "PIP": 2, "DIP": 3}
_THUMB_PHALANX_OF: Final = {"CMC": 1, "MCP": 2, "IP": 3}


def _hand_point(landmark: HandLandmark, side: str) -> tuple[SmplxJoint, Array]:
    if landmark is HandLandmark.WRIST:
        return J[f"{side}_WRIST"], np.zeros(3)
    finger, _, part = landmark.name.partition("_")
    if part == "TIP":
        last, before = J[f"{side}_{finger}3"], J[f"{side}_{finger}2"]
        rest = rest_joints_m().astype(np.float64)
        direction = (rest[last] - rest[before]) / np.linalg.norm(rest[last] - rest[before])
        return last, direction * FINGERTIP_MM[finger] * _MM
    phalanx = (_THUMB_PHALANX_OF if finger == "THUMB" else _PHALANX_OF)[part]
    return J[f"{side}_{finger}{phalanx}"], np.zeros(3)


def _both(*names: str) -> tuple[str, ...]:
    """``LEFT_a RIGHT_a LEFT_b RIGHT_b``."""
    return tuple(f"{side}_{name}" for name in names for side in ("LEFT", "RIGHT"))


def _each(*names: str) -> tuple[str, ...]:
    """``LEFT_a LEFT_b RIGHT_a RIGHT_b``."""
    return tuple(f"{side}_{name}" for side in ("LEFT", "RIGHT") for name in names)


_KINECT_V2_LEGS: Final = ("HIP", "KNEE", "ANKLE", "FOOT")
_COCO: Final = (
    "NOSE", *_both("EYE", "EAR", "SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE"),
)  # fmt: skip
_NAMES: Final[dict[Layout, tuple[str, ...]]] = {
    Layout.AZURE_KINECT_32: (
        "PELVIS", "SPINE1", "SPINE3", "NECK",
        *_each("COLLAR", "SHOULDER", "ELBOW", "WRIST", "PALM", "MIDDLE3", "THUMB3"),
        *_each("HIP", "KNEE", "ANKLE", "FOOT"),
        "HEAD", "NOSE", *_each("EYE", "EAR"),
    ),
    Layout.KINECT_V2_25: (
        "PELVIS", "SPINE2", "NECK", "HEAD_MIDDLE",
        *_each("SHOULDER", "ELBOW", "WRIST", "PALM"), *_each(*_KINECT_V2_LEGS),
        "NECK", "LEFT_MIDDLE3", "LEFT_THUMB3", "RIGHT_MIDDLE3", "RIGHT_THUMB3",
    ),
    Layout.OPENPOSE_BODY_25: (
        "NOSE", "NECK", "RIGHT_SHOULDER", "RIGHT_ELBOW", "RIGHT_WRIST",
        "LEFT_SHOULDER", "LEFT_ELBOW", "LEFT_WRIST", "PELVIS",
        "RIGHT_HIP", "RIGHT_KNEE", "RIGHT_ANKLE", "LEFT_HIP", "LEFT_KNEE", "LEFT_ANKLE",
        "RIGHT_EYE", "LEFT_EYE", "RIGHT_EAR", "LEFT_EAR",
        "LEFT_TOE_TIP", "LEFT_SMALL_TOE", "LEFT_HEEL",
        "RIGHT_TOE_TIP", "RIGHT_SMALL_TOE", "RIGHT_HEEL",
    ),
    Layout.COCO_17: _COCO,
}  # fmt: skip
