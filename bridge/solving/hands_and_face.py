"""Runs the hand and face solvers beside the body's, and puts their results into its arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from bridge.geometry import matrix_from_quat, slerp
from bridge.skeleton import (
    ARKIT_COUNT,
    LEFT_HAND_JOINTS,
    RIGHT_HAND_JOINTS,
    SmplxJoint,
)
from bridge.solving.face.smplx_expression import EXPRESSION_COUNT
from bridge.solving.face.solver import FaceSolver
from bridge.solving.hands.solver import HandSolver
from bridge.solving.parts import Array, FacePart, HandPart
from bridge.solving.persistence import FOUND_CONFIDENCE, LOST_CONFIDENCE
from bridge.solving.settings import PersistenceSettings, SolvingSettings
from bridge.types import Observation

J = SmplxJoint

_FINGERS: Final = (np.array(LEFT_HAND_JOINTS), np.array(RIGHT_HAND_JOINTS))
_EYES: Final = np.array([J.LEFT_EYE, J.RIGHT_EYE])
_JAW_AND_EYES: Final = np.array([J.JAW, J.LEFT_EYE, J.RIGHT_EYE])
_NO_TURNS: Final = np.stack((np.eye(3), np.eye(3)))
_NECK_SHARE: Final = 0.5  # of the head's rotation, where no body tells how the chest is turned


class Palms(NamedTuple):
    """Rotations of both hands ``world (2, 3, 3)`` and their ``confidence (2,)``, 0 for one not
    seen."""

    world: Array
    confidence: Array


@dataclass(frozen=True, slots=True)
class SolvedHandsAndFace:
    """What was seen of the hands and the face in one observation."""

    left: HandPart | None
    right: HandPart | None
    face: FacePart | None

    def palms(self) -> Palms | None:
        """Both hands in the world; None where neither is seen."""
        if self.left is None and self.right is None:
            return None
        rotations = _NO_TURNS.copy()
        confidence = np.zeros(2)
        for side, hand in enumerate((self.left, self.right)):
            if hand is not None:
                rotations[side] = matrix_from_quat(hand.wrist_xyzw)
                confidence[side] = hand.confidence
        return Palms(rotations, confidence)

    def head(self) -> Array | None:
        """The head's rotation in the world ``(3, 3)``, or None where no landmarks show it."""
        if self.face is None or self.face.confidence < LOST_CONFIDENCE:
            return None
        return matrix_from_quat(self.face.head_xyzw)

    def fill(self, rotations_xyzw: Array, confidence: Array, *, body_seen: bool) -> None:
        """Put fingers, jaw and eyes into ``(55, 4)`` and ``(55,)``, and where no body was seen
        the head too."""
        for rows, hand in zip(_FINGERS, (self.left, self.right), strict=True):
            if hand is not None:
                rotations_xyzw[rows] = hand.rotations_xyzw
                confidence[rows] = hand.confidence
        face = self.face
        if face is None:
            return
        rotations_xyzw[J.JAW] = face.jaw_xyzw
        rotations_xyzw[_EYES] = face.eyes_xyzw
        # Weights without landmarks still say how jaw and eyes are.
        confidence[_JAW_AND_EYES] = max(face.confidence, FOUND_CONFIDENCE)
        if not body_seen and face.confidence >= LOST_CONFIDENCE:
            neck = slerp(np.array([0.0, 0.0, 0.0, 1.0]), face.head_xyzw, _NECK_SHARE)
            rotations_xyzw[[J.NECK, J.HEAD]] = neck  # the same turn twice makes the whole
            confidence[[J.NECK, J.HEAD]] = face.confidence


class HandsAndFace:
    """The hand and face solvers of one performer."""

    def __init__(self, settings: SolvingSettings) -> None:
        self._left = HandSolver("left", settings.hands)
        self._right = HandSolver("right", settings.hands)
        self._face = FaceSolver(settings.face)

    def reset(self) -> None:
        """Forget the performer."""
        self._left.reset()
        self._right.reset()
        self._face.reset()

    def solve(
        self, observation: Observation, *, dt_s: float, camera_pitch_rad: float = 0.0
    ) -> SolvedHandsAndFace:
        """Solve whatever the observation holds; ``camera_pitch_rad`` > 0: it looks down."""
        pitch_rad = camera_pitch_rad
        return SolvedHandsAndFace(
            left=self._left.solve(observation.left_hand, dt_s=dt_s, camera_pitch_rad=pitch_rad),
            right=self._right.solve(observation.right_hand, dt_s=dt_s, camera_pitch_rad=pitch_rad),
            face=self._face.solve(
                observation.face,
                arkit=observation.arkit,
                dt_s=dt_s,
                camera_pitch_rad=pitch_rad,
            ),
        )


class ExpressionMemory:
    """The face through moments in which none is seen: held, then faded to nothing."""

    def __init__(self, settings: PersistenceSettings) -> None:
        self._hold_s = settings.hold_s
        self._fade_s = settings.fade_s
        self.reset()

    def reset(self) -> None:
        """As if no face had ever been seen."""
        self._last: FacePart | None = None
        self._unseen_s = 0.0

    def step(self, face: FacePart | None, *, dt_s: float) -> tuple[Array, Array, float]:
        """The weights ``(52,)`` and SMPL-X coefficients ``(10,)`` to show; their confidence."""
        if face is not None:
            self._last = face
            self._unseen_s = 0.0
            return face.arkit, face.expression, max(face.confidence, FOUND_CONFIDENCE)
        if self._last is None:
            return np.zeros(ARKIT_COUNT), np.zeros(EXPRESSION_COUNT), 0.0
        self._unseen_s += dt_s
        away = min(max((self._unseen_s - self._hold_s) / self._fade_s, 0.0), 1.0)
        left = max(1.0 - self._unseen_s / (self._hold_s + self._fade_s), 0.0)
        kept, shown = max(self._last.confidence, FOUND_CONFIDENCE) * left, 1.0 - away
        return self._last.arkit * shown, self._last.expression * shown, kept
