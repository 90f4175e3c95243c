"""A part of the ARKit weights by plain geometry, relative to a neutral that adapts.

Measures of lids, lips and brows in the head's frame, each against what this performer usually
shows. Needs no model; the network of ``network_weights.py`` gives more shapes and finer ones.
"""

from __future__ import annotations

from enum import IntEnum
from math import exp
from typing import Final

import numpy as np

from bridge.skeleton import ARKIT_COUNT, ArkitBlendshape
from bridge.solving.face.landmarks import EYE_CORNERS, EYELIDS, FaceLandmark
from bridge.solving.parts import Array

S = ArkitBlendshape
L = FaceLandmark


class Measure(IntEnum):
    """What is measured; lengths in units of the distance between the outer eye corners."""

    LID_LEFT = 0  # height of the lid opening over the eye's width
    LID_RIGHT = 1
    MOUTH_GAP = 2
    MOUTH_WIDTH = 3
    CORNER_LEFT = 4  # height of the mouth's corner over the middle of the lips
    CORNER_RIGHT = 5
    LIPS_FORWARD = 6
    BROW_INNER_LEFT = 7  # height over the eye corners
    BROW_INNER_RIGHT = 8
    BROW_OUTER_LEFT = 9
    BROW_OUTER_RIGHT = 10
    JAW_SIDE = 11  # chin to the performer's left


_BROW_ROWS: Final = np.array([[336, 296], [107, 66], [300, 293], [70, 63]])

# Typical values of an adult at rest: the start of the neutral, until this performer is known.
_TYPICAL_NEUTRAL: Final[Array] = np.array(
    [0.30, 0.30, 0.01, 0.56, 0.0, 0.0, 0.31, 0.24, 0.24, 0.27, 0.27, 0.0]
)
_NEUTRAL_START_S: Final = 1.0  # the first second counts fully, then the neutral moves slowly
# Lids are open most of the time but blink: their neutral rises at once and falls slowly.
_LID_FALL_SLOWDOWN: Final = 8.0

# (shape, measure, change that means 1): our own choice after looking at clips.
_SINGLE: Final[tuple[tuple[ArkitBlendshape, Measure, float], ...]] = (
    (S.JAW_OPEN, Measure.MOUTH_GAP, 0.40),
    (S.MOUTH_SMILE_LEFT, Measure.CORNER_LEFT, 0.07),
    (S.MOUTH_SMILE_RIGHT, Measure.CORNER_RIGHT, 0.07),
    (S.MOUTH_FROWN_LEFT, Measure.CORNER_LEFT, -0.06),
    (S.MOUTH_FROWN_RIGHT, Measure.CORNER_RIGHT, -0.06),
    (S.BROW_OUTER_UP_LEFT, Measure.BROW_OUTER_LEFT, 0.08),
    (S.BROW_OUTER_UP_RIGHT, Measure.BROW_OUTER_RIGHT, 0.08),
    (S.BROW_DOWN_LEFT, Measure.BROW_INNER_LEFT, -0.07),
    (S.BROW_DOWN_RIGHT, Measure.BROW_INNER_RIGHT, -0.07),
    (S.JAW_LEFT, Measure.JAW_SIDE, 0.10),
    (S.JAW_RIGHT, Measure.JAW_SIDE, -0.10),
)
_BROW_INNER_FULL: Final = 0.08
_WIDTH_FULL: Final = 0.12
_FORWARD_FULL: Final = 0.08
_FUNNEL_GAP_FULL: Final = 0.15  # an O is open, a pucker is not
_LID_CLOSED_SHARE: Final = 0.35  # of the neutral opening: MediaPipe's lids never meet
_LID_REST_SHARE: Final = 0.90  # lids move a little all the time


class GeometryWeights:
    """Blink, jaw, lips and brows; shapes that it cannot tell stay 0."""

    def __init__(self, *, neutral_time_s: float) -> None:
        self._neutral_time_s = neutral_time_s
        self.reset()

    def reset(self) -> None:
        """Forget the performer's neutral."""
        self._neutral = _TYPICAL_NEUTRAL.copy()
        self._seen_s = 0.0

    def step(self, landmarks: Array, *, dt_s: float) -> Array:
        """``(52,)`` from ``landmarks (478, 3)`` in the head's frame."""
        measures = measure(landmarks)
        self._adapt(measures, dt_s)
        return self._weights(measures)

    def _adapt(self, measures: Array, dt_s: float) -> None:
        self._seen_s += dt_s
        time_s = min(max(self._seen_s, dt_s), self._neutral_time_s)
        step = 1.0 - exp(-dt_s / time_s) if time_s > 0.0 else 0.0
        change = measures - self._neutral
        if self._seen_s > _NEUTRAL_START_S:
            lids = change[: Measure.MOUTH_GAP]
            lids[lids < 0.0] /= _LID_FALL_SLOWDOWN
        self._neutral += step * change

    def _weights(self, measures: Array) -> Array:
        neutral = self._neutral
        change = measures - neutral
        out = np.zeros(ARKIT_COUNT)
        for shape, which, full in _SINGLE:
            out[shape] = change[which] / full
        lids = measures[:2] / np.maximum(neutral[:2], 1e-3)
        out[[S.EYE_BLINK_LEFT, S.EYE_BLINK_RIGHT]] = (_LID_REST_SHARE - lids) / (
            _LID_REST_SHARE - _LID_CLOSED_SHARE
        )
        out[[S.EYE_WIDE_LEFT, S.EYE_WIDE_RIGHT]] = (lids - 1.0 / _LID_REST_SHARE) * 2.0
        out[S.BROW_INNER_UP] = (
            0.5
            * (change[Measure.BROW_INNER_LEFT] + change[Measure.BROW_INNER_RIGHT])
            / _BROW_INNER_FULL
        )
        wider = float(change[Measure.MOUTH_WIDTH]) / _WIDTH_FULL
        smile = np.maximum(out[[S.MOUTH_SMILE_LEFT, S.MOUTH_SMILE_RIGHT]], 0.0)
        out[[S.MOUTH_STRETCH_LEFT, S.MOUTH_STRETCH_RIGHT]] = wider - smile
        rounded = 0.5 * (
            max(-wider, 0.0) + max(float(change[Measure.LIPS_FORWARD]), 0.0) / _FORWARD_FULL
        )
        opened = min(max(float(change[Measure.MOUTH_GAP]) / _FUNNEL_GAP_FULL, 0.0), 1.0)
        out[S.MOUTH_PUCKER] = rounded * (1.0 - opened)
        out[S.MOUTH_FUNNEL] = rounded * opened
        return np.clip(out, 0.0, 1.0)


def measure(landmarks: Array) -> Array:
    """``(12,)`` by ``Measure`` from ``landmarks (478, 3)`` in the head's frame."""
    out = np.empty(len(Measure))
    lids = landmarks[EYELIDS]  # side, pair, upper/lower, xyz
    height = np.linalg.norm(lids[:, :, 0] - lids[:, :, 1], axis=2).mean(axis=1)
    corners = landmarks[EYE_CORNERS]
    out[:2] = height / np.maximum(np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1), 1e-6)
    upper, lower = landmarks[L.UPPER_LIP_INSIDE], landmarks[L.LOWER_LIP_INSIDE]
    middle = 0.5 * (upper + lower)
    left, right = landmarks[L.MOUTH_LEFT], landmarks[L.MOUTH_RIGHT]
    out[Measure.MOUTH_GAP] = upper[1] - lower[1]
    out[Measure.MOUTH_WIDTH] = np.linalg.norm(left - right)
    out[Measure.CORNER_LEFT] = left[1] - middle[1]
    out[Measure.CORNER_RIGHT] = right[1] - middle[1]
    out[Measure.LIPS_FORWARD] = middle[2] - 0.5 * (left[2] + right[2])
    eye_height = corners[:, :, 1].mean(axis=1)
    brows = landmarks[_BROW_ROWS, 1].mean(axis=1)
    out[Measure.BROW_INNER_LEFT : Measure.JAW_SIDE] = brows - np.tile(eye_height, 2)
    out[Measure.JAW_SIDE] = landmarks[L.CHIN, 0]
    return out
