"""What a T-pose tells of the camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from bridge.layouts import BodyLandmark, Layout
from bridge.server.control import ControlError
from bridge.types import FloatArray, Observation

_SEEN: Final = 0.5  # mean confidence of the joints that are used
_LEAST_FRAMES: Final = 10
_ARMS_OFF_DEG: Final = 25.0  # farther from straight out is no T-pose
_SHOULDERS: Final = (BodyLandmark.LEFT_SHOULDER, BodyLandmark.RIGHT_SHOULDER)
_HIPS: Final = (BodyLandmark.LEFT_HIP, BodyLandmark.RIGHT_HIP)
_ANKLES: Final = (BodyLandmark.LEFT_ANKLE, BodyLandmark.RIGHT_ANKLE)
_LAYOUTS: Final = (Layout.MEDIAPIPE_BODY_33, Layout.MEDIAPIPE_BODY_33_METRIC)
_WRISTS: Final = (BodyLandmark.LEFT_WRIST, BodyLandmark.RIGHT_WRIST)


def camera_pitch_deg(observations: Sequence[Observation]) -> float:
    """How far the camera looks down on someone who stands upright in a T-pose.

    Raises ``ControlError`` when the landmarks do not show one.
    """
    bodies = [
        seen.body for seen in observations if seen.body is not None and seen.body.layout in _LAYOUTS
    ]
    if len(bodies) < _LEAST_FRAMES:
        raise ControlError("no body is in view; step back until you are seen, then try again")
    points = np.median([body.positions_m for body in bodies], axis=0)  # camera axes
    confidence = np.mean([body.confidence for body in bodies], axis=0)

    def middle(pair: tuple[BodyLandmark, BodyLandmark]) -> FloatArray:
        return points[list(pair)].mean(axis=0)

    def seen(pair: tuple[BodyLandmark, BodyLandmark]) -> bool:
        return bool(confidence[list(pair)].mean() >= _SEEN)

    if not (seen(_SHOULDERS) and seen(_HIPS) and seen(_WRISTS)):
        raise ControlError("shoulders, hips and both hands must be in view; step back, try again")
    # Along the whole body if the feet are seen: the legs lean less than the trunk.
    up = middle(_SHOULDERS) - middle(_ANKLES if seen(_ANKLES) else _HIPS)
    up = up / np.linalg.norm(up)
    for shoulder, wrist in zip(_SHOULDERS, _WRISTS, strict=True):
        arm = points[wrist] - points[shoulder]
        off_deg = abs(np.rad2deg(np.arcsin(np.clip(arm @ up / np.linalg.norm(arm), -1, 1))))
        if off_deg > _ARMS_OFF_DEG:
            raise ControlError(f"an arm is {off_deg:.0f}° off; hold both straight out, try again")
    return float(np.rad2deg(np.arctan2(-up[2], -up[1])))
