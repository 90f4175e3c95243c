"""How far a depth camera looks down, told by the people who stood before it."""

from __future__ import annotations

from collections.abc import Sequence
from math import radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import camera_from_world, world_from_camera
from bridge.layouts import AzureKinectJoint, KinectV2Joint, Layout
from bridge.types import FloatArray

_A, _V = AzureKinectJoint, KinectV2Joint
# Head, neck, pelvis, then hip, knee and ankle of each side.
_CHAIN: Final = {
    Layout.AZURE_KINECT_32: (
        _A.HEAD, _A.NECK, _A.PELVIS,
        _A.HIP_LEFT, _A.KNEE_LEFT, _A.ANKLE_LEFT, _A.HIP_RIGHT, _A.KNEE_RIGHT, _A.ANKLE_RIGHT,
    ),
    Layout.KINECT_V2_25: (
        _V.HEAD, _V.NECK, _V.SPINE_BASE,
        _V.HIP_LEFT, _V.KNEE_LEFT, _V.ANKLE_LEFT, _V.HIP_RIGHT, _V.KNEE_RIGHT, _V.ANKLE_RIGHT,
    ),
}  # fmt: skip
_STRAIGHT_SHARE: Final = 0.93  # head to ankles, of the length of the bones between, when standing
_SEEN_CONFIDENCE: Final = 0.3
_FRAMES_MIN: Final = 10
_PITCH_MAX_RAD: Final = radians(40.0)  # a body that "stands" steeper lies, or is seen from above


def standing_pitch_rad(
    layout: Layout, positions_m: Sequence[FloatArray], confidence: Sequence[FloatArray]
) -> float | None:
    """Pitch (> 0: looks down) that puts standing people's heads above their ankles.

    The median over the frames in which a body stands straight; None where too few do.
    """
    rows = [int(joint) for joint in _CHAIN[layout]]
    chain_m = np.array([positions[rows] for positions in positions_m], np.float64)
    seen = np.array([values[rows].min() for values in confidence]) > _SEEN_CONFIDENCE
    head, neck, pelvis, hip_l, knee_l, ankle_l, hip_r, knee_r, ankle_r = np.moveaxis(chain_m, 1, 0)
    legs = [(hip_l, knee_l), (knee_l, ankle_l), (hip_r, knee_r), (knee_r, ankle_r)]
    bones_m = _length(head, neck) + _length(neck, pelvis) + sum(_length(*leg) for leg in legs) / 2
    up = head - (ankle_l + ankle_r) / 2
    straight = seen & (np.linalg.norm(up, axis=-1) > _STRAIGHT_SHARE * bones_m)
    if straight.sum() < _FRAMES_MIN:
        return None
    # Camera axes have +y down: up is −y, and towards the camera is −z.
    pitch_rad = float(np.median(np.arctan2(-up[straight, 2], -up[straight, 1])))
    return pitch_rad if abs(pitch_rad) <= _PITCH_MAX_RAD else None


def level(positions_m: FloatArray, *, pitch_rad: float) -> FloatArray:
    """Positions in the axes of a camera at the same place that looks straight ahead."""
    world = world_from_camera(positions_m.astype(np.float64), pitch_rad=pitch_rad)
    return camera_from_world(world).astype(np.float32)


def _length(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.norm(one - other, axis=-1)
