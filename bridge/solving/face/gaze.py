"""Where the eyes look, in the head's frame: both together, and calm through blinks."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, exp, radians, sin
from typing import Final

import numpy as np

from bridge.skeleton import ArkitBlendshape
from bridge.solving.face.landmarks import EYE_CORNERS, EYELIDS, IRIS_CENTRES
from bridge.solving.face.pose import HeadPose, Template
from bridge.solving.face.settings import GazeSettings
from bridge.solving.parts import Array
from bridge.types import FloatArray

S = ArkitBlendshape

# In units of the distance between the outer eye corners, 89.5 mm in adults (L. Farkas,
# *Anthropometry of the Head and Face*, 1994): in an eyeball of 24 mm the pupil lies about 10 mm
# before the centre of rotation.
_PUPIL_RADIUS: Final = 10.0 / 89.5

# Normal ranges of the eye without the head: W. Lee et al., "Normal versus ocular duction", 2019,
# about 45 degrees each way sideways, 30 up and 50 down; people turn the head from 25 on.
_YAW_MAX_RAD: Final = radians(40.0)
_PITCH_UP_MAX_RAD: Final = radians(30.0)
_PITCH_DOWN_MAX_RAD: Final = radians(40.0)
# The weights reach 1 here; close to the slope of the Face Landmarker's weights over the same eyes.
_FULL_YAW_RAD: Final = radians(42.0)
_FULL_UP_RAD: Final = radians(32.0)
_FULL_DOWN_RAD: Final = radians(38.0)

_CONVERGENCE_MAX_RAD: Final = radians(14.0)  # looking at something 25 cm away
_DIVERGENCE_MAX_RAD: Final = radians(1.0)  # eyes do not turn apart
# Share of lid opening over eye width: a relaxed eye has about 0.3. Below, the pupil is covered
# and the iris landmark follows the lid, which must not read as looking down.
_OPEN_FULLY: Final = 0.20
_OPEN_TOO_LITTLE: Final = 0.12
_INSTANT_S: Final = 1e-3  # shorter time constants act at once
_FAR_EYE_FROM_RAD: Final = radians(30.0)  # from this yaw on the far eye loses trust
_FAR_EYE_GONE_RAD: Final = radians(50.0)  # the far iris is not believed past this


@dataclass(frozen=True, slots=True)
class EyeAngles:
    """What each eye shows by itself, left then right: positive yaw to the performer's left,
    positive pitch up."""

    yaw_rad: tuple[float, float]
    pitch_rad: tuple[float, float]


class Gaze:
    """Keeps the gaze of both eyes through blinks."""

    def __init__(self, settings: GazeSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Look straight ahead and forget the performer."""
        self._yaw_rad = 0.0
        self._pitch_rad = 0.0
        self._vergence_rad = 0.0

    def step(
        self,
        seen: EyeAngles,
        head: HeadPose,
        confidence: FloatArray,
        *,
        dt_s: float,
    ) -> tuple[float, float, float]:
        """Yaw of the left and the right eye and their common pitch, radians in the head's frame.

        Positive yaw looks to the performer's left, positive pitch up. ``confidence (478,)`` of
        the landmarks that ``head`` was fitted to.
        """
        left_trust, right_trust = self._trust(head, confidence)
        total = left_trust + right_trust
        if total > 1e-6:
            self._follow(seen, left_trust / total, min(total, 1.0), dt_s)
        gain = self._settings.gain
        yaw, half = self._yaw_rad * gain, 0.5 * self._vergence_rad
        pitch = min(max(self._pitch_rad * gain, -_PITCH_DOWN_MAX_RAD), _PITCH_UP_MAX_RAD)
        left = min(max(yaw - half, -_YAW_MAX_RAD), _YAW_MAX_RAD)
        right = min(max(yaw + half, -_YAW_MAX_RAD), _YAW_MAX_RAD)
        return left, right, pitch

    def _trust(self, head: HeadPose, confidence: FloatArray) -> list[float]:
        """Of the left and right eye: open lids, iris seen, not the far side of a turned head."""
        ends = head.landmarks.take(_LIDS_AND_CORNERS, 0)
        across = ends[0] - ends[1]
        left_lids, right_lids, left_width, right_width = np.sqrt(
            np.add.reduce(across * across, axis=1)
        ).tolist()
        irises = confidence.take(IRIS_CENTRES).tolist()
        trust = [
            _open(left_lids / max(left_width, 1e-9)) * irises[0],
            _open(right_lids / max(right_width, 1e-9)) * irises[1],
        ]
        head_yaw = atan2(head.rotation[0, 2], head.rotation[2, 2])
        far = 1 if head_yaw < 0.0 else 0  # turned to the right, the right eye is the far one
        span = _FAR_EYE_GONE_RAD - _FAR_EYE_FROM_RAD
        trust[far] *= 1.0 - min(max((abs(head_yaw) - _FAR_EYE_FROM_RAD) / span, 0.0), 1.0)
        return trust

    def _follow(self, seen: EyeAngles, left_share: float, trust: float, dt_s: float) -> None:
        """Move to what both eyes say together; slowly where neither is seen well."""
        right_share = 1.0 - left_share
        yaw = left_share * seen.yaw_rad[0] + right_share * seen.yaw_rad[1]
        pitch = left_share * seen.pitch_rad[0] + right_share * seen.pitch_rad[1]
        apart = seen.yaw_rad[1] - seen.yaw_rad[0]
        vergence = min(max(apart, -_DIVERGENCE_MAX_RAD), _CONVERGENCE_MAX_RAD)
        both = 4.0 * left_share * right_share  # 1 where both count alike
        self._yaw_rad += trust * (yaw - self._yaw_rad)
        self._pitch_rad += trust * (pitch - self._pitch_rad)
        # Vergence is a small difference of two noisy numbers and changes slowly.
        slow = 1.0 - exp(-dt_s / max(self._settings.vergence_time_s, _INSTANT_S))
        self._vergence_rad += both * trust * slow * (vergence - self._vergence_rad)


class IrisAngles:
    """Eye angles from the irises alone, where no network gives eyeLook weights."""

    def __init__(self, settings: GazeSettings, template: Template) -> None:
        self._neutral_time_s = settings.neutral_time_s
        self._rest = _pupils(template.positions)  # a little outwards of the middle of the corners
        self.reset()

    def reset(self) -> None:
        """Forget the performer."""
        self._neutral_pitch_rad = 0.0
        self._seen_s = 0.0

    def measure(self, landmarks: Array, *, dt_s: float) -> EyeAngles:
        """From ``landmarks (478, 3)`` in the head's frame."""
        offset = np.clip((_pupils(landmarks) - self._rest) / _PUPIL_RADIUS, -1.0, 1.0)
        left, right = np.arcsin(offset).tolist()
        # Where "straight ahead" lies between the lids differs by person: people mostly look there.
        self._seen_s += dt_s
        time_s = max(min(self._seen_s, self._neutral_time_s), _INSTANT_S)
        step = 1.0 - exp(-dt_s / time_s)
        pitch = 0.5 * (left[1] + right[1])
        self._neutral_pitch_rad += step * (pitch - self._neutral_pitch_rad)
        neutral = self._neutral_pitch_rad
        return EyeAngles((left[0], right[0]), (left[1] - neutral, right[1] - neutral))


def _open(opening: float) -> float:
    """How far the lids are open, 0–1, from their height over the eye's width."""
    share = (opening - _OPEN_TOO_LITTLE) / (_OPEN_FULLY - _OPEN_TOO_LITTLE)
    return min(max(share, 0.0), 1.0)


# Both ends of the lids' middle pairs, which are the widest, and of the eyes: left, right each.
_LIDS_AND_CORNERS: Final = np.concatenate((EYELIDS[:, 1], EYE_CORNERS)).T


def _pupils(landmarks: Array) -> Array:
    """Irises from the middle of their eye's corners, ``(2, 3)``, left then right."""
    return landmarks[IRIS_CENTRES] - landmarks[EYE_CORNERS].mean(axis=1)


def eye_rotations(left_yaw: float, right_yaw: float, pitch: float) -> Array:
    """Local eye rotations ``(2, 4)`` xyzw, left then right: up or down, then sideways."""
    px, pw = -sin(0.5 * pitch), cos(0.5 * pitch)

    def turned(yaw: float) -> tuple[float, float, float, float]:
        yy, yw = sin(0.5 * yaw), cos(0.5 * yaw)
        return yw * px, yy * pw, -yy * px, yw * pw

    return np.array((turned(left_yaw), turned(right_yaw)))


def look_weights(left_yaw: float, right_yaw: float, pitch: float) -> dict[ArkitBlendshape, float]:
    """ARKit's eight eyeLook weights, 0–1."""

    def part(angle: float, full: float) -> float:
        return min(max(angle / full, 0.0), 1.0)

    up, down = part(pitch, _FULL_UP_RAD), part(-pitch, _FULL_DOWN_RAD)
    return {
        S.EYE_LOOK_UP_LEFT: up,
        S.EYE_LOOK_UP_RIGHT: up,
        S.EYE_LOOK_DOWN_LEFT: down,
        S.EYE_LOOK_DOWN_RIGHT: down,
        S.EYE_LOOK_OUT_LEFT: part(left_yaw, _FULL_YAW_RAD),
        S.EYE_LOOK_IN_LEFT: part(-left_yaw, _FULL_YAW_RAD),
        S.EYE_LOOK_IN_RIGHT: part(right_yaw, _FULL_YAW_RAD),
        S.EYE_LOOK_OUT_RIGHT: part(-right_yaw, _FULL_YAW_RAD),
    }


def look_angles(weights: Array) -> EyeAngles:
    """Inverse of ``look_weights`` for each eye by itself."""
    w = weights.tolist()
    left = (w[S.EYE_LOOK_OUT_LEFT] - w[S.EYE_LOOK_IN_LEFT]) * _FULL_YAW_RAD
    right = (w[S.EYE_LOOK_IN_RIGHT] - w[S.EYE_LOOK_OUT_RIGHT]) * _FULL_YAW_RAD
    left_pitch = w[S.EYE_LOOK_UP_LEFT] * _FULL_UP_RAD - w[S.EYE_LOOK_DOWN_LEFT] * _FULL_DOWN_RAD
    right_pitch = w[S.EYE_LOOK_UP_RIGHT] * _FULL_UP_RAD - w[S.EYE_LOOK_DOWN_RIGHT] * _FULL_DOWN_RAD
    return EyeAngles((left, right), (left_pitch, right_pitch))
