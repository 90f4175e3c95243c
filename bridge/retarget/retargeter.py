"""From the performer's SMPL-X pose to an avatar's humanoid bones and expressions."""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge import geometry
from bridge.kinematics import rest_joints_m
from bridge.retarget.expressions import DEFAULT_TABLE, ExpressionTable
from bridge.retarget.folding import Folding
from bridge.retarget.mirror import mirrored
from bridge.retarget.presence import Presence
from bridge.retarget.settings import HipsAnchor, RetargetSettings
from bridge.skeleton import SMPLX_JOINT_OF, HumanBone, SmplxJoint
from bridge.types import ActorPose, FloatArray, HumanoidPose, TrackingState

_JOINT_OF_BONE: Final = np.array([int(SMPLX_JOINT_OF[bone]) for bone in HumanBone])
_ACTOR_HIPS_HEIGHT_M: Final = float(rest_joints_m()[SmplxJoint.PELVIS, 1])


class Retargeter:
    """Keeps what it needs of the past: where the performer was first seen, and when last."""

    def __init__(self, settings: RetargetSettings) -> None:
        self._settings = settings
        self._table = ExpressionTable(DEFAULT_TABLE)
        self._folding = Folding(frozenset(HumanBone))
        self._presence = Presence(settings.presence)
        self._anchor_m: FloatArray | None = None
        self._hips_height_m = _ACTOR_HIPS_HEIGHT_M

    def retarget(self, actor: ActorPose) -> HumanoidPose:
        """One step; times come from the pose's stamp."""
        if self._settings.mirror:
            actor = mirrored(actor)
        state = self._presence.judge(actor)
        local = geometry.quat_from_rotvec(actor.rotvecs_rad[_JOINT_OF_BONE].astype(np.float64))
        self._folding.apply(local)
        return HumanoidPose(
            stamp=actor.stamp,
            hips_m=self._hips(actor, state),
            rotations_xyzw=local.astype(np.float32),
            expressions=self._table.evaluate(actor.arkit),
            state=state,
        )

    def _hips(self, actor: ActorPose, state: TrackingState) -> FloatArray:
        hips = self._settings.hips
        root_m = actor.root_m
        if self._anchor_m is None:
            if hips.anchor is HipsAnchor.WORLD:
                self._anchor_m = np.zeros(3, np.float32)
            elif state is TrackingState.TRACKED:
                self._anchor_m = root_m * np.array([1.0, 0.0, 1.0], np.float32)
            else:
                return np.array([0.0, self._hips_height_m, 0.0], np.float32)
        scale = self._hips_height_m / _ACTOR_HIPS_HEIGHT_M
        moved = (root_m - self._anchor_m) * np.float32(scale)
        moved[[0, 2]] *= np.float32(hips.sway)
        return moved
