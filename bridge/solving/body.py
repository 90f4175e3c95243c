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
_BETWEEN: Final = np.array([J.SPINE1, J.SPINE2, J.NECK])
_BETWEEN_SHARES: Final = np.array([0.35, 0.76, 0.4])[:, None, None]

_UPPERS: Final = np.array([J.LEFT_SHOULDER, J.RIGHT_SHOULDER, J.LEFT_HIP, J.RIGHT_HIP])
_LOWERS: Final = np.array([J.LEFT_ELBOW, J.RIGHT_ELBOW, J.LEFT_KNEE, J.RIGHT_KNEE])
_ENDS: Final = np.array([J.LEFT_WRIST, J.RIGHT_WRIST, J.LEFT_ANKLE, J.RIGHT_ANKLE])
_TOES: Final = np.array([J.LEFT_FOOT, J.RIGHT_FOOT])
_COLLARS: Final = np.array([J.LEFT_COLLAR, J.RIGHT_COLLAR])


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
    pelvis, chest, head = evidence.pelvis, evidence.chest, evidence.head
    trunk_seen = evidence.trunk_confidence
    limbs = limb_rotations(evidence.limbs, twist)
    world = np.empty((*trunk_seen.shape, BODY_COUNT, 3, 3))
    seen = np.empty((*trunk_seen.shape, BODY_COUNT))
    world[..., J.PELVIS, :, :] = pelvis
    seen[..., J.PELVIS] = trunk_seen
    world[..., _BETWEEN, :, :] = blended(
        np.stack((pelvis, pelvis, chest), axis=-3),
        np.stack((chest, chest, head), axis=-3),
        _BETWEEN_SHARES,
    )
    seen[..., _BETWEEN] = trunk_seen[..., None]
    world[..., J.SPINE3, :, :] = chest
    seen[..., J.SPINE3] = trunk_seen
    world[..., _COLLARS, :, :] = chest[..., None, :, :]
    seen[..., _COLLARS] = trunk_seen[..., None]
    seen[..., J.NECK] = evidence.head_confidence
    world[..., J.HEAD, :, :] = head
    seen[..., J.HEAD] = evidence.head_confidence
    world[..., _UPPERS, :, :] = limbs.upper
    seen[..., _UPPERS] = evidence.limbs.upper_confidence
    world[..., _LOWERS, :, :] = limbs.lower
    seen[..., _LOWERS] = evidence.limbs.lower_confidence
    world[..., _ENDS, :, :] = limbs.end
    seen[..., _ENDS] = evidence.limbs.end_confidence
    world[..., _TOES, :, :] = limbs.end[..., 2:, :, :]
    seen[..., _TOES] = evidence.limbs.end_confidence[..., 2:]
    return AnalyticBody(world, seen, twist)


def local_from_world(world: Array) -> Array:
    """Rotations of the 22 body joints ``(..., 22, 3, 3)`` against their parents."""
    local = world.copy()
    local[..., 1:, :, :] = transposed(world[..., _PARENTS, :, :]) @ world[..., 1:, :, :]
    return local
