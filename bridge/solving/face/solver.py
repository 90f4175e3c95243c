"""One face, frame by frame."""

from __future__ import annotations

from math import cos, radians, sin
from pathlib import Path
from typing import Final

import numpy as np

from bridge.geometry import world_from_camera
from bridge.layouts import Layout
from bridge.skeleton import ArkitBlendshape
from bridge.solving.face.calibration import LiveCalibration
from bridge.solving.face.gaze import (
    Gaze,
    IrisAngles,
    eye_rotations,
    look_angles,
    look_weights,
)
from bridge.solving.face.geometry_weights import GeometryWeights
from bridge.solving.face.network_weights import load_network
from bridge.solving.face.pose import HeadFit, HeadPose, load_template
from bridge.solving.face.settings import FaceSettings
from bridge.solving.face.smoothing import WeightFilter
from bridge.solving.face.smplx_expression import EXPRESSION_COUNT, SmplxExpression
from bridge.solving.parts import Array, FacePart
from bridge.solving.procrustes import quat_of
from bridge.types import FloatArray, Keypoints

S = ArkitBlendshape

_JAW_SIDE_RAD: Final = radians(10.0)  # how far the jaw swings when jawLeft or jawRight is 1
_IDENTITY_XYZW: Final[Array] = np.array([0.0, 0.0, 0.0, 1.0])


class FaceSolver:
    """Solves the head, the jaw, both eyes and the 52 weights; keeps the performer's neutral.

    Raises ``ModelError`` for a broken model file, ``ConfigError`` for a missing calibration.
    """

    def __init__(self, settings: FaceSettings) -> None:
        self._settings = settings
        self._head = HeadFit(load_template())
        self._gaze = Gaze(settings.gaze)
        self._irises = IrisAngles(settings.gaze, load_template())
        self._geometry = GeometryWeights(neutral_time_s=settings.neutral_time_s)
        self._network = load_network() if settings.weights == "network" else None
        self._calibration = LiveCalibration(settings.performer)
        self._smoothing = WeightFilter(settings)
        self._expression = (
            SmplxExpression(
                Path(settings.smplx_model).expanduser(), neutral_time_s=settings.neutral_time_s
            )
            if settings.smplx_model
            else None
        )

    def reset(self) -> None:
        """Forget the performer (after a seek or a change of source)."""
        self._gaze.reset()
        self._irises.reset()
        self._geometry.reset()
        self._smoothing.reset()
        if self._expression is not None:
            self._expression.reset()

    def solve(
        self,
        face: Keypoints | None,
        *,
        arkit: FloatArray | None,
        dt_s: float,
        camera_pitch_rad: float = 0.0,
    ) -> FacePart | None:
        """The head in the world, jaw and eyes in the head, and the weights; None if unseen.

        ``face``: 478 landmarks in camera axes, any origin and scale. ``arkit (52,)`` from a
        sensor that measures blendshapes itself takes the place of our own, also without
        landmarks; head and eyes then stay as the weights say. ``camera_pitch_rad`` > 0 when the
        camera looks down.
        """
        confidence = 0.0 if face is None else float(face.confidence.mean())
        head = self._fit(face, confidence, camera_pitch_rad)
        if head is None or face is None:
            return None if arkit is None else self._from_weights(arkit, dt_s)
        if arkit is not None:
            measured = arkit.astype(np.float64)
        else:
            measured = self._measure(head.landmarks, dt_s)
        if arkit is None and self._network is None:
            eyes = self._irises.measure(head.landmarks, dt_s=dt_s)
        else:
            eyes = look_angles(measured)
        left_yaw, right_yaw, pitch = self._gaze.step(eyes, head, face.confidence, dt_s=dt_s)
        if arkit is None:
            for shape, weight in look_weights(left_yaw, right_yaw, pitch).items():
                measured[shape] = weight
        weights = self._finish(measured, dt_s)
        jaw_xyzw = jaw_rotation(weights, open_rad=radians(self._settings.jaw_open_deg))
        expression = np.zeros(EXPRESSION_COUNT)
        if self._expression is not None:
            expression = self._expression.step(head.landmarks, jaw_xyzw, dt_s=dt_s)
        return FacePart(
            head_xyzw=quat_of(head.rotation),
            jaw_xyzw=jaw_xyzw,
            eyes_xyzw=eye_rotations(left_yaw, right_yaw, pitch),
            arkit=weights,
            confidence=confidence,
            expression=expression,
        )

    def _fit(
        self, face: Keypoints | None, confidence: float, camera_pitch_rad: float
    ) -> HeadPose | None:
        if face is None or face.layout is not Layout.MEDIAPIPE_FACE_478:
            return None
        if confidence < self._settings.min_confidence:
            return None
        points = world_from_camera(face.positions_m, pitch_rad=camera_pitch_rad)
        return self._head.fit(points.astype(np.float64))

    def _measure(self, landmarks: Array, dt_s: float) -> Array:
        if self._network is not None:
            return self._network.weights(landmarks)
        return self._geometry.step(landmarks, dt_s=dt_s)

    def _finish(self, measured: Array, dt_s: float) -> Array:
        calibrated = self._calibration.step(measured, dt_s=dt_s)
        return self._smoothing.step(calibrated, dt_s=dt_s)

    def _from_weights(self, arkit: FloatArray, dt_s: float) -> FacePart:
        """A face of which only weights are known: eyes from the eyeLook weights, head unknown."""
        eyes = look_angles(arkit.astype(np.float64))
        pitch = 0.5 * (eyes.pitch_rad[0] + eyes.pitch_rad[1])
        weights = self._finish(arkit.astype(np.float64), dt_s)
        return FacePart(
            head_xyzw=_IDENTITY_XYZW,
            jaw_xyzw=jaw_rotation(weights, open_rad=radians(self._settings.jaw_open_deg)),
            eyes_xyzw=eye_rotations(*eyes.yaw_rad, pitch),
            arkit=weights,
            confidence=0.0,
        )


def jaw_rotation(weights: Array, *, open_rad: float) -> Array:
    """The jaw's local rotation ``(4,)`` xyzw from the 52 weights: opening, then sideways."""
    pitch = open_rad * float(weights[S.JAW_OPEN])
    yaw = _JAW_SIDE_RAD * float(weights[S.JAW_LEFT] - weights[S.JAW_RIGHT])
    px, pw = sin(0.5 * pitch), cos(0.5 * pitch)
    yy, yw = sin(0.5 * yaw), cos(0.5 * yaw)
    return np.array((yw * px, yy * pw, -yy * px, yw * pw))
