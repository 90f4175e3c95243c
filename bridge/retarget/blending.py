"""No jump when the profile changes: the difference fades away ("inertialisation").

After D. Bollo, "Inertialization: high-performance animation transitions in Gears of War", GDC
2018, with a smooth step in place of the quintic.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bridge import geometry

Array = NDArray[np.float64]


class Transition:
    """Carries the difference between the last pose sent and the first of a new profile."""

    def __init__(
        self,
        *,
        duration_s: float,
        last_xyzw: Array,
        last_hips_m: Array,
        last_weights: Mapping[str, float],
        first_xyzw: Array,
        first_hips_m: Array,
        first_weights: Mapping[str, float],
    ) -> None:
        turned = geometry.quat_multiply(last_xyzw, geometry.quat_conjugate(first_xyzw))
        self._rotvecs_rad = geometry.rotvec_from_quat(turned)
        self._hips_m = last_hips_m - first_hips_m
        self._weights = {
            name: last_weights.get(name, 0.0) - value for name, value in first_weights.items()
        }
        self._duration_s = duration_s
        self._elapsed_s = 0.0

    def advance(self, step_s: float) -> bool:
        """Go on in time; False when it is over."""
        self._elapsed_s += step_s
        return self._elapsed_s < self._duration_s

    def apply(
        self, local_xyzw: Array, hips_m: Array, weights: Mapping[str, float]
    ) -> tuple[Array, Array, dict[str, float]]:
        """The pose with what is left of the difference."""
        t = self._elapsed_s / self._duration_s
        left = 1.0 - t * t * (3.0 - 2.0 * t)
        rotations = geometry.quat_multiply(
            geometry.quat_from_rotvec(self._rotvecs_rad * left), local_xyzw
        )
        faded = {
            name: min(1.0, max(0.0, value + left * self._weights.get(name, 0.0)))
            for name, value in weights.items()
        }
        return rotations, hips_m + self._hips_m * left, faded
