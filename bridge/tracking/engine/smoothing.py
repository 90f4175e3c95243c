"""Keeps the pose's region steady, so that the landmarks do not shake with their own crop."""

from __future__ import annotations

from math import pi
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

# The values of MediaPipe's pose_landmark_filtering graph for its two alignment points.
_CUTOFF_MIN_HZ: Final = 0.01
_CUTOFF_PER_SPEED: Final = 10.0  # Hz for each region size a second
_SPEED_CUTOFF_HZ: Final = 1.0
_GAP_MAX_S: Final = 1.0  # after a longer gap the past says nothing
_STEP_MIN_S: Final = 1e-3


class SteadyPoints:
    """One-Euro filter (Casiez et al., 2012) on points in pixels, with speeds in region sizes."""

    def __init__(self) -> None:
        self._time_ns: int | None = None
        self._raw = np.zeros(0)
        self._smooth = np.zeros(0)
        self._speed = np.zeros(0)

    def reset(self) -> None:
        """Forget the past."""
        self._time_ns = None

    def __call__(self, points_px: Array, *, size_px: float, time_ns: int) -> Array:
        """The filtered points, same shape; ``size_px`` of the performer now."""
        values = np.asarray(points_px, np.float64)
        step_s = 0.0 if self._time_ns is None else (time_ns - self._time_ns) * 1e-9
        if self._time_ns is None or not 0.0 < step_s < _GAP_MAX_S:
            self._raw, self._smooth = values, values
            self._speed = np.zeros_like(values)
        else:
            step_s = max(step_s, _STEP_MIN_S)
            speed = (values - self._raw) / (step_s * max(size_px, 1.0))
            self._speed = _low_pass(self._speed, speed, _SPEED_CUTOFF_HZ, step_s)
            cutoff_hz = _CUTOFF_MIN_HZ + _CUTOFF_PER_SPEED * np.abs(self._speed)
            self._smooth = _low_pass(self._smooth, values, cutoff_hz, step_s)
            self._raw = values
        self._time_ns = time_ns
        return self._smooth


def _low_pass(old: Array, new: Array, cutoff_hz: Array | float, step_s: float) -> Array:
    share = 1.0 / (1.0 + 1.0 / (2.0 * pi * np.asarray(cutoff_hz) * step_s))
    return old + share * (new - old)
