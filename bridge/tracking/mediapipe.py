"""The reference tracker: MediaPipe 0.10.21's legacy holistic solution.

Slow (see ``avatar-bridge bench``) but the yardstick of the fast engine. Its models come with
MediaPipe's wheel, so nothing is downloaded.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

# Before the import: MediaPipe's C++ side otherwise writes a page of its own log.
os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import mediapipe as mp
import numpy as np
from numpy.typing import NDArray

from bridge.errors import TrackingError
from bridge.layouts import Layout
from bridge.tracking.base import Tracker
from bridge.tracking.metric import face_positions_m, hand_positions_m, with_irises
from bridge.tracking.settings import TrackingSettings
from bridge.tracking.sides import double_hand
from bridge.types import FloatArray, Frame, Keypoints, Observation

_HOLISTIC: Final[Any] = mp.solutions.holistic  # pyright: ignore[reportAttributeAccessIssue]

# Holistic tells only whether a hand is there; a point outside the picture is a guess.
_HAND_INSIDE_CONFIDENCE: Final = 0.9
_HAND_OUTSIDE_CONFIDENCE: Final = 0.3

# Each model logs when it first runs, which is when the first person is seen.
_QUIET_CALLS: Final = 30


class MediapipeTracker(Tracker):
    """Whole body, hands and a face of 478 points. Raises ``TrackingError`` when it cannot start."""

    def __init__(self, settings: TrackingSettings) -> None:
        self._quiet_calls_left = _QUIET_CALLS
        try:
            with _quiet_stderr():
                self._holistic: Any = _HOLISTIC.Holistic(
                    static_image_mode=False,
                    model_complexity=1,
                    smooth_landmarks=False,  # the solver filters, knowing time and anatomy
                    refine_face_landmarks=True,
                    min_detection_confidence=settings.detection_confidence,
                    min_tracking_confidence=settings.tracking_confidence,
                )
                # The first picture starts the graph's threads, which log where they run.
                self._process(np.zeros((64, 64, 3), np.uint8))
                self._holistic.reset()
        except (RuntimeError, ValueError, OSError) as error:
            raise TrackingError(
                f"MediaPipe cannot start: {error}. Reinstall mediapipe==0.10.21, or use "
                "--tracker engine"
            ) from error

    def track(self, frame: Frame) -> Observation:
        """See ``Tracker.track``."""
        found = self._process(frame.image_rgb)
        height, width = frame.image_rgb.shape[:2]
        scale_px = np.array([width, height, width], np.float32)
        body = _body(found, scale_px)
        left_hand = _hand(found.left_hand_landmarks, scale_px)
        right_hand = _hand(found.right_hand_landmarks, scale_px)
        if body is not None and left_hand is not None and right_hand is not None:
            double = double_hand(body.pixels, left_hand.pixels, right_hand.pixels)
            left_hand = None if double == "left" else left_hand
            right_hand = None if double == "right" else right_hand
        return Observation(
            stamp=frame.stamp,
            body=body,
            left_hand=left_hand,
            right_hand=right_hand,
            face=_face(found.face_landmarks, scale_px),
            camera=frame.camera,
        )

    def reset(self) -> None:
        """Forget the previous pictures."""
        self._holistic.reset()

    def close(self) -> None:
        """Free the models."""
        if self._holistic is not None:
            self._holistic.close()
            self._holistic = None

    def _process(self, image_rgb: NDArray[np.uint8]) -> Any:
        with warnings.catch_warnings():  # protobuf on its own deprecated calls
            warnings.simplefilter("ignore", UserWarning)
            if self._quiet_calls_left <= 0:
                return self._holistic.process(image_rgb)
            with _quiet_stderr():
                found = self._holistic.process(image_rgb)
        self._quiet_calls_left -= 1
        if found.pose_landmarks is not None:
            self._quiet_calls_left = 0
        return found


def _rows(landmarks: Any) -> FloatArray:
    """``(K, 3)`` from a protobuf list of landmarks."""
    return np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32)


def _body(found: Any, scale_px: FloatArray) -> Keypoints | None:
    if found.pose_landmarks is None or found.pose_world_landmarks is None:
        return None
    points = found.pose_landmarks.landmark
    visibility = np.array([p.visibility for p in points], np.float32)
    return Keypoints(
        layout=Layout.MEDIAPIPE_BODY_33,
        positions_m=_rows(found.pose_world_landmarks),
        pixels=_rows(found.pose_landmarks)[:, :2] * scale_px[:2],
        confidence=np.clip(visibility, 0.0, 1.0),
    )


def _hand(landmarks: Any, scale_px: FloatArray) -> Keypoints | None:
    if landmarks is None:
        return None
    rows = _rows(landmarks)
    inside = ((rows[:, :2] >= 0.0) & (rows[:, :2] <= 1.0)).all(axis=1)
    rows_px = rows * scale_px
    return Keypoints(
        layout=Layout.MEDIAPIPE_HAND_21,
        positions_m=hand_positions_m(rows_px),
        pixels=rows_px[:, :2],
        confidence=np.where(inside, _HAND_INSIDE_CONFIDENCE, _HAND_OUTSIDE_CONFIDENCE),
    )


def _face(landmarks: Any, scale_px: FloatArray) -> Keypoints | None:
    if landmarks is None:
        return None
    rows_px, confidence = with_irises(_rows(landmarks) * scale_px)
    return Keypoints(
        layout=Layout.MEDIAPIPE_FACE_478,
        positions_m=face_positions_m(rows_px),
        pixels=rows_px[:, :2],
        confidence=confidence,
    )


@contextmanager
def _quiet_stderr() -> Generator[None, None, None]:
    """Send the C++ libraries' start-up chatter to nowhere; Python's own logging is unaffected."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
