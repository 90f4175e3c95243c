"""A profile and a rig made ready: everything that need not be computed again each frame."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge import geometry
from bridge.retarget.expressions import ExpressionTable
from bridge.retarget.folding import Folding
from bridge.retarget.limits import AnatomicalLimits, ContinuityPlan
from bridge.retarget.rig import Rig
from bridge.retarget.settings import Region, RetargetSettings
from bridge.retarget.shapes import ShapeResponse
from bridge.skeleton import HUMAN_BONE_COUNT, HUMAN_PARENT, HumanBone, unity_bone_name

Array = NDArray[np.float64]
_B = HumanBone

_HEAD_BONES: Final = (_B.NECK, _B.HEAD)
_EYES: Final = (_B.LEFT_EYE, _B.RIGHT_EYE)
_FACE_BONES: Final = (*_HEAD_BONES, *_EYES, _B.JAW)
_LEGS: Final = tuple(
    _B[f"{side}_{bone}"]
    for side in ("LEFT", "RIGHT")
    for bone in ("UPPER_LEG", "LOWER_LEG", "FOOT", "TOES")
)


class Plan:
    """Immutable; made on whichever thread changes the profile, used on the pipeline's."""

    def __init__(self, settings: RetargetSettings, rig: Rig) -> None:
        self.settings = settings
        self.rig = rig
        self.table = ExpressionTable(settings.face, bound=rig.expressions, look_at=rig.look_at)
        self.shapes = ShapeResponse(settings.face)
        self.folding = Folding(rig.present)
        self.continuity = ContinuityPlan(settings)
        self._limits = AnatomicalLimits(settings) if settings.limits.anatomical else None
        gains = _gains(settings)
        self._gains = None if bool(np.all(gains == 1.0)) else gains[:, None]
        self._offsets = _offsets(settings)
        gaze = settings.gaze
        self._eyes_take = gaze.eyes_take_rest * (1.0 - gaze.head_share) * gaze.eye_gain
        parents = [HUMAN_PARENT.get(bone, _B.HIPS) for bone in HumanBone]
        before = geometry.quat_conjugate(rig.align_xyzw[parents])
        before[_B.HIPS] = geometry.IDENTITY_XYZW
        self._align_before, self._align_after = before, rig.align_xyzw
        self._aligned = bool(np.all(np.abs(rig.align_xyzw[:, 3]) > 1.0 - 1e-12))

    def adapt(self, rotvecs_rad: Array, local_xyzw: Array, *, step_s: float) -> Array:
        """The performer's rotations as this profile wants them, ``(55, 4)``; a new array."""
        region = self.settings.region
        if self._gains is not None:
            rotvecs_rad = rotvecs_rad * self._gains
            if self._eyes_take != 0.0:
                head = self.settings.gaze.head_share
                turned = (rotvecs_rad[_B.NECK] + rotvecs_rad[_B.HEAD]) / max(head, 1e-3)
                if head < 1e-3:  # the gain has taken the head's turn away: ask the rotations
                    turned = geometry.rotvec_from_quat(local_xyzw[list(_HEAD_BONES)]).sum(axis=0)
                rotvecs_rad[list(_EYES)] += self._eyes_take * turned
            out = geometry.quat_from_rotvec(rotvecs_rad)
        else:
            out = local_xyzw.copy()
        if region is Region.UPPER:
            # The pelvis stays: what it did, the spine now does, so the chest keeps its direction.
            out[_B.SPINE] = geometry.quat_multiply(local_xyzw[_B.HIPS], out[_B.SPINE])
            out[_B.HIPS] = geometry.IDENTITY_XYZW
        if self._offsets is not None:
            bones, turns = self._offsets
            out[bones] = geometry.quat_multiply(turns, out[bones])
        if self._limits is not None:
            self._limits.apply(out, step_s=step_s)
        return out

    def to_avatar(self, local_xyzw: Array) -> Array:
        """From the canonical T-pose to the avatar's own rest pose and bones."""
        if not self._aligned:
            local_xyzw = geometry.quat_multiply(
                geometry.quat_multiply(self._align_before, local_xyzw), self._align_after
            )
        self.folding.apply(local_xyzw)
        return local_xyzw


def _gains(settings: RetargetSettings) -> Array:
    gains = np.ones(HUMAN_BONE_COUNT)
    for bone in HumanBone:
        name = bone.name
        if name.endswith(("PROXIMAL", "INTERMEDIATE", "DISTAL")):
            gains[bone] = settings.fingers.curl_gain
        elif name.endswith("SHOULDER"):
            gains[bone] = settings.arms.shoulder_gain
    gains[list(_HEAD_BONES)] = settings.gaze.head_share
    gains[list(_EYES)] = settings.gaze.eye_gain
    if settings.region is Region.UPPER:
        gains[list(_LEGS)] = 0.0
    elif settings.region is Region.HEAD:
        gains[[bone for bone in HumanBone if bone not in _FACE_BONES]] = 0.0
    for bone in HumanBone:
        own = settings.bones.get(unity_bone_name(bone))
        if own is not None:
            gains[bone] *= own.gain
    return gains


def _offsets(settings: RetargetSettings) -> tuple[NDArray[np.intp], Array] | None:
    turns: dict[int, Array] = {}
    spread_rad = np.deg2rad(settings.arms.spread_deg)
    if spread_rad != 0.0:
        turns[_B.LEFT_UPPER_ARM] = geometry.quat_from_rotvec(np.array([0.0, 0.0, spread_rad]))
        turns[_B.RIGHT_UPPER_ARM] = geometry.quat_from_rotvec(np.array([0.0, 0.0, -spread_rad]))
    for bone in HumanBone:
        own = settings.bones.get(unity_bone_name(bone))
        if own is not None and any(own.offset_deg):
            turn = geometry.quat_from_rotvec(np.deg2rad(np.array(own.offset_deg)))
            before = turns.get(bone)
            turns[bone] = turn if before is None else geometry.quat_multiply(turn, before)
    if not turns:
        return None
    return np.array(list(turns), dtype=np.intp), np.array(list(turns.values()))
