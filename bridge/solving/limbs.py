"""Arms and legs: each bone's direction from two joints, its twist from what can be seen.

The direction of a bone says nothing of its twist. The twist of the upper arm and thigh comes
from the plane in which the elbow or knee bends; as the limb straightens that plane fades, and
the hand or foot, the usual twist for that direction of the limb, and the last frame's twist
(``memory``) take over in proportion to how much each is worth. All are added as vectors across
the bone, so nothing can flip from one frame to the next.

Limbs are stacked: left arm, right arm, left leg, right leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.kinematics import rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalJoint
from bridge.solving.frames import carried, cross, dot, frame, transposed, turned_about_x, unit
from bridge.solving.parts import Array

C = CanonicalJoint
J = SmplxJoint

LIMB_COUNT: Final = 4
_ROOTS: Final = np.array([C.LEFT_SHOULDER, C.RIGHT_SHOULDER, C.LEFT_HIP, C.RIGHT_HIP])
_MIDDLES: Final = np.array([C.LEFT_ELBOW, C.RIGHT_ELBOW, C.LEFT_KNEE, C.RIGHT_KNEE])
_ENDS: Final = np.array([C.LEFT_WRIST, C.RIGHT_WRIST, C.LEFT_ANKLE, C.RIGHT_ANKLE])

_X, _Y, _Z = np.eye(3)
_REST: Final = rest_joints_m().astype(np.float64)
_REST_POINTS: Final = np.array(
    [
        [
            _REST[J[f"{side}_{name}"]]
            for side, name in zip(("LEFT", "RIGHT") * 2, names, strict=True)
        ]
        for names in (
            ("SHOULDER", "SHOULDER", "HIP", "HIP"),
            ("ELBOW", "ELBOW", "KNEE", "KNEE"),
            ("WRIST", "WRIST", "ANKLE", "ANKLE"),
        )
    ]
)
# Upper and lower bones of the rest skeleton: arms along ±X, legs down.
_REST_BONES: Final = unit(_REST_POINTS[1:] - _REST_POINTS[:-1])
_REST_UPPER: Final = _REST_BONES[0]
# The hinge is the axis ``upper × lower`` of a bent limb: elbows bring the forearm forward,
# knees bring the shin back.
_REST_HINGE: Final = np.array([-_Y, _Y, _X, _X])
_REST_FRAME_INVERSE: Final = transposed(frame(_REST_BONES, _REST_HINGE))

# Worth of each kind of evidence: one over its variance in rad². A bend plane is as good as the
# directions that span it (about 0.1 rad with landmarks a few centimetres off), times the sine.
_BEND_WORTH: Final = 1.0 / 0.1**2
_FOOT_WORTH: Final = 1.0 / 0.25**2  # feet turn that much against their knees
_USUAL_WORTH: Final = np.array([3.0, 3.0, 8.0, 8.0])[:, None]  # 0.6 rad for arms, 0.35 for legs

# Half way between full pronation (the T-pose's palms down with elbows that bend forward) and
# full supination: where hands are most of the time. Supination is negative about the X axis.
USUAL_SUPINATION_RAD: Final = -1.0
# The share of the forearm's twist that SMPL-X motion carries in the elbow joint; the rest is in
# the wrist joint.
ELBOW_TWIST_SHARE: Final = 0.5

# Twist of a hand against its upper arm: 0 is full pronation in these axes (AAOS: 80° each way
# from the middle; 15° more in the wrist and in the measurement).
_FOREARM_TWIST_MIN_RAD: Final = -2.9
_FOREARM_TWIST_MAX_RAD: Final = 0.5
_FOREARM_EASY_MIN_RAD: Final = -2.2  # without effort: what a straight arm's hand leaves open
_FOREARM_EASY_MAX_RAD: Final = 0.1

_HEEL_BEHIND_ANKLE_M: Final = 0.075  # of a 1.70 m body; in the rest pose soles are level and
# point straight ahead, whatever the skeleton's toe-out
_HEEL_REST_M: Final = {
    side: np.array([foot[0], foot[1], ankle[2] - _HEEL_BEHIND_ANKLE_M])
    for side in ("LEFT", "RIGHT")
    for foot, ankle in [(_REST[J[f"{side}_FOOT"]], _REST[J[f"{side}_ANKLE"]])]
}

_SIDES: Final = ("LEFT", "RIGHT")
# Points of each hand and foot, stacked by side, and where they are in the rest pose.
_HAND_POINTS: Final = np.array(
    [[C[f"{s}_{n}"] for n in ("WRIST", "INDEX", "PINKY", "MIDDLE", "THUMB")] for s in _SIDES]
)
_HAND_REST_M: Final = np.array(
    [[_REST[J[f"{s}_{n}"]] for n in ("WRIST", "INDEX1", "PINKY1", "MIDDLE1", "THUMB2")]
     for s in _SIDES]
)  # fmt: skip
_FOOT_POINTS: Final = np.array([[C[f"{s}_{n}"] for n in ("ANKLE", "HEEL", "TOE")] for s in _SIDES])
_FOOT_REST_M: Final = np.array(
    [[_REST[J[f"{s}_ANKLE"]], _HEEL_REST_M[s], _REST[J[f"{s}_FOOT"]]] for s in _SIDES]
)
_PALM_SPARE: Final = 1e-3  # worth of the middle knuckle and thumb where index and pinky are seen
# The roll of a foot: its own three points lie close together, the knee's hinge is steadier.
_OWN_ROLL_SHARE: Final = 0.4
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class LimbRotations:
    """World rotations ``(..., 4, 3, 3)`` of upper bone, lower bone and hand or foot, with their
    confidences ``(..., 4)``, and the state that keeps the twist over frames."""

    upper: Array
    lower: Array
    end: Array
    upper_confidence: Array
    lower_confidence: Array
    end_confidence: Array
    memory: TwistMemory


@dataclass(frozen=True, slots=True)
class TwistMemory:
    """Upper bones of the last frame: direction and hinge ``(..., 4, 3)`` in the world, and what
    the hinge is worth, ``(..., 4, 1)`` in 1/rad²."""

    direction: Array
    hinge: Array
    worth: Array


def limb_rotations(
    positions_m: Array,
    confidence: Array,
    *,
    pelvis: Array,
    chest: Array,
    memory: TwistMemory | None = None,
    hands: Array | None = None,
    hand_confidence: Array | None = None,
) -> LimbRotations:
    """Rotations of both arms and legs in the world.

    ``positions_m (..., 38, 3)`` world and ``confidence (..., 38)`` by ``CanonicalJoint``;
    ``pelvis`` and ``chest`` ``(..., 3, 3)`` world. ``memory`` is worth what its ``worth`` says.
    ``hands (..., 2, 3, 3)`` with ``hand_confidence (..., 2)`` replace the hands' rotations where
    a hand solver knows better.
    """
    roots, middles, ends = (positions_m[..., rows, :] for rows in (_ROOTS, _MIDDLES, _ENDS))
    upper_weight = np.minimum(confidence[..., _ROOTS], confidence[..., _MIDDLES])
    lower_weight = np.minimum(confidence[..., _MIDDLES], confidence[..., _ENDS])
    parents = np.stack((chest, chest, pelvis, pelvis), axis=-3)
    hanging = -parents[..., :, 1]  # a bone that nobody sees hangs down its parent
    upper_direction = _direction(middles - roots, upper_weight, hanging)
    lower_direction = _direction(ends - middles, lower_weight, upper_direction)

    palms, palm_weight = _hand_rotations(positions_m, confidence, lower_direction[..., :2, :])
    if hands is not None and hand_confidence is not None:
        better = hand_confidence > 0.0
        palms = np.where(better[..., None, None], hands, palms)
        palm_weight = np.where(better, hand_confidence, palm_weight)
    soles, own_roll, foot_weight, sole_frame_inverse = _soles(positions_m, confidence)

    bend = cross(upper_direction, lower_direction)
    sine = np.sqrt(dot(bend, bend))
    evidence = bend * (sine * _BEND_WORTH * (upper_weight * lower_weight)[..., None])
    foot_hinge = cross(-lower_direction[..., 2:, :], soles)
    evidence[..., 2:, :] += foot_hinge * (
        _FOOT_WORTH * (lower_weight[..., 2:] * foot_weight)[..., None]
    )
    usual = _usual_hinge(upper_direction, parents)
    usual[..., :2, :] = _within_reach(usual[..., :2, :], palms, palm_weight, lower_direction)
    evidence += usual * _USUAL_WORTH
    if memory is not None:
        kept = carried(memory.hinge, from_unit=memory.direction, to_unit=upper_direction)
        evidence += kept * memory.worth
    evidence -= upper_direction * dot(evidence, upper_direction)
    worth = np.sqrt(dot(evidence, evidence))
    hinge = evidence / (worth + _TINY)

    bones = frame(np.stack((upper_direction, lower_direction), axis=-3), hinge[..., None, :, :]) @ (
        _REST_FRAME_INVERSE
    )
    upper, lower = bones[..., 0, :, :, :], bones[..., 1, :, :, :]
    forearms = _twisted_forearms(lower[..., :2, :, :], palms, palm_weight)
    lateral = _OWN_ROLL_SHARE * own_roll + (1.0 - _OWN_ROLL_SHARE) * hinge[..., 2:, :]
    feet = frame(soles, lateral) @ sole_frame_inverse
    return LimbRotations(
        upper=upper,
        lower=np.concatenate((forearms, lower[..., 2:, :, :]), axis=-3),
        end=np.concatenate((palms, feet), axis=-3),
        upper_confidence=upper_weight,
        lower_confidence=lower_weight,
        end_confidence=np.concatenate((palm_weight, foot_weight), axis=-1),
        memory=TwistMemory(upper_direction, hinge, worth),
    )


def _direction(vectors: Array, weight: Array, fallback: Array) -> Array:
    """Unit vectors, or ``fallback`` where nothing is seen."""
    return np.where(weight[..., None] > 0.0, unit(vectors), fallback)


def _usual_hinge(upper_direction: Array, parents: Array) -> Array:
    """The hinge that the shortest swing from the T-pose would give, in the world."""
    in_parent = (transposed(parents) @ upper_direction[..., None])[..., 0]
    hinge = carried(_REST_HINGE, from_unit=_REST_UPPER, to_unit=in_parent)
    return (parents @ hinge[..., None])[..., 0]


def _within_reach(hinge: Array, palms: Array, palm_weight: Array, lower_direction: Array) -> Array:
    """Turn elbows' hinges ``(..., 2, 3)`` as little as lets the forearms reach their hands.

    Forearms turn from full pronation to full supination and no further, so a hand that would
    need more means that the upper arm itself is turned.
    """
    forearms = lower_direction[..., :2, :]
    axis = forearms * _X_SIGN
    pronated = cross(forearms, palms[..., :, 2])  # the hinge if the hand is fully pronated
    across = cross(axis, hinge)
    angle = _cut_opposite_usual(np.arctan2(dot(across, pronated), dot(hinge, pronated))[..., 0])
    excess = angle - np.clip(angle, _FOREARM_EASY_MIN_RAD, _FOREARM_EASY_MAX_RAD)
    excess = (excess * (palm_weight > 0.0))[..., None]
    return hinge * np.cos(excess) + across * np.sin(excess)


def _hand_rotations(
    positions_m: Array, confidence: Array, forearm_direction: Array
) -> tuple[Array, Array]:
    """Both hands in the world ``(..., 2, 3, 3)`` and their confidence ``(..., 2)``.

    Along the hand: wrist to knuckles; across it: from the pinky's to the index's knuckle, or,
    where a sensor has only the palm and thumb, from the palm to the thumb.
    """
    weight = confidence[..., _HAND_POINTS]
    wrist, index, pinky, middle, thumb = (weight[..., i] for i in range(5))
    edge = np.minimum(index, pinky)
    spare = np.minimum(middle, thumb) * np.where(edge > 0.0, 0.0, 1.0)
    along = np.stack(
        (-np.ones_like(edge), index * 0.5, pinky * 0.5, middle * _PALM_SPARE, 0.0 * thumb), axis=-1
    )
    along[..., 1:] /= np.add.reduce(along[..., 1:], axis=-1, keepdims=True) + _TINY
    across = np.stack((0.0 * edge, edge, 0.0 - edge, 0.0 - spare, spare), axis=-1)
    contrast = np.stack((along, across), axis=-2)
    observed = contrast @ positions_m[..., _HAND_POINTS, :]
    rest = contrast @ _HAND_REST_M
    seen = np.minimum(wrist, np.maximum(edge, spare))
    unseen = (seen <= 0.0)[..., None]
    # A hand that nobody sees continues its forearm.
    first = np.where(unseen, forearm_direction, observed[..., 0, :])
    first_rest = np.where(unseen, _REST_BONES[1, :2], rest[..., 0, :])
    second_rest = np.where(unseen, _Z, rest[..., 1, :])
    turned = frame(first, observed[..., 1, :]) @ transposed(frame(first_rest, second_rest))
    return turned, seen


def _soles(positions_m: Array, confidence: Array) -> tuple[Array, Array, Array, Array]:
    """Heel to toe and the foot's own lateral axis ``(..., 2, 3)``, the feet's confidence
    ``(..., 2)`` and the inverse of the frame that they have in the rest pose.

    Without a heel the ankle stands in for it.
    """
    points = positions_m[..., _FOOT_POINTS, :]
    weight = confidence[..., _FOOT_POINTS]
    ankle, heel, toe = (points[..., i, :] for i in range(3))
    has_heel = (weight[..., 1] > 0.0)[..., None]
    lateral = np.where(has_heel, unit(cross(ankle - heel, toe - heel)), 0.0)
    sole = unit(toe - np.where(has_heel, heel, ankle))
    seen = np.minimum(weight[..., 2], np.where(has_heel[..., 0], weight[..., 1], weight[..., 0]))
    rest_inverse = np.where(has_heel[..., None], _SOLE_FRAME_INVERSE, _INSTEP_FRAME_INVERSE)
    return sole, lateral, seen, rest_inverse


def _twisted_forearms(flexed: Array, palms: Array, palm_weight: Array) -> Array:
    """Forearms with the elbow's share of the twist that their hands show."""
    thumb_side = (transposed(flexed) @ palms[..., :, 2:])[..., 0]
    angle = np.arctan2(-thumb_side[..., 1], thumb_side[..., 2])
    angle = _cut_opposite_usual(angle)
    angle = np.clip(angle, _FOREARM_TWIST_MIN_RAD, _FOREARM_TWIST_MAX_RAD)
    angle = np.where(palm_weight > 0.0, angle, USUAL_SUPINATION_RAD)
    return flexed @ turned_about_x(ELBOW_TWIST_SHARE * angle)


def _cut_opposite_usual(angles_rad: Array) -> Array:
    """The same angles with the cut opposite to the usual twist, where no hand ever is."""
    turned = np.remainder(angles_rad - (USUAL_SUPINATION_RAD - np.pi), 2.0 * np.pi)
    return turned + (USUAL_SUPINATION_RAD - np.pi)


_X_SIGN: Final = np.array([[1.0], [-1.0]])  # the X axis points along the left arm only
_SOLE_FRAME_INVERSE: Final = transposed(
    frame(_FOOT_REST_M[:, 2] - _FOOT_REST_M[:, 1], np.array([_X, _X]))
)
_INSTEP_FRAME_INVERSE: Final = transposed(
    frame(_FOOT_REST_M[:, 2] - _FOOT_REST_M[:, 0], np.array([_X, _X]))
)
