"""How thick a body is around its bones, for touching and for not going through.

Estimated from the skeleton by human proportions: breadths and depths as shares of stature after
Drillis and Contini (1966), the head after the same tables, scaled by the bones that bear them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.kinematics import DEFAULT_STATURE_M, rest_joints_m
from bridge.skeleton import SMPLX_JOINT_OF, HumanBone

Array = NDArray[np.float64]
_B = HumanBone

# Of a body of the default stature, metres.
_HEAD_RADIUS_M: Final = 0.050 * DEFAULT_STATURE_M  # half of breadth and depth, averaged
_HEAD_CENTRE_M: Final = (0.0, 0.048 * DEFAULT_STATURE_M, 0.012 * DEFAULT_STATURE_M)
_HEAD_HALF_AXIS_M: Final = 0.015 * DEFAULT_STATURE_M  # the skull is higher than it is wide
_TORSO_RADIUS_M: Final = 0.062 * DEFAULT_STATURE_M  # half of the chest's depth
_TORSO_HALF_GAP_M: Final = 0.030 * DEFAULT_STATURE_M  # two capsules beside each other: an ellipse
_UPPER_ARM_RADIUS_M: Final = 0.027 * DEFAULT_STATURE_M
_FOREARM_RADIUS_M: Final = 0.021 * DEFAULT_STATURE_M
_HAND_RADIUS_M: Final = 0.014 * DEFAULT_STATURE_M  # half of the palm's thickness and flesh


@dataclass(frozen=True, slots=True)
class BodyShape:
    """Radii and places of the capsules of one body, metres, in the T-pose's axes.

    ``head_centre_m``: from the head joint. ``torso_half_gap_m``: of the torso's two axes from
    the middle. ``palm_m (2, 3)``: from the wrist to the middle of the palm, left and right.
    ``knuckle_m (2, 3)``: from the wrist to the middle finger's base.
    """

    head_radius_m: float
    head_half_axis_m: float
    head_centre_m: tuple[float, float, float]
    torso_radius_m: float
    torso_half_gap_m: float
    upper_arm_radius_m: float
    forearm_radius_m: float
    hand_radius_m: float
    palm_m: Array
    knuckle_m: Array


def shape_from_bones(positions_m: Array, *, head_scale: float | None = None) -> BodyShape:
    """The shape of a skeleton with joints ``(55, 3)`` in the T-pose.

    ``head_scale``: the head against that of the default body; without it, as the eyes' height
    above the head joint tells, or the body's own scale.
    """
    human = human_positions_m()

    def distance(a: HumanBone, b: HumanBone, of: Array) -> float:
        return float(np.linalg.norm(of[a] - of[b]))

    def ratio(a: HumanBone, b: HumanBone) -> float:
        return distance(a, b, positions_m) / distance(a, b, human)

    body = float(positions_m[_B.HIPS, 1] / human[_B.HIPS, 1])
    shoulders = ratio(_B.LEFT_UPPER_ARM, _B.RIGHT_UPPER_ARM)
    arm = ratio(_B.LEFT_LOWER_ARM, _B.LEFT_HAND)
    torso = (shoulders + body) / 2.0
    if head_scale is None:
        eyes_m = float((positions_m[_B.LEFT_EYE] - positions_m[_B.HEAD])[1])
        human_eyes_m = float((human[_B.LEFT_EYE] - human[_B.HEAD])[1])
        head_scale = eyes_m / human_eyes_m if eyes_m > 0.0 else body
    hands = [_palm(positions_m, human, side) for side in ("LEFT", "RIGHT")]
    limb = min(arm, body)
    x, y, z = _HEAD_CENTRE_M
    return BodyShape(
        head_radius_m=_HEAD_RADIUS_M * head_scale,
        head_half_axis_m=_HEAD_HALF_AXIS_M * head_scale,
        head_centre_m=(x * head_scale, y * head_scale, z * head_scale),
        torso_radius_m=_TORSO_RADIUS_M * torso,
        torso_half_gap_m=_TORSO_HALF_GAP_M * torso,
        upper_arm_radius_m=_UPPER_ARM_RADIUS_M * limb,
        forearm_radius_m=_FOREARM_RADIUS_M * limb,
        hand_radius_m=_HAND_RADIUS_M * limb,
        palm_m=np.array([palm for palm, _ in hands]),
        knuckle_m=np.array([knuckle for _, knuckle in hands]),
    )


def human_positions_m() -> Any:
    """The default skeleton's joints ``(55, 3)`` by ``HumanBone``."""
    return rest_joints_m().astype(np.float64)[[SMPLX_JOINT_OF[bone] for bone in HumanBone]]


def _palm(positions_m: Array, human: Array, side: str) -> tuple[Array, Array]:
    hand, elbow, knuckle = (
        _B[f"{side}_{bone}"] for bone in ("HAND", "LOWER_ARM", "MIDDLE_PROXIMAL")
    )
    to_knuckle = positions_m[knuckle] - positions_m[hand]
    if np.linalg.norm(to_knuckle) < 1e-6:  # an avatar without fingers
        forearm = positions_m[hand] - positions_m[elbow]
        human_forearm_m = np.linalg.norm(human[hand] - human[elbow])
        to_knuckle = forearm * (np.linalg.norm(human[knuckle] - human[hand]) / human_forearm_m)
    return to_knuckle / 2.0, to_knuckle
