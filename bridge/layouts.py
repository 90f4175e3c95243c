"""Landmark layouts of the sensors we read, by name.

Positions of every layout are in **camera axes**: +x right in the picture, +y down, +z away
from the camera, metres. ``geometry.world_from_camera`` turns them into the world.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Layout(Enum):
    """What the rows of a ``Keypoints`` mean; the value is (name, number of rows)."""

    MEDIAPIPE_BODY_33 = ("mediapipe_body_33", 33)
    MEDIAPIPE_BODY_33_METRIC = ("mediapipe_body_33_metric", 33)  # lifted by depth: from the camera
    MEDIAPIPE_HAND_21 = ("mediapipe_hand_21", 21)
    MEDIAPIPE_FACE_478 = ("mediapipe_face_478", 478)
    AZURE_KINECT_32 = ("azure_kinect_32", 32)
    KINECT_V2_25 = ("kinect_v2_25", 25)
    OPENPOSE_BODY_25 = ("openpose_body_25", 25)
    OPENPOSE_BODY_25B = ("openpose_body_25b", 25)
    COCO_17 = ("coco_17", 17)

    @property
    def label(self) -> str:
        """The spelling in files."""
        return self.value[0]

    @property
    def count(self) -> int:
        """The number of landmarks."""
        return self.value[1]

    @classmethod
    def from_label(cls, label: str) -> Layout:
        """Inverse of ``label``; raises ``KeyError``."""
        for layout in cls:
            if layout.label == label:
                return layout
        raise KeyError(label)


class BodyLandmark(IntEnum):
    """MediaPipe Pose (BlazePose GHUM), 33 landmarks; left and right are the performer's own."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


class HandLandmark(IntEnum):
    """MediaPipe Hands, 21 landmarks."""

    WRIST = 0
    THUMB_CMC = 1
    THUMB_MCP = 2
    THUMB_IP = 3
    THUMB_TIP = 4
    INDEX_MCP = 5
    INDEX_PIP = 6
    INDEX_DIP = 7
    INDEX_TIP = 8
    MIDDLE_MCP = 9
    MIDDLE_PIP = 10
    MIDDLE_DIP = 11
    MIDDLE_TIP = 12
    RING_MCP = 13
    RING_PIP = 14
    RING_DIP = 15
    RING_TIP = 16
    PINKY_MCP = 17
    PINKY_PIP = 18
    PINKY_DIP = 19
    PINKY_TIP = 20


class AzureKinectJoint(IntEnum):
    """Azure Kinect body tracking SDK 1.1, 32 joints (``k4abt_joint_id_t``); performer's sides."""

    PELVIS = 0
    SPINE_NAVEL = 1
    SPINE_CHEST = 2
    NECK = 3
    CLAVICLE_LEFT = 4
    SHOULDER_LEFT = 5
    ELBOW_LEFT = 6
    WRIST_LEFT = 7
    HAND_LEFT = 8
    HANDTIP_LEFT = 9
    THUMB_LEFT = 10
    CLAVICLE_RIGHT = 11
    SHOULDER_RIGHT = 12
    ELBOW_RIGHT = 13
    WRIST_RIGHT = 14
    HAND_RIGHT = 15
    HANDTIP_RIGHT = 16
    THUMB_RIGHT = 17
    HIP_LEFT = 18
    KNEE_LEFT = 19
    ANKLE_LEFT = 20
    FOOT_LEFT = 21
    HIP_RIGHT = 22
    KNEE_RIGHT = 23
    ANKLE_RIGHT = 24
    FOOT_RIGHT = 25
    HEAD = 26
    NOSE = 27
    EYE_LEFT = 28
    EAR_LEFT = 29
    EYE_RIGHT = 30
    EAR_RIGHT = 31


class KinectV2Joint(IntEnum):
    """Kinect for Windows SDK 2.0, 25 joints (``JointType``); performer's sides."""

    SPINE_BASE = 0
    SPINE_MID = 1
    NECK = 2
    HEAD = 3
    SHOULDER_LEFT = 4
    ELBOW_LEFT = 5
    WRIST_LEFT = 6
    HAND_LEFT = 7
    SHOULDER_RIGHT = 8
    ELBOW_RIGHT = 9
    WRIST_RIGHT = 10
    HAND_RIGHT = 11
    HIP_LEFT = 12
    KNEE_LEFT = 13
    ANKLE_LEFT = 14
    FOOT_LEFT = 15
    HIP_RIGHT = 16
    KNEE_RIGHT = 17
    ANKLE_RIGHT = 18
    FOOT_RIGHT = 19
    SPINE_SHOULDER = 20
    HAND_TIP_LEFT = 21
    THUMB_LEFT = 22
    HAND_TIP_RIGHT = 23
    THUMB_RIGHT = 24
