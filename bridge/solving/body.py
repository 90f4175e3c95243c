"""The analytic body: canonical joints to SMPL-X's first 22 rotations, without memory of time
except for the twist that the caller may hand in.

The rotation of every bone in the world is built from directions (``trunk``, ``limbs``); local
rotations follow from neighbours. So the forward kinematics of the result reproduces every
observed bone direction of arms and legs exactly, and no error adds up along a limb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.skeleton import BODY_JOINTS, SMPLX_PARENT_INDEX, SmplxJoint
from bridge.solving.canonical import CanonicalJoint
from bridge.solving.frames import blended, transposed
from bridge.solving.limbs import (
    LimbEvidence,
    TwistMemory,
    limb_evidence,
    limb_rotations,
    settled_twist,
)
from bridge.solving.parts import Array
from bridge.solving.trunk import head_rotation, trunk_rotations

C = CanonicalJoint
J = SmplxJoint

BODY_COUNT: Final = len(BODY_JOINTS)
_PARENTS: Final = np.array(SMPLX_PARENT_INDEX[1:BODY_COUNT])
# How far each spine joint has gone from the pelvis's to the chest's rotation, and the neck from
# the chest's to the head's: means of the training motion.
_BETWEEN: Final = (J.SPINE1, J.SPINE2, J.NECK)
_BETWEEN_FROM: Final = np.array([0, 0, 1])  # of pelvis, chest, head
_BETWEEN_TO: Final = np.array([1, 1, 2])
_BETWEEN_SHARES: Final = np.array([0.35, 0.76, 0.4])[:, None, None]

# The joints in the order in which they are solved; collars go with the chest, toes with the foot.
_SOLVED: Final = (
    J.PELVIS, J.SPINE3, J.HEAD, *_BETWEEN,
    J.LEFT_SHOULDER, J.RIGHT_SHOULDER, J.LEFT_HIP, J.RIGHT_HIP,
    J.LEFT_ELBOW, J.RIGHT_ELBOW, J.LEFT_KNEE, J.RIGHT_KNEE,
    J.LEFT_WRIST, J.RIGHT_WRIST, J.LEFT_ANKLE, J.RIGHT_ANKLE,
)  # fmt: skip
_SAME_AS: Final = {
    J.LEFT_COLLAR: J.SPINE3, J.RIGHT_COLLAR: J.SPINE3,
    J.LEFT_FOOT: J.LEFT_ANKLE, J.RIGHT_FOOT: J.RIGHT_ANKLE,
}  # fmt: skip
_SOLVED_ROW: Final = np.array(
    [_SOLVED.index(_SAME_AS.get(J(joint), J(joint))) for joint in range(BODY_COUNT)]
)
# Pelvis, chest, the joints between them: trunk; head and neck: the head.
_TRUNK_OR_HEAD: Final = np.array([0, 0, 1, 0, 0, 1])


@dataclass(frozen=True, slots=True)
class BodyEvidence:
    """What one frame, or a batch, tells of the body before the limbs' twist is settled:
    rotations ``(..., 3, 3)`` in the world, confidences ``(...)``, and the limbs."""

    pelvis: Array
    chest: Array
    head: Array
    trunk_confidence: Array
    head_confidence: Array
    limbs: LimbEvidence


@dataclass(frozen=True, slots=True)
class AnalyticBody:
    """``world (..., 22, 3, 3)`` rotations of the body's joints in the world by ``SmplxJoint``,
    ``confidence (..., 22)``, and the twist to hand to the next frame."""

    world: Array
    confidence: Array
    memory: TwistMemory


def analytic_body(
    positions_m: Array,
    confidence: Array,
    *,
    memory: TwistMemory | None = None,
    hands: Array | None = None,
    hand_confidence: Array | None = None,
    head: Array | None = None,
    noise: Array | None = None,
) -> AnalyticBody:
    """Solve one frame, or a batch of frames that know nothing of one another; arguments as
    ``body_evidence`` takes them. Any joint may be missing (confidence 0): the result is finite,
    and its confidence says what it rests on."""
    evidence = body_evidence(
        positions_m, confidence,
        hands=hands, hand_confidence=hand_confidence, head=head, noise=noise,
    )  # fmt: skip
    limbs = evidence.limbs
    return assembled_body(evidence, settled_twist(limbs.upper_direction, limbs.hinge, memory))


def body_evidence(
    positions_m: Array,
    confidence: Array,
    *,
    hands: Array | None = None,
    hand_confidence: Array | None = None,
    head: Array | None = None,
    noise: Array | None = None,
) -> BodyEvidence:
    """``positions_m (..., 38, 3)`` in the world with any origin, ``confidence (..., 38)``, both
    by ``CanonicalJoint``. ``hands (..., 2, 3, 3)`` (where ``hand_confidence (..., 2)`` > 0) and
    ``head (..., 3, 3)`` are rotations in the world from the hand and face solvers; ``noise
    (..., 4)`` as ``limb_evidence`` takes it."""
    pelvis, chest = trunk_rotations(positions_m, confidence)
    limbs = limb_evidence(
        positions_m, confidence, pelvis=pelvis, chest=chest,
        hands=hands, hand_confidence=hand_confidence, noise=noise,
    )  # fmt: skip
    shoulders_seen = np.minimum(confidence[..., C.LEFT_SHOULDER], confidence[..., C.RIGHT_SHOULDER])
    hips_seen = np.minimum(confidence[..., C.LEFT_HIP], confidence[..., C.RIGHT_HIP])
    if head is None:
        head, head_seen = head_rotation(positions_m, confidence)
        head = np.where(head_seen[..., None, None] > 0.0, head, chest)
    else:
        head_seen = np.ones(confidence.shape[:-1])
    trunk_seen = np.maximum(hips_seen, shoulders_seen)
    return BodyEvidence(pelvis, chest, head, trunk_seen, head_seen, limbs)


def assembled_body(evidence: BodyEvidence, twist: TwistMemory) -> AnalyticBody:
    """All 22 rotations from the evidence and the settled twist of the limbs."""
    limbs = limb_rotations(evidence.limbs, twist)
    trunk = np.concatenate(
        [part[..., None, :, :] for part in (evidence.pelvis, evidence.chest, evidence.head)],
        axis=-3,
    )
    between = blended(
        trunk.take(_BETWEEN_FROM, axis=-3), trunk.take(_BETWEEN_TO, axis=-3), _BETWEEN_SHARES
    )
    world = np.concatenate((trunk, between, limbs), axis=-3)
    seen = np.concatenate(
        (evidence.trunk_confidence[..., None], evidence.head_confidence[..., None]), axis=-1
    )
    seen = np.concatenate((seen.take(_TRUNK_OR_HEAD, axis=-1), evidence.limbs.confidence), axis=-1)
    return AnalyticBody(world.take(_SOLVED_ROW, axis=-3), seen.take(_SOLVED_ROW, axis=-1), twist)


def local_from_world(world: Array) -> Array:
    """Rotations of the 22 body joints ``(..., 22, 3, 3)`` against their parents."""
    local = world.copy()
    np.matmul(
        transposed(world.take(_PARENTS, axis=-3)), world[..., 1:, :, :], out=local[..., 1:, :, :]
    )
    return local
