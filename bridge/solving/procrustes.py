"""The rotation that fits one set of points to another, for one small set at a time.

Plain floats and a closed form: at this size calling LAPACK's decomposition costs ten times more
than the arithmetic.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np

from bridge.solving.parts import Array

_ROUNDS_MAX: Final = 50  # of Newton's method; six are usual, a line of points takes the most
_CONVERGED: Final = 1e-15  # relative


def best_rotation(covariance: Array, *, spread_min: float) -> tuple[Array, float] | None:
    """The rotation ``(3, 3)`` that turns the template onto the points, and how much of their
    spread it explains (the signed sum of the singular values).

    ``covariance (3, 3)`` is template (rows) by points (columns), at least one of them centred.
    None where the points span no plane: the second singular value is below about ``spread_min``
    times the first. F. Markley, "Attitude determination using vector observations: a fast optimal
    matrix algorithm", J. Astronautical Sciences 41(2), 1993. The answer is a proper rotation for
    flat sets of points and for mirrored ones too.
    """
    (xx, yx, zx), (xy, yy, zy), (xz, yz, zz) = covariance.tolist()
    cofactors = (
        (yy * zz - yz * zy, yz * zx - yx * zz, yx * zy - yy * zx),
        (xz * zy - xy * zz, xx * zz - xz * zx, xy * zx - xx * zy),
        (xy * yz - xz * yy, xz * yx - xx * yz, xx * yy - xy * yx),
    )
    determinant = xx * cofactors[0][0] + xy * cofactors[0][1] + xz * cofactors[0][2]
    square = xx * xx + xy * xy + xz * xz + yx * yx + yy * yy + yz * yz + zx * zx + zy * zy + zz * zz
    minors = 4.0 * sum(a * a + b * b + c * c for a, b, c in cofactors)
    explained = sqrt(3.0 * square)  # never less than the sum of singular values
    for _ in range(_ROUNDS_MAX):
        off = explained * explained - square
        slope = 4.0 * (explained * off - 2.0 * determinant)
        if slope <= 0.0:
            break
        step = (off * off - 8.0 * explained * determinant - minors) / slope
        explained -= step
        if step <= _CONVERGED * explained:
            break
    half = 0.5 * (explained * explained - square)
    spread = half * explained - determinant  # of singular values: (a + b) (b + c) (c + a)
    if spread <= spread_min * explained**3 or spread <= 0.0:
        return None
    points = covariance.T
    cubic = points.dot(covariance).dot(points)
    rotation = (points * (half + square) + np.array(cofactors) * explained - cubic) / spread
    return rotation, explained


def quat_of(matrix: Array) -> Array:
    """``(4,)`` xyzw of one rotation matrix; plain floats, ten times the speed of arrays here."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix.tolist()
    trace = xx + yy + zz
    if trace > 0.0:
        root = 2.0 * sqrt(1.0 + trace)
        quat = ((zy - yz) / root, (xz - zx) / root, (yx - xy) / root, 0.25 * root)
    elif xx >= yy and xx >= zz:
        root = 2.0 * sqrt(1.0 + xx - yy - zz)
        quat = (0.25 * root, (xy + yx) / root, (xz + zx) / root, (zy - yz) / root)
    elif yy >= zz:
        root = 2.0 * sqrt(1.0 + yy - xx - zz)
        quat = ((xy + yx) / root, 0.25 * root, (yz + zy) / root, (xz - zx) / root)
    else:
        root = 2.0 * sqrt(1.0 + zz - xx - yy)
        quat = ((xz + zx) / root, (yz + zy) / root, 0.25 * root, (yx - xy) / root)
    return np.array(quat)
