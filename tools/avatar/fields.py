"""Solid shapes as functions: negative inside, positive outside, metres.

A field takes points ``(N, 3)`` in the avatar's rest pose (VRM axes: +Y up, facing +Z) and gives
``(N,)``. The values need not be true distances; only the sign and the zero surface matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Values = NDArray[np.float64]
Field = Callable[[Points], Values]
Vector = Sequence[float] | NDArray[np.float64]

GRADIENT_STEP_M = 1e-4  # small against every radius, large against rounding


def ellipsoid(centre: Vector, radii: Vector) -> Field:
    """An axis-aligned ellipsoid (first-order distance)."""
    middle, axes = np.array(centre), np.array(radii)

    def field(points: Points) -> Values:
        scaled = np.linalg.norm((points - middle) / axes, axis=-1)
        slope = np.linalg.norm((points - middle) / (axes * axes), axis=-1)
        return scaled * (scaled - 1.0) / np.maximum(slope, 1e-9)

    return field


def cone(start: Vector, end: Vector, radius_start: float, radius_end: float) -> Field:
    """A round cone between two spheres."""
    a, b = np.array(start), np.array(end)
    axis = b - a

    def field(points: Points) -> Values:
        along = np.clip((points - a) @ axis / (axis @ axis), 0.0, 1.0)
        nearest = a + along[:, None] * axis
        radius = radius_start + (radius_end - radius_start) * along
        return np.linalg.norm(points - nearest, axis=-1) - radius

    return field


def slab(centre: Vector, half_size: Vector, rounding: float) -> Field:
    """A box with rounded edges."""
    middle, half = np.array(centre), np.array(half_size) - rounding

    def field(points: Points) -> Values:
        over = np.abs(points - middle) - half
        outside = np.linalg.norm(np.maximum(over, 0.0), axis=-1)
        return outside + np.minimum(over.max(axis=-1), 0.0) - rounding

    return field


def ring(centre: Vector, radii: Vector, thickness: float, *, tilt_rad: float = 0.0) -> Field:
    """An elliptic ring about the vertical, tilted about X (positive lifts the back)."""
    middle = np.array(centre)
    cos, sin = np.cos(tilt_rad), np.sin(tilt_rad)

    def field(points: Points) -> Values:
        x, y, z = (points - middle).T
        up, forward = cos * y + sin * z, -sin * y + cos * z
        scaled = np.hypot(x / radii[0], forward / radii[1])
        across = (scaled - 1.0) * min(radii)
        return np.hypot(across, up) - thickness

    return field


def union(*fields: Field, blend: float = 0.0) -> Field:
    """All shapes joined; ``blend`` metres of fillet between them."""

    def field(points: Points) -> Values:
        total = fields[0](points)
        for other in fields[1:]:
            value = other(points)
            if blend <= 0.0:
                total = np.minimum(total, value)
            else:
                share = np.maximum(blend - np.abs(total - value), 0.0) / blend
                total = np.minimum(total, value) - share * share * blend / 4.0
        return total

    return field


def without(kept: Field, removed: Field, *, blend: float = 0.0) -> Field:
    """``kept`` with ``removed`` cut away, the edge rounded over ``blend`` metres."""
    joined = union(lambda p: -kept(p), removed, blend=blend)
    return lambda points: -joined(points)


def both_sides(field: Field) -> Field:
    """A shape given for x > 0 and its mirror image."""
    return lambda points: field(_folded(points))


def _folded(points: Points) -> Points:
    folded = points.copy()
    folded[:, 0] = np.abs(folded[:, 0])
    return folded


def gradient(field: Field, points: Points) -> Points:
    """Unit outward directions ``(N, 3)``."""
    slope = np.empty_like(points)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = GRADIENT_STEP_M
        slope[:, axis] = field(points + step) - field(points - step)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-12)
