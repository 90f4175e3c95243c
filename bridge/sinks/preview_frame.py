"""One pose as the bytes that the page reads; the layout is described once, here.

Little-endian, 538 bytes: the header below, then 55 quaternions ``x y z w`` as signed shares of
1/32767 by ``HumanBone``, then one byte a weight (0–255) by ``EXPRESSION_NAMES``. The page's
decoder takes the numbers from the generated ``protocol.gen.ts``.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from bridge.skeleton import ARKIT_NAMES, HUMAN_BONE_COUNT
from bridge.types import HumanoidPose, TrackingState

FRAME_VERSION: Final = 1
# version u8, state u8, number of bones u8, number of weights u8, sequence u32,
# capture time in milliseconds f64, hips in metres 3 × f32.
HEADER: Final = struct.Struct("<BBBBIdfff")
QUATERNION_SCALE: Final = 32767
WEIGHT_SCALE: Final = 255
STATES: Final = (TrackingState.TRACKED, TrackingState.HELD, TrackingState.LOST)

PRESET_NAMES: Final = (
    "happy", "angry", "sad", "relaxed", "surprised", "neutral", "aa", "ih", "ou", "ee", "oh",
    "blink", "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight",
)  # fmt: skip
EXPRESSION_NAMES: Final = (*PRESET_NAMES, *ARKIT_NAMES)
FRAME_BYTES: Final = HEADER.size + HUMAN_BONE_COUNT * 4 * 2 + len(EXPRESSION_NAMES)

_STATE_INDEX: Final = {state: index for index, state in enumerate(STATES)}
_SEQUENCE_MASK: Final = 0xFFFFFFFF
_NS_PER_MS: Final = 1e6


def encode_frame(pose: HumanoidPose) -> bytes:
    """The frame of ``pose``, always ``FRAME_BYTES`` long; weights outside 0–1 are clipped."""
    hips = pose.hips_m
    header = HEADER.pack(
        FRAME_VERSION, _STATE_INDEX[pose.state], HUMAN_BONE_COUNT, len(EXPRESSION_NAMES),
        pose.stamp.sequence & _SEQUENCE_MASK, pose.stamp.capture_time_ns / _NS_PER_MS,
        hips[0], hips[1], hips[2],
    )  # fmt: skip
    rotations = np.rint(pose.rotations_xyzw * QUATERNION_SCALE).clip(
        -QUATERNION_SCALE, QUATERNION_SCALE
    )
    weight_of = pose.expressions.get
    weights = bytes(
        [
            min(WEIGHT_SCALE, max(0, round(weight_of(name, 0.0) * WEIGHT_SCALE)))
            for name in EXPRESSION_NAMES
        ]
    )
    return header + rotations.astype("<i2").tobytes() + weights
