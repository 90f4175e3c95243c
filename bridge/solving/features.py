"""What the body network sees and says; training and run time share this file.

One step: canonical joints and the analytic pose, all turned into a frame that faces where the
performer faces, become ``FEATURE_COUNT`` numbers; the network answers with ``OUTPUT_COUNT``
numbers: a correction of every joint's rotation in the world, foot contacts and root velocity.

Everything takes any leading axes, ``(...)``: none when live, time and batch in training. The
network's ONNX file has the inputs ``features (1, FEATURE_COUNT)`` and ``state`` (any shape, zeros
at the start) and the outputs ``output (1, OUTPUT_COUNT)`` and ``next_state``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.skeleton import BODY_JOINTS, SmplxJoint
from bridge.solving.canonical import CANONICAL_COUNT, CanonicalJoint
from bridge.solving.filters import decay
from bridge.solving.frames import frame, transposed
from bridge.solving.parts import Array
from bridge.types import FloatArray

C = CanonicalJoint
J = SmplxJoint

BODY_COUNT: Final = len(BODY_JOINTS)
FEATURE_COUNT: Final = CANONICAL_COUNT * 4 + BODY_COUNT * 6 + 4 + 2 + 1

# The output, in this order: corrections, logits of left and right foot contact, velocity of the
# pelvis in m/s in the heading's frame.
CORRECTIONS: Final = slice(0, BODY_COUNT * 6)
CONTACTS: Final = slice(CORRECTIONS.stop, CORRECTIONS.stop + 2)
ROOT_VELOCITY: Final = slice(CONTACTS.stop, CONTACTS.stop + 3)
OUTPUT_COUNT: Final = ROOT_VELOCITY.stop

HEADING_MEMORY_S: Final = 0.3  # calm against noise, quick against a turn on the spot
_WORTH_SCALE: Final = 20.0  # 1/rad²: evidence of a twist that is good to about 13°
_USUAL_FPS: Final = 30.0
_IDENTITY_6D: Final = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
_POINT_LIMIT_M: Final = 3.0  # a landmark farther from the body's middle is a fault
_TINY: Final = 1e-6


def left_on_floor(world: Array) -> Array:
    """Where the performer's left is, seen from above: ``(..., 2)`` world x and z, length 0–2.

    ``world (..., 22, 3, 3)`` is the analytic pose.
    """
    return (world[..., J.PELVIS, :, 0] + world[..., J.SPINE3, :, 0])[..., ::2]


def followed_heading(heading: Array | None, left: Array, *, dt_s: Array | float) -> Array:
    """Low-pass ``left_on_floor`` over time; ``heading (..., 2)`` is the previous result or None.

    ``dt_s`` is a number or ``(..., 1)``.
    """
    if heading is None:
        return left
    return left + (heading - left) * decay(HEADING_MEMORY_S, dt_s)


def world_from_heading(heading: Array) -> Array:
    """Rotations ``(..., 3, 3)`` about the vertical: X of the heading's frame is the left."""
    x, z = heading[..., 0], heading[..., 1]
    length = np.sqrt(x * x + z * z)
    known = length > _TINY
    cos = np.where(known, x / (length + _TINY), 1.0)
    sin = np.where(known, z / (length + _TINY), 0.0)
    out = np.zeros((*cos.shape, 3, 3))
    out[..., 0, 0] = cos
    out[..., 2, 0] = sin
    out[..., 1, 1] = 1.0
    out[..., 0, 2] = -sin
    out[..., 2, 2] = cos
    return out


def body_features(
    positions_m: Array,
    confidence: Array,
    *,
    world: Array,
    twist_worth: Array,
    heading_rotation: Array,
    dt_s: Array | float,
) -> FloatArray:
    """The network's input ``(..., FEATURE_COUNT)``, float32.

    ``positions_m (..., 38, 3)`` world and ``confidence (..., 38)`` by ``CanonicalJoint``;
    ``world (..., 22, 3, 3)`` and ``twist_worth (..., 4, 1)`` from ``analytic_body`` without
    memory; ``heading_rotation (..., 3, 3)`` from ``world_from_heading``; ``dt_s`` a number or
    ``(..., 1)``.
    """
    hips = np.minimum(confidence[..., C.LEFT_HIP], confidence[..., C.RIGHT_HIP])[..., None]
    middle = np.where(
        hips > 0.0,
        positions_m[..., C.LEFT_HIP, :] + positions_m[..., C.RIGHT_HIP, :],
        positions_m[..., C.LEFT_SHOULDER, :] + positions_m[..., C.RIGHT_SHOULDER, :],
    )
    points = (positions_m - 0.5 * middle[..., None, :]) @ heading_rotation
    points = np.clip(points, -_POINT_LIMIT_M, _POINT_LIMIT_M)
    points = points * (confidence > 0.0)[..., None]
    turned = transposed(heading_rotation)[..., None, :, :] @ world
    out = np.empty((*confidence.shape[:-1], FEATURE_COUNT), np.float32)
    parts = (
        points.reshape(*points.shape[:-2], -1),
        confidence,
        # The first two columns of every matrix, one after the other.
        np.swapaxes(turned[..., :2], -1, -2).reshape(*turned.shape[:-3], -1),
        (twist_worth / (twist_worth + _WORTH_SCALE))[..., 0],
        heading_rotation[..., 2, ::2],  # the camera's depth in the heading's frame
        np.broadcast_to(np.log(np.maximum(dt_s, 1e-3) * _USUAL_FPS), (*confidence.shape[:-1], 1)),
    )
    np.concatenate(parts, axis=-1, out=out, casting="same_kind")
    return out


def corrected(world: Array, output: Array) -> Array:
    """The analytic pose ``world (..., 22, 3, 3)`` with the network's corrections applied.

    Each joint's correction is a rotation in that joint's own frame, so its X component is the
    twist of an arm. Six numbers are the first two columns, less the identity's (Y. Zhou et al.,
    "On the Continuity of Rotation Representations in Neural Networks", CVPR 2019).
    """
    six = output[..., CORRECTIONS].reshape(*output.shape[:-1], BODY_COUNT, 6) + _IDENTITY_6D
    return world @ frame(six[..., :3], six[..., 3:])
