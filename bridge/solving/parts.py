"""What the part solvers (body, hand, face) hand to ``solver.py``, which joins them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BodyPart:
    """``rotations_xyzw (22, 4)`` local by ``SmplxJoint`` 0–21 (pelvis: world), ``confidence
    (22,)``, ``root_m (3,)`` the pelvis in the world or None where nothing tells."""

    rotations_xyzw: Array
    confidence: Array
    root_m: Array | None


@dataclass(frozen=True, slots=True)
class HandPart:
    """``rotations_xyzw (15, 4)`` local, in the order of ``LEFT_HAND_JOINTS``; ``wrist_xyzw (4,)``
    the hand's rotation in the world; ``confidence`` 0–1."""

    rotations_xyzw: Array
    wrist_xyzw: Array
    confidence: float


@dataclass(frozen=True, slots=True)
class FacePart:
    """``head_xyzw (4,)`` the head's rotation in the world, ``jaw_xyzw (4,)`` local,
    ``eyes_xyzw (2, 4)`` local, left then right; ``arkit (52,)``; ``confidence`` 0–1;
    ``expression (10,)`` SMPL-X coefficients, 0 without its model."""

    head_xyzw: Array
    jaw_xyzw: Array
    eyes_xyzw: Array
    arkit: Array
    confidence: float
    expression: Array = field(default_factory=lambda: np.zeros(10))
