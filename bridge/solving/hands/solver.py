"""One hand, frame by frame."""

from __future__ import annotations

from math import exp, sqrt
from typing import Final, Literal

import numpy as np

from bridge.geometry import mirror_rotation, world_from_camera
from bridge.layouts import HandLandmark, Layout
from bridge.solving.hands import anatomy
from bridge.solving.hands.digits import DigitFilter, digit_rotations
from bridge.solving.hands.palm import fit_palm, palm_size
from bridge.solving.hands.settings import HandSettings
from bridge.solving.parts import Array, HandPart
from bridge.solving.procrustes import quat_of
from bridge.types import Keypoints

_CHAINS: Final = np.array(
    [[HandLandmark[f"{finger}_{joint}"] for joint in ("MCP", "PIP", "DIP", "TIP")]
     for finger in anatomy.FINGERS]
    + [[HandLandmark[f"THUMB_{joint}"] for joint in ("CMC", "MCP", "IP", "TIP")]]
)  # fmt: skip
_SEGMENT_ENDS: Final = _CHAINS[:, 1:].reshape(-1)
_SEGMENT_STARTS: Final = _CHAINS[:, :-1].reshape(-1)

# A digit's segments keep their lengths. Seen ones scatter by about 10 % in MediaPipe's hands;
# from 25 % on they are doubtful, from 70 % (as logarithms of ratios) not to be believed.
_LENGTH_DOUBT_FROM: Final = 0.25
_LENGTH_DOUBT_TO: Final = 0.70
_LENGTH_MEMORY_S: Final = 3.0  # how long the performer's own proportions take to be learned
_LENGTH_WARMUP_FRAMES: Final = 15  # until then nothing is doubted
_MIN_LENGTH: Final = 1e-4  # shares of the palm's size: shorter, a segment has no direction
# What the lengths scatter by is the landmarks' noise; in shares of the palm's size.
_NOISE_MEMORY_S: Final = 1.0
_NOISE_MIN: Final = 1e-3
_NOISE_FIRST: Final = 0.02  # of the first frame, 3 mm
_DIGIT_AXES_T: Final = np.ascontiguousarray(np.swapaxes(anatomy.DIGIT_AXES, 1, 2))


class HandSolver:
    """Solves one side; keeps the last fingers to hold those that are hidden."""

    def __init__(self, side: Literal["left", "right"], settings: HandSettings) -> None:
        self._mirror = side == "right"
        self._settings = settings
        self._digits = DigitFilter(coupling=settings.distal_coupling)
        self.reset()

    def reset(self) -> None:
        """Forget the performer (after a seek or a change of source)."""
        self._digits.reset()
        self._lengths: Array | None = None
        self._variance = 0.0
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
        confidence = float(np.add.reduce(hand.confidence)) / len(hand.confidence)
        if confidence < self._settings.min_confidence:
            return None
        points = world_from_camera(hand.positions_m, pitch_rad=camera_pitch_rad).astype(np.float64)
        points -= points[HandLandmark.WRIST]
        if self._mirror:
            points[:, 0] *= -1.0
        palm = fit_palm(points)
        if palm is None:
            return None

        # Rows times R is R^T times columns: into the wrist's frame.
        segments = points.take(_SEGMENT_ENDS, 0) - points.take(_SEGMENT_STARTS, 0)
        segments = segments.dot(palm / palm_size(points)).reshape(5, 3, 3) @ _DIGIT_AXES_T
        lengths = np.sqrt(np.add.reduce(segments * segments, axis=2))
        np.maximum(lengths, _MIN_LENGTH, out=lengths)
        trust, noise = self._watch(lengths, dt_s)
        assert self._lengths is not None
        follow = None if trust is None else self._follow(trust, dt_s)
        angles = self._digits.step(segments, self._lengths, noise=noise, dt_s=dt_s, follow=follow)

        local = digit_rotations(angles)
        local[4, :, :3] = local[4, :, :3].dot(anatomy.DIGIT_AXES[4])
        rotations = local.reshape(15, 4)
        wrist = quat_of(palm)
        if self._mirror:
            rotations, wrist = mirror_rotation(rotations), mirror_rotation(wrist)
        return HandPart(rotations_xyzw=rotations, wrist_xyzw=wrist, confidence=confidence)

    def _watch(self, lengths: Array, dt_s: float) -> tuple[Array | None, float]:
        """How much each digit keeps its lengths, ``(5,)`` 0–1, thumb last, None where all do; and
        the noise of the landmarks in shares of the palm's size."""
        self._frames += 1
        if self._lengths is None:
            self._lengths = lengths
            return None, _NOISE_FIRST
        off = lengths - self._lengths
        # Plain averages at first, exponential ones later.
        share = max(1.0 / self._frames, 1.0 - exp(-dt_s / _LENGTH_MEMORY_S))
        ratio = lengths / self._lengths
        self._lengths = self._lengths + share * off
        # A length takes the errors of both its ends; one wild digit is not the hand's noise.
        scatter = sorted(np.add.reduce(off * off, axis=1).tolist())[2] / 6.0
        share = max(1.0 / self._frames, 1.0 - exp(-dt_s / _NOISE_MEMORY_S))
        self._variance += share * (scatter - self._variance)
        noise = max(_NOISE_MIN, sqrt(self._variance))
        if self._frames <= _LENGTH_WARMUP_FRAMES:
            return None, noise
        worst = np.maximum.reduce(np.abs(np.log(ratio)), axis=1)
        if max(worst.tolist()) <= _LENGTH_DOUBT_FROM:
            return None, noise
        trust = (_LENGTH_DOUBT_TO - worst) / (_LENGTH_DOUBT_TO - _LENGTH_DOUBT_FROM)
        return np.minimum(np.maximum(trust, 0.0), 1.0), noise

    def _follow(self, trust: Array, dt_s: float) -> Array:
        """The share of the way to the new angles that each digit goes in this frame."""
        hold_s = (1.0 - trust) * self._settings.hidden_hold_s
        return 1.0 - np.exp(-max(dt_s, 0.0) / np.maximum(hold_s, 1e-9))
