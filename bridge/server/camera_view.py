"""The camera picture and its landmarks for the split view, made only while someone looks."""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.server.messages import Landmarks
from bridge.types import Frame, Keypoints, Moment, Observation

_WIDTH_PX: Final = 480
_QUALITY: Final = 70
_FACE_STEP: Final = 4  # every fourth of 478 points is enough to see the face


class CameraView:
    """Renders a moment once, for however many clients."""

    def __init__(self) -> None:
        self._moment: Moment | None = None
        self._result: tuple[str | None, bytes | None] = (None, None)

    def render(self, moment: Moment) -> tuple[str | None, bytes | None]:
        """``Landmarks`` as JSON and the picture as JPEG; None for what the moment lacks."""
        if moment is not self._moment:
            self._result = (_landmarks(moment.observation), _jpeg(moment.frame))
            self._moment = moment
        return self._result


def _landmarks(observation: Observation | None) -> str | None:
    if observation is None:
        return None
    width, height = _size(observation)

    def rows(points: Keypoints | None, step: int = 1) -> list[list[float]]:
        if points is None:
            return []
        scaled = points.pixels[::step] / np.array([width, height], np.float32)
        both = np.column_stack((scaled, points.confidence[::step]))
        return np.round(both, 4).tolist()

    return Landmarks(
        width=width,
        height=height,
        body=rows(observation.body),
        left_hand=rows(observation.left_hand),
        right_hand=rows(observation.right_hand),
        face=rows(observation.face, _FACE_STEP),
    ).model_dump_json()


def _size(observation: Observation) -> tuple[int, int]:
    """Of the picture; where nothing tells, a square about the landmarks."""
    if observation.camera is not None:
        return observation.camera.width, observation.camera.height
    parts = (observation.body, observation.face, observation.left_hand, observation.right_hand)
    largest = max((float(part.pixels.max()) for part in parts if part is not None), default=1.0)
    side = max(1, round(largest))
    return side, side


def _jpeg(frame: Frame | None) -> bytes | None:
    if frame is None:
        return None
    import cv2

    height, width = frame.image_rgb.shape[:2]
    size = (_WIDTH_PX, max(1, round(height * _WIDTH_PX / width)))
    small = cv2.resize(frame.image_rgb, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else None
