"""Rotation matrices from directions: the small vector kit of the body solver.

Everything works on ``(..., 3)`` and ``(..., 3, 3)``, so that one live frame and a whole batch of
training clips go through the same code. Written with few numpy calls: on one frame the calls
cost more than the arithmetic, so a few frames are made in plain floats.
"""

from __future__ import annotations

from itertools import cycle
from math import sqrt
from typing import Final

import numpy as np

from bridge.geometry import cross
from bridge.solving.parts import Array

_TINY: Final = 1e-9  # metres: shorter vectors have no direction
_ONES: Final = np.ones((3, 1))
_FEW: Final = 6  # frames that plain floats make in half the time; with ten arrays catch up


def dot(a: Array, b: Array) -> Array:
    """Scalar product along the last axis, of two or three, kept as an axis of one."""
    products = a * b
    # A product with ones is the quickest sum over so short an axis.
    return products.dot(_ONES[: products.shape[-1]].astype(products.dtype, copy=False))


def unit(vectors: Array) -> Array:
    """Unit vectors; one of no length stays (almost) zero instead of becoming NaN."""
    return vectors / (np.sqrt(dot(vectors, vectors)) + _TINY)


def frame(primary: Array, secondary: Array) -> Array:
    """Matrices ``(..., 3, 3)`` whose first column is ``primary`` and whose second lies as near
    to ``secondary`` as a right angle allows. Parallel inputs give a finite, arbitrary frame."""
    if primary.ndim == 2 and len(primary) <= _FEW and len(secondary) in (1, len(primary)):
        few = _few_frames(primary, secondary)
        if few is not None:
            return few
    first = unit(primary)
    third = cross(first, secondary)
    square = dot(third, third)
    if np.minimum.reduce(square, axis=None) < _TINY * _TINY:
        # No direction at all: X. Then any axis across will do; the one of the world that is
        # farthest from the primary is safe.
        first = np.where(dot(first, first) < 0.5, _X_AXIS, first)
        spare = np.where(np.abs(first[..., :1]) < 0.7, _X_AXIS, _Y_AXIS)
        poor = square < _TINY * _TINY
        third = np.where(poor, cross(first, spare), third)
        square = dot(third, third)
    third /= np.sqrt(square)
    out = np.empty((*third.shape, 3), third.dtype)
    out[..., 0] = first
    out[..., 1] = cross(third, first)
    out[..., 2] = third
    return out


def _few_frames(primary: Array, secondary: Array) -> Array | None:
    """``frame`` of ``(N, 3)`` and ``(N, 3)`` or ``(1, 3)``; None where any are parallel."""
    rows: list[tuple[tuple[float, float, float], ...]] = []
    for (px, py, pz), (sx, sy, sz) in zip(
        primary.tolist(), cycle(secondary.tolist()), strict=False
    ):
        length = sqrt(px * px + py * py + pz * pz) + _TINY
        ax, ay, az = px / length, py / length, pz / length
        cx, cy, cz = ay * sz - az * sy, az * sx - ax * sz, ax * sy - ay * sx
        length = sqrt(cx * cx + cy * cy + cz * cz)
        if length < _TINY:
            return None
        cx, cy, cz = cx / length, cy / length, cz / length
        bx, by, bz = cy * az - cz * ay, cz * ax - cx * az, cx * ay - cy * ax
        rows.append(((ax, bx, cx), (ay, by, cy), (az, bz, cz)))
    return np.array(rows, primary.dtype)


def transposed(matrices: Array) -> Array:
    """The inverse of rotation matrices."""
    return matrices.swapaxes(-1, -2)


def carried(vectors: Array, *, from_unit: Array, to_unit: Array) -> Array:
    """``vectors`` turned by the shortest rotation that takes one unit vector to the other."""
    axis = cross(from_unit, to_unit)
    cosine = dot(from_unit, to_unit)
    # Opposite directions have no shortest way; then the vectors are only kept finite.
    along = dot(axis, vectors) / np.maximum(1.0 + cosine, 1e-6)
    return vectors * cosine + cross(axis, vectors) + axis * along


def blended(from_matrices: Array, to_matrices: Array, share: Array) -> Array:
    """Part of the way between rotations: ``share`` 0 gives the first, 1 the second.

    Blends the columns and makes them orthonormal again: for the up to about 60° between
    neighbouring joints this is within a degree of constant angular speed, at a tenth of the cost.
    """
    mixed = from_matrices + (to_matrices - from_matrices) * share
    return frame(mixed[..., 0], mixed[..., 1])


_X_AXIS: Final = np.array([1.0, 0.0, 0.0])
_Y_AXIS: Final = np.array([0.0, 1.0, 0.0])
