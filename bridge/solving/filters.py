"""Time-based smoothing: the One-Euro filter on vectors and on rotations.

G. Casiez, N. Roussel, D. Vogel, "1€ Filter", CHI 2012: a low-pass whose cut-off rises with
speed, so that rest is calm and motion is not late. Rotations are filtered on SO(3): the step
from the last output is a rotation vector, never a difference of components. Cut-offs are in
hertz and the time step comes from the stamps, so the result is the same at any frame rate.
"""

from __future__ import annotations

from math import exp, pi
from typing import Final, TypeVar

import numpy as np

from bridge.geometry import quat_conjugate, quat_from_rotvec, quat_multiply, rotvec_from_quat
from bridge.solving.parts import Array

Number = TypeVar("Number", float, Array)

_TWO_PI: Final = 2.0 * pi
SPEED_CUTOFF_HZ: Final = 1.0  # of the low-pass on the speed itself; the paper's value


def gain(cutoff_hz: Number, dt_s: float) -> Number:
    """Share of the way that a first-order low-pass goes to its input in ``dt_s`` seconds."""
    advance = cutoff_hz * (_TWO_PI * dt_s)
    return advance / (1.0 + advance)


def decay(memory_s: float, dt_s: float) -> float:
    """What is left after ``dt_s`` of a memory that falls by e in ``memory_s``."""
    return exp(dt_s / -memory_s)


class RotationFilter:
    """One-Euro on ``(N, 4)`` unit quaternions, each row with its own parameters.

    ``min_cutoff_hz (N,)``, ``speed_gain (N,)`` in hertz per rad/s. No row turns faster than
    ``max_speed_rad_s``, whatever the input does.
    """

    def __init__(
        self,
        *,
        min_cutoff_hz: Array,
        speed_gain: Array,
        max_speed_rad_s: float,
        speed_cutoff_hz: float = SPEED_CUTOFF_HZ,
    ) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._speed_gain = speed_gain
        self._max_speed_rad_s = max_speed_rad_s
        self._speed_cutoff_hz = speed_cutoff_hz
        self._output: Array | None = None
        self._speed = np.zeros((len(min_cutoff_hz), 3))

    def reset(self) -> None:
        """Forget the past: the next input passes unchanged."""
        self._output = None
        self._speed = np.zeros_like(self._speed)

    def step(self, rotations_xyzw: Array, *, dt_s: float, trust: Array | None = None) -> Array:
        """Filter one frame ``(N, 4)``; ``trust (N,)`` in 0–1 lowers the cut-off where less."""
        if self._output is None:
            self._output = rotations_xyzw
            return rotations_xyzw
        if dt_s <= 0.0:
            return self._output
        change = rotvec_from_quat(quat_multiply(quat_conjugate(self._output), rotations_xyzw))
        self._speed += (change / dt_s - self._speed) * gain(self._speed_cutoff_hz, dt_s)
        cutoff = self._min_cutoff_hz + self._speed_gain * np.sqrt(_square(self._speed))
        if trust is not None:
            cutoff *= trust
        share = gain(cutoff, dt_s)
        angle = np.sqrt(_square(change)) * share
        share *= np.minimum(1.0, self._max_speed_rad_s * dt_s / np.maximum(angle, 1e-9))
        output = quat_multiply(self._output, quat_from_rotvec(change * share[:, None]))
        output /= np.sqrt(_square(output))[:, None]
        self._output = output
        return output


def _square(vectors: Array) -> Array:
    """``(N,)`` squared lengths; a product with ones is the quickest sum over so short an axis."""
    return (vectors * vectors).dot(_ONES[: vectors.shape[1]])


_ONES: Final = np.ones(4)


class VectorFilter:
    """One-Euro on ``(..., D)`` vectors in metres; the cut-off follows the vector's speed."""

    def __init__(
        self,
        *,
        min_cutoff_hz: Array | float,
        speed_gain: Array | float,
        speed_cutoff_hz: float = SPEED_CUTOFF_HZ,
    ) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._speed_gain = speed_gain
        self._speed_cutoff_hz = speed_cutoff_hz
        self._output: Array | None = None
        self._speed: Array | None = None

    def reset(self) -> None:
        """Forget the past: the next input passes unchanged."""
        self._output = None
        self._speed = None

    def step(self, values: Array, *, dt_s: float) -> Array:
        """Filter one frame."""
        if self._output is None or self._speed is None:
            self._output = values
            self._speed = np.zeros_like(values)
            return values
        if dt_s <= 0.0:
            return self._output
        change = values - self._output
        self._speed = self._speed + (change / dt_s - self._speed) * gain(
            self._speed_cutoff_hz, dt_s
        )
        speed = np.sqrt(np.add.reduce(self._speed * self._speed, axis=-1, keepdims=True))
        output = self._output + change * gain(self._min_cutoff_hz + self._speed_gain * speed, dt_s)
        self._output = output
        return output
