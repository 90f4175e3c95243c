"""Metric hand landmarks from a depth picture: the model's shape, bent to what the sensor sees."""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.layouts import HandLandmark
from bridge.tracking.depth import sample_depth
from bridge.types import FloatArray, Intrinsics, Keypoints

_FINGER_DEPTH_M: Final = 0.009  # from the skin to a finger's middle
_GATE_M: Final = 0.03  # a finger is not farther than that from where the model believes it
_RANGE_M: Final = (0.2, 2.5)  # farther away a finger is narrower than the sensor's noise allows
_SCALE_RANGE: Final = (0.6, 1.6)
_SAMPLE_PX: Final = np.array([(u, v) for u in (-1.0, 0.0, 1.0) for v in (-1.0, 0.0, 1.0)])
_SAMPLES_MIN: Final = 5


def lift_hand(hand: Keypoints, *, depth_m: FloatArray, camera: Intrinsics) -> Keypoints:
    """The hand at its true size and depth, origin still the wrist.

    Unchanged where the sensor does not see the palm.
    """
    pixels = hand.pixels.astype(np.float64)
    model_m = hand.positions_m.astype(np.float64)
    samples = sample_depth(depth_m, pixels[:, None] + _SAMPLE_PX)
    seen = (samples > _RANGE_M[0]) & (samples < _RANGE_M[1])
    enough = seen.sum(axis=1) >= _SAMPLES_MIN
    if not enough.any():
        return hand
    # Of a finger before the wall, the near samples are the finger.
    surface = np.where(seen, samples, np.inf).min(axis=1) + _FINGER_DEPTH_M
    rays = (pixels - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    distance_m = float(np.median((surface - model_m[:, 2])[enough]))
    at_hand = rays * distance_m
    spread = np.linalg.norm(at_hand - at_hand.mean(axis=0))
    believed = np.linalg.norm(model_m[:, :2] - model_m[:, :2].mean(axis=0))
    scale = float(np.clip(spread / max(believed, 1e-6), *_SCALE_RANGE))
    expected = distance_m + scale * model_m[:, 2]
    measured = enough & (np.abs(surface - expected) < _GATE_M)
    z = np.where(measured, surface, expected)
    positions = np.column_stack((rays * z[:, None], z))
    positions -= positions[HandLandmark.WRIST].copy()
    return Keypoints(hand.layout, positions.astype(np.float32), hand.pixels, hand.confidence)
