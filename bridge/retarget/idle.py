"""A little life while nobody is seen: breathing and a slow sway."""

from __future__ import annotations

from math import pi, radians, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge import geometry
from bridge.retarget.settings import IdleSettings
from bridge.skeleton import HumanBone

_BREATH_S: Final = 4.2  # fourteen breaths a minute, an adult at rest
_SWAY_S: Final = 7.3  # no simple ratio to the breath: the two never look like one cycle
_FADE_S: Final = 1.5


class Idle:
    """Fades in when the performer is lost and out when they come back."""

    def __init__(self) -> None:
        self._weight = 0.0

    def apply(
        self,
        local_xyzw: NDArray[np.float64],
        *,
        lost: bool,
        time_s: float,
        step_s: float,
        settings: IdleSettings,
    ) -> None:
        """Add to the local rotations ``(55, 4)`` in place."""
        change = step_s / _FADE_S
        self._weight = min(1.0, self._weight + change) if lost else max(0.0, self._weight - change)
        if self._weight == 0.0:
            return
        breath = radians(settings.breathing_deg) * sin(2.0 * pi * time_s / _BREATH_S)
        sway = radians(settings.sway_deg) * sin(2.0 * pi * time_s / _SWAY_S)
        bones = [HumanBone.CHEST, HumanBone.NECK, HumanBone.SPINE]
        # The chest rises, the neck takes it back so that the head stays level; the body sways.
        rotvecs = self._weight * np.array([[-breath, 0, 0], [breath, 0, 0], [0, 0, sway]])
        local_xyzw[bones] = geometry.quat_multiply(
            geometry.quat_from_rotvec(rotvecs), local_xyzw[bones]
        )
