"""One hand, frame by frame."""

from __future__ import annotations

from math import exp
from typing import Final, Literal

import numpy as np

from bridge.geometry import mirror_rotation, world_from_camera
from bridge.layouts import HandLandmark, Layout
from bridge.solving.hands import anatomy
from bridge.solving.hands.fingers import finger_angles, finger_rotations
from bridge.solving.hands.palm import fit_palm, quat_of
from bridge.solving.hands.settings import HandSettings
from bridge.solving.hands.thumb import thumb_angles, thumb_rotations
from bridge.solving.parts import Array, HandPart
from bridge.types import Keypoints

_CHAINS: Final = np.array(
    [[HandLandmark[f"{finger}_{joint}"] for joint in ("MCP", "PIP", "DIP", "TIP")]
     for finger in anatomy.FINGERS]
    + [[HandLandmark[f"THUMB_{joint}"] for joint in ("CMC", "MCP", "IP", "TIP")]]
)  # fmt: skip
_SEGMENT_ENDS: Final = _CHAINS[:, 1:].reshape(-1)
_SEGMENT_STARTS: Final = _CHAINS[:, :-1].reshape(-1)

# A finger's segments keep their lengths. Seen ones scatter by about 10 % in MediaPipe's hands;
# from 25 % on they are doubtful, from 70 % (as logarithms of ratios) not to be believed.
_LENGTH_DOUBT_FROM: Final = 0.25
_LENGTH_DOUBT_TO: Final = 0.70
_LENGTH_MEMORY_S: Final = 3.0  # how long the performer's own proportions take to be learned
_LENGTH_WARMUP_FRAMES: Final = 15  # until then nothing is doubted
_MIDDLE_SEGMENT: Final = 7  # of fifteen
_MIN_SEGMENT: Final = 1e-6  # shorter than this, in the input's unit, a segment has no direction


class HandSolver:
    """Solves one side; keeps the last fingers to hold those that are hidden."""

    def __init__(self, side: Literal["left", "right"], settings: HandSettings) -> None:
        self._mirror = side == "right"
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget the performer (after a seek or a change of source)."""
        self._fingers: Array | None = None
        self._thumb: Array | None = None
        self._log_lengths: Array | None = None
        self._frames = 0

    def solve(
        self, hand: Keypoints | None, *, dt_s: float, camera_pitch_rad: float = 0.0
    ) -> HandPart | None:
        """Rotations of the wrist (world) and of 15 finger joints (local), or None if unseen.

        ``hand``: 21 landmarks in camera axes, any origin and scale; ``dt_s`` since the previous
        call; ``camera_pitch_rad`` > 0 when the camera looks down. Angles lie within
        ``anatomy``'s limits, so that a landmark that is wrong cannot break a finger.
        """
        if hand is None or hand.layout is not Layout.MEDIAPIPE_HAND_21:
            return None
        confidence = float(hand.confidence.mean())
        if confidence < self._settings.min_confidence:
            return None
        points = world_from_camera(hand.positions_m, pitch_rad=camera_pitch_rad).astype(np.float64)
        points -= points[HandLandmark.WRIST]
        if self._mirror:
            points[:, 0] *= -1.0
        palm = fit_palm(points)
        if palm is None:
            return None

        canonical = points @ palm  # rows times R is R^T times columns: into the wrist's frame
        segments = (canonical[_SEGMENT_ENDS] - canonical[_SEGMENT_STARTS]).reshape(5, 3, 3)
        lengths = np.sqrt(np.sum(segments * segments, axis=2))
        lengths = np.maximum(lengths, _MIN_SEGMENT)
        directions = segments / lengths[:, :, None]
        trust = self._trust(np.log(lengths), dt_s)
        follow = self._follow(trust, dt_s)

        coupling = np.maximum(self._settings.distal_coupling, 1.0 - trust[:4])
        fingers = finger_angles(directions[:4], coupling=coupling)
        thumb = thumb_angles(directions[4])
        if self._fingers is not None and self._thumb is not None:
            fingers = self._fingers + follow[:4, None] * (fingers - self._fingers)
            thumb = self._thumb + follow[4] * (thumb - self._thumb)
        self._fingers, self._thumb = fingers, thumb

        rotations = np.empty((15, 4))
        rotations[:12] = finger_rotations(fingers).reshape(12, 4)
        rotations[12:] = thumb_rotations(thumb)
        wrist = quat_of(palm)
        if self._mirror:
            rotations, wrist = mirror_rotation(rotations), mirror_rotation(wrist)
        return HandPart(rotations_xyzw=rotations, wrist_xyzw=wrist, confidence=confidence)

    def _trust(self, log_lengths: Array, dt_s: float) -> Array:
        """``(5,)`` 0–1: does each finger keep the proportions it had, thumb last?"""
        # The scale is not to be trusted; the median segment stands for it.
        log_lengths = log_lengths - np.sort(log_lengths, axis=None)[_MIDDLE_SEGMENT]
        self._frames += 1
        if self._log_lengths is None:
            self._log_lengths = log_lengths
            return np.ones(5)
        deviation = log_lengths - self._log_lengths
        # A plain average at first, an exponential one later.
        share = max(1.0 / self._frames, 1.0 - exp(-dt_s / _LENGTH_MEMORY_S))
        self._log_lengths = self._log_lengths + share * deviation
        if self._frames <= _LENGTH_WARMUP_FRAMES:
            return np.ones(5)
        worst = np.abs(deviation).max(axis=1)
        trust = (_LENGTH_DOUBT_TO - worst) / (_LENGTH_DOUBT_TO - _LENGTH_DOUBT_FROM)
        return np.minimum(np.maximum(trust, 0.0), 1.0)

    def _follow(self, trust: Array, dt_s: float) -> Array:
        """The share of the way to the new angles that each finger goes in this frame."""
        hold_s = (1.0 - trust) * self._settings.hidden_hold_s
        return 1.0 - np.exp(-max(dt_s, 0.0) / np.maximum(hold_s, 1e-9))
