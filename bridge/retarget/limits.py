"""What no avatar does: joints beyond their range, turns faster than a body, sudden sign changes.

Ranges are half-angles of a cone (swing) and about the bone (twist), from the T-pose. They follow
the American Academy of Orthopaedic Surgeons (*Joint Motion*, 1965), widened to what several
neighbouring joints of a real body add.
"""

from __future__ import annotations

from math import atan2, cos, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge import geometry
from bridge.kinematics import rest_joints_m
from bridge.retarget.scalars import about, length, multiply
from bridge.retarget.settings import RetargetSettings
from bridge.skeleton import (
    HUMAN_BONE_COUNT,
    HUMAN_PARENT,
    SMPLX_JOINT_OF,
    HumanBone,
    unity_bone_name,
)

Array = NDArray[np.float64]
_B = HumanBone
_FREE: Final = (180.0, 180.0)

# (swing, twist) in degrees; a name without its side stands for both.
_RANGE_DEG: Final[dict[str, tuple[float, float]]] = {
    "SPINE": (50.0, 45.0),
    "CHEST": (50.0, 45.0),
    "UPPER_CHEST": (50.0, 45.0),
    "NECK": (50.0, 55.0),
    "HEAD": (50.0, 55.0),
    "JAW": (35.0, 10.0),
    "EYE": (40.0, 15.0),
    "SHOULDER": (45.0, 40.0),
    "UPPER_ARM": (150.0, 120.0),
    "LOWER_ARM": (155.0, 110.0),
    "HAND": (95.0, 60.0),
    "UPPER_LEG": (140.0, 65.0),
    "LOWER_LEG": (158.0, 45.0),
    "FOOT": (70.0, 45.0),
    "TOES": (65.0, 20.0),
    "THUMB_PROXIMAL": (75.0, 60.0),
    "PROXIMAL": (110.0, 35.0),
    "INTERMEDIATE": (120.0, 30.0),
    "DISTAL": (100.0, 30.0),
}
# A bone that was held at one end of its range goes to the other no faster: about half a turn
# away from both, a hand of a noisy sensor would leap between them.
_CROSSING_HALF_RAD_PER_S: Final = np.deg2rad(400.0) / 2.0
_NOMINAL_STEP_S: Final = 1.0 / 30.0
_MAX_STEP_S: Final = 0.5  # a longer pause is a new beginning: everything may have moved


class AnatomicalLimits:
    """Keeps local rotations ``(55, 4)`` within the ranges, scaled by the profile.

    Remembers the twist at which a bone was held, so that it crosses its range instead of leaping.
    """

    def __init__(self, settings: RetargetSettings) -> None:
        self._axes = _bone_axes()
        self._axes_list: list[list[float]] = self._axes.tolist()
        swing_deg, twist_deg = np.zeros(HUMAN_BONE_COUNT), np.zeros(HUMAN_BONE_COUNT)
        for bone in HumanBone:
            own = settings.bones.get(unity_bone_name(bone))
            gain = settings.limits.range_gain * (own.limit if own else 1.0)
            swing, twist = _range_of(bone)
            free = (swing, twist) == _FREE and gain >= 1.0
            swing_deg[bone] = 180.0 if free else min(180.0, swing * gain)
            twist_deg[bone] = 180.0 if free else min(180.0, twist * gain)
        self._half_swing = np.deg2rad(swing_deg) / 2.0
        self._half_twist = np.deg2rad(twist_deg) / 2.0
        self._swing_cosine = np.cos(self._half_swing)
        self._held_half_twist: dict[int, float] = {}

    def apply(self, local_xyzw: Array, *, step_s: float = _NOMINAL_STEP_S) -> None:
        """In place, ``step_s`` after the last; rotations within their range keep their exact
        values unless they were beyond it just before."""
        along = np.einsum("ij,ij->i", local_xyzw[:, :3], self._axes)
        w = local_xyzw[:, 3]
        half_twist = np.abs(np.arctan(along / np.where(w == 0.0, 1e-12, w)))
        swing_cosine = np.sqrt(along * along + w * w)
        outside = (half_twist > self._half_twist) | (swing_cosine < self._swing_cosine - 1e-6)
        outside[list(self._held_half_twist)] = True
        reach = _CROSSING_HALF_RAD_PER_S * step_s
        for bone in np.flatnonzero(outside).tolist():
            self._limit(local_xyzw, bone, reach)

    def _limit(self, local_xyzw: Array, bone: int, reach: float) -> None:
        x, y, z, w = local_xyzw[bone].tolist()
        ax, ay, az = self._axes_list[bone]
        half_twist = atan2(x * ax + y * ay + z * az, w)
        half_twist = (half_twist + pi / 2.0) % pi - pi / 2.0  # the short way round
        swing = multiply((x, y, z, w), about((ax, ay, az), -2.0 * half_twist))
        most = float(self._half_twist[bone])
        held = self._held_half_twist.pop(bone, None)
        beyond = abs(half_twist) > most
        half_twist = min(max(half_twist, -most), most)
        if held is not None and abs(half_twist - held) > reach:
            half_twist = held + (reach if half_twist > held else -reach)
            beyond = True
        if beyond:
            self._held_half_twist[bone] = half_twist
        sign = 1.0 if swing[3] >= 0.0 else -1.0
        sx, sy, sz, sw = (sign * part for part in swing)
        sine = length((sx, sy, sz))
        half_swing = atan2(sine, sw)
        most = float(self._half_swing[bone])
        if half_swing > most and sine > 1e-9:
            swing = about((sx / sine, sy / sine, sz / sine), 2.0 * most)
        local_xyzw[bone] = multiply(swing, about((ax, ay, az), 2.0 * half_twist))


class Continuity:
    """Smoothing, the speed limit and the sign of quaternions, from one frame to the next."""

    def __init__(self) -> None:
        self._last: Array | None = None
        self._last_ns = 0

    def step_s(self, time_ns: int) -> float:
        """Seconds since the last frame, as a sensible step; a jump back counts as one frame."""
        step_s = (time_ns - self._last_ns) / 1e9
        return step_s if step_s > 0.0 else _NOMINAL_STEP_S

    def apply(self, local_xyzw: Array, *, time_ns: int, plan: ContinuityPlan) -> Array:
        """The rotations to send ``(55, 4)``: ``local_xyzw`` is written to."""
        step_s = self.step_s(time_ns)
        last = self._last
        self._last_ns = time_ns
        if last is None or step_s > _MAX_STEP_S:
            self._last = local_xyzw
            return local_xyzw
        cosine = np.einsum("ij,ij->i", local_xyzw, last)
        local_xyzw *= np.where(cosine < 0.0, -1.0, 1.0)[:, None]
        if plan.smoothing_s is not None:
            share = 1.0 - np.exp(-step_s / plan.smoothing_s)
            local_xyzw = last + (local_xyzw - last) * share[:, None]
            local_xyzw /= np.sqrt(np.einsum("ij,ij->i", local_xyzw, local_xyzw))[:, None]
            cosine = np.einsum("ij,ij->i", local_xyzw, last)
        most_rad = plan.speed_rad_per_s * step_s
        if most_rad < np.pi:
            too_far = np.flatnonzero(np.abs(cosine) < cos(most_rad / 2.0))
            for bone in too_far.tolist():
                angle_rad = float(geometry.angle_between(last[bone], local_xyzw[bone]))
                local_xyzw[bone] = geometry.slerp(
                    last[bone], local_xyzw[bone], most_rad / angle_rad
                )
        self._last = local_xyzw
        return local_xyzw


class ContinuityPlan:
    """The profile's part of ``Continuity``."""

    def __init__(self, settings: RetargetSettings) -> None:
        self.speed_rad_per_s = float(np.deg2rad(settings.limits.speed_deg_per_s))
        times_s = np.zeros(HUMAN_BONE_COUNT)
        for name, bone in ((unity_bone_name(bone), bone) for bone in HumanBone):
            if name in settings.bones:
                times_s[bone] = settings.bones[name].smoothing_s
        self.smoothing_s = np.maximum(times_s, 1e-6) if times_s.any() else None


def _range_of(bone: HumanBone) -> tuple[float, float]:
    name = bone.name.removeprefix("LEFT_").removeprefix("RIGHT_")
    for key in (name, name.split("_")[-1]):
        if key in _RANGE_DEG:
            return _RANGE_DEG[key]
    return _FREE  # the hips: they turn with the whole body


def _bone_axes() -> Array:
    """Unit directions ``(55, 3)`` of the bones in the T-pose, towards what hangs from them."""
    rest = rest_joints_m().astype(np.float64)
    axes = np.tile([0.0, 1.0, 0.0], (HUMAN_BONE_COUNT, 1))
    ends = {parent: child for child, parent in HUMAN_PARENT.items()}
    ends |= {_B.HIPS: _B.SPINE, _B.UPPER_CHEST: _B.NECK}
    for side in ("LEFT", "RIGHT"):
        ends[_B[f"{side}_HAND"]] = _B[f"{side}_MIDDLE_PROXIMAL"]
    for bone in HumanBone:
        name = bone.name
        if bone in ends and not name.endswith("HEAD"):
            start, end = bone, ends[bone]
        elif "DISTAL" in name:
            start, end = HUMAN_PARENT[bone], bone
        else:
            # Head: up. Eyes and jaw look forwards; toes point there too.
            if bone is not _B.HEAD:
                axes[bone] = (0.0, 0.0, 1.0)
            continue
        axes[bone] = rest[SMPLX_JOINT_OF[end]] - rest[SMPLX_JOINT_OF[start]]
    return axes / np.linalg.norm(axes, axis=1, keepdims=True)
