"""One face, frame by frame."""

from __future__ import annotations

from math import cos, radians, sin
from typing import Final

import numpy as np

from bridge.geometry import quat_from_matrix, world_from_camera
from bridge.layouts import Layout
from bridge.skeleton import ArkitBlendshape
from bridge.solving.face.gaze import Gaze, angles_from_look, eye_rotations, look_weights
from bridge.solving.face.geometry_weights import GeometryWeights
from bridge.solving.face.pose import HeadFit, load_template
from bridge.solving.face.settings import FaceSettings
from bridge.solving.parts import Array, FacePart
from bridge.types import FloatArray, Keypoints

S = ArkitBlendshape

_JAW_SIDE_RAD: Final = radians(10.0)  # how far the jaw swings when jawLeft or jawRight is 1
_IDENTITY_XYZW: Final[Array] = np.array([0.0, 0.0, 0.0, 1.0])


class FaceSolver:
    """Solves the head, the jaw, both eyes and the 52 weights; keeps the performer's neutral."""

    def __init__(self, settings: FaceSettings) -> None:
        self._settings = settings
        self._head = HeadFit(load_template())
        self._gaze = Gaze(settings.gaze)
        self._weights = GeometryWeights(neutral_time_s=settings.neutral_time_s)

    def reset(self) -> None:
        """Forget the performer (after a seek or a change of source)."""
        self._gaze.reset()
        self._weights.reset()

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
        sensor that measures blendshapes itself is taken as it is, without landmarks too; the
        head then keeps confidence 0. ``camera_pitch_rad`` > 0 when the camera looks down.
        """
        if face is None or face.layout is not Layout.MEDIAPIPE_FACE_478:
            return None if arkit is None else _from_weights(arkit, self._settings)
        confidence = float(face.confidence.mean())
        if confidence < self._settings.min_confidence:
            return None
        points = world_from_camera(face.positions_m, pitch_rad=camera_pitch_rad)
        points = points.astype(np.float64)
        head = self._head.fit(points)
        if head is None:
            return None
        left_yaw, right_yaw, pitch = self._gaze.step(head, points, face.confidence, dt_s=dt_s)
        if arkit is None:
            weights = self._weights.step(head.landmarks, dt_s=dt_s)
            for shape, weight in look_weights(left_yaw, right_yaw, pitch).items():
                weights[shape] = weight
        else:
            weights = arkit.astype(np.float64)
        return FacePart(
            head_xyzw=quat_from_matrix(head.rotation),
            jaw_xyzw=jaw_rotation(weights, open_rad=radians(self._settings.jaw_open_deg)),
            eyes_xyzw=eye_rotations(left_yaw, right_yaw, pitch),
            arkit=weights,
            confidence=confidence,
        )


def jaw_rotation(weights: Array, *, open_rad: float) -> Array:
    """The jaw's local rotation ``(4,)`` xyzw from the 52 weights: opening, then sideways."""
    pitch = open_rad * float(weights[S.JAW_OPEN])
    yaw = _JAW_SIDE_RAD * float(weights[S.JAW_LEFT] - weights[S.JAW_RIGHT])
    px, pw = sin(0.5 * pitch), cos(0.5 * pitch)
    yy, yw = sin(0.5 * yaw), cos(0.5 * yaw)
    return np.array((yw * px, yy * pw, -yy * px, yw * pw))


def _from_weights(arkit: FloatArray, settings: FaceSettings) -> FacePart:
    """A face of which only weights are known: eyes from the eyeLook weights, head unknown."""
    weights = arkit.astype(np.float64)
    return FacePart(
        head_xyzw=_IDENTITY_XYZW,
        jaw_xyzw=jaw_rotation(weights, open_rad=radians(settings.jaw_open_deg)),
        eyes_xyzw=eye_rotations(*angles_from_look(weights)),
        arkit=weights,
        confidence=0.0,
    )
