"""Landmarks of any sensor as one set of named joints in world axes.

Sensors differ in what they see and in where they put it. The solver and the network know only
these joints; one that a sensor does not give has confidence 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import world_from_camera
from bridge.layouts import BodyLandmark, HandLandmark, Layout
from bridge.solving.parts import Array
from bridge.types import Intrinsics, Keypoints


class CanonicalJoint(IntEnum):
    """Points of the body that some sensor gives; left and right are the performer's own.

    INDEX, MIDDLE and PINKY are knuckles, THUMB the thumb's second joint, TOE the big toe.
    """

    NOSE = 0
    LEFT_EYE = 1
    RIGHT_EYE = 2
    LEFT_EAR = 3
    RIGHT_EAR = 4
    LEFT_MOUTH = 5
    RIGHT_MOUTH = 6
    LEFT_SHOULDER = 7
    RIGHT_SHOULDER = 8
    LEFT_ELBOW = 9
    RIGHT_ELBOW = 10
    LEFT_WRIST = 11
    RIGHT_WRIST = 12
    LEFT_INDEX = 13
    RIGHT_INDEX = 14
    LEFT_PINKY = 15
    RIGHT_PINKY = 16
    LEFT_THUMB = 17
    RIGHT_THUMB = 18
    LEFT_MIDDLE = 19
    RIGHT_MIDDLE = 20
    LEFT_HIP = 21
    RIGHT_HIP = 22
    LEFT_KNEE = 23
    RIGHT_KNEE = 24
    LEFT_ANKLE = 25
    RIGHT_ANKLE = 26
    LEFT_HEEL = 27
    RIGHT_HEEL = 28
    LEFT_TOE = 29
    RIGHT_TOE = 30
    PELVIS = 31
    NAVEL = 32
    CHEST = 33
    NECK = 34
    HEAD = 35
    LEFT_CLAVICLE = 36
    RIGHT_CLAVICLE = 37


CANONICAL_COUNT: Final = len(CanonicalJoint)
C = CanonicalJoint

# Layouts whose positions are measured from the camera itself (depth sensors).
CAMERA_ORIGIN_LAYOUTS: Final = frozenset(
    {Layout.AZURE_KINECT_32, Layout.KINECT_V2_25, Layout.MEDIAPIPE_BODY_33_METRIC}
)
# Layouts of body trackers that give a whole skeleton; of a hand they tell palm and thumb alone.
SKELETON_LAYOUTS: Final = frozenset({Layout.AZURE_KINECT_32, Layout.KINECT_V2_25})

_MEDIAPIPE: Final = {
    joint: int(
        BodyLandmark[
            {"LEFT_MOUTH": "MOUTH_LEFT", "RIGHT_MOUTH": "MOUTH_RIGHT"}.get(
                joint.name, joint.name.replace("_TOE", "_FOOT_INDEX")
            )
        ]
    )
    for joint in C
    if joint <= C.RIGHT_TOE and not joint.name.endswith("_MIDDLE")
}

# Azure Kinect Body Tracking SDK, k4abt_joint_id_t. HAND is the middle of the palm.
_AZURE: Final = {
    C.PELVIS: 0, C.NAVEL: 1, C.CHEST: 2, C.NECK: 3,
    C.LEFT_CLAVICLE: 4, C.LEFT_SHOULDER: 5, C.LEFT_ELBOW: 6, C.LEFT_WRIST: 7,
    C.LEFT_MIDDLE: 8, C.LEFT_THUMB: 10,
    C.RIGHT_CLAVICLE: 11, C.RIGHT_SHOULDER: 12, C.RIGHT_ELBOW: 13, C.RIGHT_WRIST: 14,
    C.RIGHT_MIDDLE: 15, C.RIGHT_THUMB: 17,
    C.LEFT_HIP: 18, C.LEFT_KNEE: 19, C.LEFT_ANKLE: 20, C.LEFT_TOE: 21,
    C.RIGHT_HIP: 22, C.RIGHT_KNEE: 23, C.RIGHT_ANKLE: 24, C.RIGHT_TOE: 25,
    C.HEAD: 26, C.NOSE: 27, C.LEFT_EYE: 28, C.LEFT_EAR: 29, C.RIGHT_EYE: 30, C.RIGHT_EAR: 31,
}  # fmt: skip
# Kinect for Windows SDK 2.0, JointType. HEAD is the middle of the head.
_KINECT_V2: Final = {
    C.PELVIS: 0, C.NAVEL: 1, C.NECK: 2, C.HEAD: 3,
    C.LEFT_SHOULDER: 4, C.LEFT_ELBOW: 5, C.LEFT_WRIST: 6, C.LEFT_MIDDLE: 7,
    C.RIGHT_SHOULDER: 8, C.RIGHT_ELBOW: 9, C.RIGHT_WRIST: 10, C.RIGHT_MIDDLE: 11,
    C.LEFT_HIP: 12, C.LEFT_KNEE: 13, C.LEFT_ANKLE: 14, C.LEFT_TOE: 15,
    C.RIGHT_HIP: 16, C.RIGHT_KNEE: 17, C.RIGHT_ANKLE: 18, C.RIGHT_TOE: 19,
    C.CHEST: 20, C.LEFT_THUMB: 22, C.RIGHT_THUMB: 24,
}  # fmt: skip
_BODY_25: Final = {
    C.NOSE: 0, C.NECK: 1, C.RIGHT_SHOULDER: 2, C.RIGHT_ELBOW: 3, C.RIGHT_WRIST: 4,
    C.LEFT_SHOULDER: 5, C.LEFT_ELBOW: 6, C.LEFT_WRIST: 7, C.PELVIS: 8,
    C.RIGHT_HIP: 9, C.RIGHT_KNEE: 10, C.RIGHT_ANKLE: 11,
    C.LEFT_HIP: 12, C.LEFT_KNEE: 13, C.LEFT_ANKLE: 14,
    C.RIGHT_EYE: 15, C.LEFT_EYE: 16, C.RIGHT_EAR: 17, C.LEFT_EAR: 18,
    C.LEFT_TOE: 19, C.LEFT_HEEL: 21, C.RIGHT_TOE: 22, C.RIGHT_HEEL: 24,
}  # fmt: skip
_COCO: Final = {
    C.NOSE: 0, C.LEFT_EYE: 1, C.RIGHT_EYE: 2, C.LEFT_EAR: 3, C.RIGHT_EAR: 4,
    C.LEFT_SHOULDER: 5, C.RIGHT_SHOULDER: 6, C.LEFT_ELBOW: 7, C.RIGHT_ELBOW: 8,
    C.LEFT_WRIST: 9, C.RIGHT_WRIST: 10, C.LEFT_HIP: 11, C.RIGHT_HIP: 12,
    C.LEFT_KNEE: 13, C.RIGHT_KNEE: 14, C.LEFT_ANKLE: 15, C.RIGHT_ANKLE: 16,
}  # fmt: skip
# OpenPose's experimental BODY_25B begins like COCO and has no neck at index 1.
_BODY_25B: Final = _COCO | {
    C.LEFT_TOE: 19, C.LEFT_HEEL: 21, C.RIGHT_TOE: 22, C.RIGHT_HEEL: 24,
}  # fmt: skip

_ROW_OF_JOINT: Final = {
    Layout.MEDIAPIPE_BODY_33: _MEDIAPIPE,
    Layout.MEDIAPIPE_BODY_33_METRIC: _MEDIAPIPE,
    Layout.AZURE_KINECT_32: _AZURE,
    Layout.KINECT_V2_25: _KINECT_V2,
    Layout.OPENPOSE_BODY_25: _BODY_25,
    Layout.OPENPOSE_BODY_25B: _BODY_25B,
    Layout.COCO_17: _COCO,
}

# A 21-point hand is sharper than the body's own three hand points, so it replaces them.
_HAND_ROWS: Final = np.array(
    [
        HandLandmark.INDEX_MCP,
        HandLandmark.PINKY_MCP,
        HandLandmark.THUMB_MCP,
        HandLandmark.MIDDLE_MCP,
    ]
)
_LEFT_HAND_JOINTS: Final = np.array([C.LEFT_INDEX, C.LEFT_PINKY, C.LEFT_THUMB, C.LEFT_MIDDLE])
_RIGHT_HAND_JOINTS: Final = np.array([C.RIGHT_INDEX, C.RIGHT_PINKY, C.RIGHT_THUMB, C.RIGHT_MIDDLE])
_HAND_CONFIDENCE_MIN: Final = 0.3  # below it the body's points are taken


@dataclass(frozen=True, slots=True)
class CanonicalBody:
    """``positions_m (38, 3)`` world axes, origin as the sensor's; ``confidence (38,)`` 0–1;
    ``in_picture (38,)`` bool, true also where the sensor gives no pixels."""

    positions_m: Array
    confidence: Array
    in_picture: NDArray[np.bool_]


def _gather_tables(layout: Layout) -> tuple[NDArray[np.intp], Array]:
    rows = _ROW_OF_JOINT[layout]
    source = np.array([rows.get(joint, 0) for joint in C], np.intp)
    given = np.array([1.0 if joint in rows else 0.0 for joint in C])
    return source, given


_TABLES: Final = {layout: _gather_tables(layout) for layout in _ROW_OF_JOINT}


def canonical_body(
    body: Keypoints,
    *,
    left_hand: Keypoints | None = None,
    right_hand: Keypoints | None = None,
    camera: Intrinsics | None = None,
    camera_pitch_rad: float = 0.0,
) -> CanonicalBody:
    """Rename the rows of ``body``, put the 21-point hands in, and turn to world axes.

    ``camera_pitch_rad`` > 0: the camera looks down. Layouts of hands or faces alone are refused
    with ``KeyError``.
    """
    source, given = _TABLES[body.layout]
    confidence = body.confidence.take(source) * given
    positions = body.positions_m.take(source, axis=0).astype(np.float64)
    for hand, joints, wrist in (
        (left_hand, _LEFT_HAND_JOINTS, C.LEFT_WRIST),
        (right_hand, _RIGHT_HAND_JOINTS, C.RIGHT_WRIST),
    ):
        if hand is None or confidence[wrist] <= 0.0:
            continue
        hand_confidence = hand.confidence.take(_HAND_ROWS)
        if min(hand_confidence.tolist()) < _HAND_CONFIDENCE_MIN:
            continue
        offsets = hand.positions_m.take(_HAND_ROWS, axis=0) - hand.positions_m[HandLandmark.WRIST]
        positions[joints] = positions[wrist] + offsets
        confidence[joints] = hand_confidence
    world = world_from_camera(positions, pitch_rad=camera_pitch_rad)
    if camera is None:
        in_picture = np.ones(CANONICAL_COUNT, np.bool_)
    else:
        pixels = body.pixels.take(source, axis=0)
        size = np.array((camera.width, camera.height), np.float32)
        in_picture = np.logical_and.reduce((pixels >= 0.0) & (pixels <= size), axis=1)
    return CanonicalBody(np.ascontiguousarray(world, np.float64), confidence, in_picture)
