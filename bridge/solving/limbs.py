"""Arms and legs: each bone's direction from two joints, its twist from what can be seen.

The direction of a bone says nothing of its twist. The twist of the upper arm and thigh comes
from the plane in which the elbow or knee bends; as the limb straightens that plane fades, and
the hand or foot, the usual twist for that direction of the limb, and the last frame's twist
(``TwistMemory``) take over in proportion to how much each is worth. All are added as vectors
across the bone, so nothing can flip from one frame to the next.

The forearm turns only with its elbow's hinge; all pronation is in the wrist joint, as in the
motion capture that the project measures itself by (CMU's models, where elbows are hinges).
Spreading it along the forearm's mesh is the avatar's affair.

Limbs are stacked: left arm, right arm, left leg, right leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.geometry import cross
from bridge.kinematics import rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalJoint
from bridge.solving.extremities import hand_rotations, soles
from bridge.solving.frames import carried, dot, frame, transposed, unit
from bridge.solving.parts import Array

C = CanonicalJoint
J = SmplxJoint

LIMB_COUNT: Final = 4
# Roots, middles and ends of the limbs: each bone goes from one row to the fourth after it.
_CHAIN: Final = np.array(
    [C.LEFT_SHOULDER, C.RIGHT_SHOULDER, C.LEFT_HIP, C.RIGHT_HIP,
     C.LEFT_ELBOW, C.RIGHT_ELBOW, C.LEFT_KNEE, C.RIGHT_KNEE,
     C.LEFT_WRIST, C.RIGHT_WRIST, C.LEFT_ANKLE, C.RIGHT_ANKLE]
)  # fmt: skip

_X, _Y, _Z = np.eye(3)
_REST: Final = rest_joints_m().astype(np.float64)
_REST_POINTS: Final = np.array(
    [
        [_REST[J[f"{side}_{name}"]] for name in pair for side in ("LEFT", "RIGHT")]
        for pair in (("SHOULDER", "HIP"), ("ELBOW", "KNEE"), ("WRIST", "ANKLE"))
    ]
)
# Upper and lower bones of the rest skeleton: arms along ±X, legs down.
_REST_BONES: Final = unit(_REST_POINTS[1:] - _REST_POINTS[:-1])
_REST_UPPER: Final = _REST_BONES[0]
# The hinge is the axis ``upper × lower`` of a bent limb. Knees bring the shin back. With the
# T-pose's palms down, the pit of the elbow looks forward and up: elbows bring the forearm there,
# 30° above straight ahead (the elbow's axis in CMU's models of all its subjects).
_ELBOW_TILT_RAD: Final = np.deg2rad(30.0)
ELBOW_HINGE: Final = -_Y * np.cos(_ELBOW_TILT_RAD) + _Z * np.sin(_ELBOW_TILT_RAD)
_REST_HINGE: Final = np.array([ELBOW_HINGE, -ELBOW_HINGE, _X, _X])
_REST_FRAME_INVERSE: Final = transposed(frame(_REST_BONES, _REST_HINGE)).reshape(8, 3, 3)

# Worth of each kind of evidence: one over its variance in rad². A bend plane is as good as the
# directions that span it (about 0.1 rad with landmarks a few centimetres off, 0.01 with steady
# ones), times the sine.
_BEND_WORTH: Final = 1.0 / 0.1**2
_STEADY_BEND_WORTH: Final = 1.0 / 0.01**2
_STEADY_GAIN: Final = np.log(_STEADY_BEND_WORTH / _BEND_WORTH)
_REST_BEND: Final = 0.065  # sine: straight limbs of a skeleton are bent this much, any way round
_CLEAR_BEND: Final = 0.2  # sine beyond that at which a steady bend is fully believed
_HAND_WORTH: Final = 1.0 / 0.45**2  # the spread of pronation in the training motion
_FOOT_WORTH: Final = 1.0 / 0.25**2  # feet turn that much against their knees
_END_WORTH: Final = np.array([_HAND_WORTH, _HAND_WORTH, _FOOT_WORTH, _FOOT_WORTH])
_USUAL_WORTH: Final = np.array([4.0, 4.0, 8.0, 8.0])[:, None]  # spread 0.5 rad, legs 0.35

# How the upper arm is usually twisted against the shortest swing from the T-pose, as the cosine
# and sine of an angle, linear in the direction's difference to the T-pose (left arm, chest's
# axes). Least squares over the training motion; nothing is left at the T-pose itself.
_USUAL_TURN: Final = np.array([[0.5, 0.2], [-0.3, -0.6], [0.15, -0.35]])
_MIRROR: Final = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])  # directions: left as they are
_TURN_SIGN: Final = np.array([[1.0], [-1.0]])  # angles change sign in a mirror

# The roll of a foot: its own three points lie close together, the knee's hinge is steadier.
_OWN_ROLL_SHARE: Final = 0.4
_STEADY_OWN_ROLL_SHARE: Final = 0.98  # the rest is for a foot without a heel
_MEMORY_S: Final = 0.5  # the worth of a remembered twist falls by e in this time
_MEMORY_WORTH_MAX: Final = 30.0  # 1/rad²: memory alone is trusted to about 10°
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class TwistMemory:
    """Upper bones of the last frame: direction and hinge ``(..., 4, 3)`` in the world, and what
    the hinge is worth, ``(..., 4, 1)`` in 1/rad²."""

    direction: Array
    hinge: Array
    worth: Array


@dataclass(frozen=True, slots=True)
class LimbEvidence:
    """What one frame tells of the limbs, before the twist is settled.

    ``directions (..., 8, 3)`` of the upper bones, then the lower ones, unit, world; ``hinge (...,
    4, 3)`` the evidence of each upper bone's hinge, as long as it is worth (1/rad²); ``palms (...,
    2, 3, 3)``; ``sole`` and ``own_roll`` ``(..., 2, 3)`` of the feet with ``own_roll_share``;
    ``sole_frame_inverse``; ``confidence (..., 12)`` of upper bones, lower bones, hands and feet.
    """

    directions: Array
    hinge: Array
    palms: Array
    sole: Array
    own_roll: Array
    own_roll_share: Array | float
    sole_frame_inverse: Array
    confidence: Array

    @property
    def upper_direction(self) -> Array:
        """``(..., 4, 3)`` of the upper bones."""
        return self.directions[..., :LIMB_COUNT, :]


def limb_evidence(
    positions_m: Array,
    confidence: Array,
    *,
    pelvis: Array,
    chest: Array,
    hands: Array | None = None,
    hand_confidence: Array | None = None,
    noise: Array | None = None,
) -> LimbEvidence:
    """Directions and evidence of twist of both arms and legs in the world.

    ``positions_m (..., 38, 3)`` world and ``confidence (..., 38)`` by ``CanonicalJoint``;
    ``pelvis`` and ``chest`` ``(..., 3, 3)`` world. ``hands (..., 2, 3, 3)`` replace the hands'
    rotations where a hand solver knows better (``hand_confidence (..., 2)`` > 0). ``noise
    (..., 4)`` 0–1 says how doubtful each limb's landmarks are; without it, a camera's guesses.
    """
    points, seen = positions_m.take(_CHAIN, axis=-2), confidence.take(_CHAIN, axis=-1)
    weight = np.minimum(seen[..., 4:], seen[..., :8])
    upper_weight, lower_weight = weight[..., :4], weight[..., 4:]
    parents = np.empty((*weight.shape[:-1], LIMB_COUNT, 3, 3))
    parents[..., :2, :, :] = chest[..., None, :, :]
    parents[..., 2:, :, :] = pelvis[..., None, :, :]
    directions = unit(points[..., 4:, :] - points[..., :8, :])
    upper_direction, lower_direction = directions[..., :4, :], directions[..., 4:, :]
    # A bone that nobody sees hangs down its parent, or goes on as the bone before it.
    unseen = (weight <= 0.0)[..., None]
    np.copyto(upper_direction, -parents[..., :, 1], where=unseen[..., :4, :])
    np.copyto(lower_direction, upper_direction, where=unseen[..., 4:, :])
    palms, palm_weight = hand_rotations(
        positions_m, confidence, forearm_direction=lower_direction[..., :2, :]
    )
    if hands is not None and hand_confidence is not None:
        better = hand_confidence > 0.0
        palms = np.where(better[..., None, None], hands, palms)
        palm_weight = np.where(better, hand_confidence, palm_weight)
    sole, own_roll, foot_weight, sole_frame_inverse = soles(positions_m, confidence)

    evidence = _usual_hinge(upper_direction, parents)
    bend = cross(upper_direction, lower_direction)
    sine = np.sqrt(dot(bend, bend))
    bend_worth = (_BEND_WORTH * upper_weight * lower_weight)[..., None]
    own_roll_share: Array | float = _OWN_ROLL_SHARE
    if noise is not None:
        bent = np.minimum(np.maximum((sine - _REST_BEND) / _CLEAR_BEND, 0.0), 1.0)
        bend_worth *= np.exp((1.0 - noise)[..., None] * bent * _STEADY_GAIN)
        steadier = _OWN_ROLL_SHARE - _STEADY_OWN_ROLL_SHARE
        own_roll_share = _STEADY_OWN_ROLL_SHARE + steadier * noise[..., 2:, None]
    evidence += bend * (sine * bend_worth)
    end_weight = np.concatenate((palm_weight, foot_weight), axis=-1)
    end_worth = end_weight * _END_WORTH
    end_worth[..., 2:] *= lower_weight[..., 2:]
    of_ends = np.concatenate(
        ((palms @ _REST_HINGE[:2, :, None])[..., 0], cross(sole, lower_direction[..., 2:, :])),
        axis=-2,
    )
    evidence += of_ends * end_worth[..., None]
    return LimbEvidence(
        directions, evidence, palms, sole, own_roll, own_roll_share, sole_frame_inverse,
        np.concatenate((weight, end_weight), axis=-1),
    )  # fmt: skip


def settled_twist(
    upper_direction: Array, hinge: Array, memory: TwistMemory | None = None
) -> TwistMemory:
    """The evidence of this frame and what is remembered, both ``(..., 4, 3)``, as one hinge
    across each upper bone."""
    if memory is not None:
        kept = carried(memory.hinge, from_unit=memory.direction, to_unit=upper_direction)
        hinge = hinge + kept * memory.worth
    hinge = hinge - upper_direction * dot(hinge, upper_direction)
    worth = np.sqrt(dot(hinge, hinge))
    return TwistMemory(upper_direction, hinge / (worth + _TINY), worth)


def aged(memory: TwistMemory, *, dt_s: Array | float) -> TwistMemory:
    """What is left of a twist after ``dt_s`` (or ``(...)`` for a batch)."""
    left: Array = np.exp(np.asarray(dt_s) / -_MEMORY_S)
    return TwistMemory(
        memory.direction,
        memory.hinge,
        np.minimum(memory.worth, _MEMORY_WORTH_MAX) * left[..., None, None],
    )


def limb_rotations(evidence: LimbEvidence, twist: TwistMemory) -> Array:
    """Rotations ``(..., 12, 3, 3)`` of both arms and legs in the world, from directions and
    hinges: upper bones, lower bones, hands and feet."""
    hinge, own = twist.hinge, evidence.own_roll_share
    lateral = evidence.own_roll * own + hinge[..., 2:, :] * (1.0 - own)
    frames = frame(
        np.concatenate((evidence.directions, evidence.sole), axis=-2),
        np.concatenate((hinge, hinge, lateral), axis=-2),
    )
    bones = frames[..., :8, :, :] @ _REST_FRAME_INVERSE
    feet = frames[..., 8:, :, :] @ evidence.sole_frame_inverse
    return np.concatenate((bones, evidence.palms, feet), axis=-3)


def _usual_hinge(upper_direction: Array, parents: Array) -> Array:
    """Hinges ``(..., 4, 3)``, world, as people usually have them with limbs in that direction, as
    long as that is worth."""
    in_parent = (transposed(parents) @ upper_direction[..., None])[..., 0]
    hinge = carried(_REST_HINGE, from_unit=_REST_UPPER, to_unit=in_parent)
    arms = in_parent[..., :2, :]
    turn = (arms * _MIRROR - _REST_UPPER[0]) @ _USUAL_TURN
    arm_hinge = hinge[..., :2, :]
    hinge[..., :2, :] = unit(
        arm_hinge * (1.0 + turn[..., :1]) + cross(arms, arm_hinge) * (turn[..., 1:] * _TURN_SIGN)
    )
    hinge *= _USUAL_WORTH
    return (parents @ hinge[..., None])[..., 0]
