"""Vectors and quaternions as tuples of floats.

A limb is solved one bone after the other, and numpy needs 30 µs for one quaternion product where
these need one. Anything over many bones at once is in ``geometry.py``.
"""

from __future__ import annotations

from math import cos, sin, sqrt
from typing import Final, TypeAlias

Vec: TypeAlias = tuple[float, float, float]
Quat: TypeAlias = tuple[float, float, float, float]  # x, y, z, w

IDENTITY: Final[Quat] = (0.0, 0.0, 0.0, 1.0)
ZERO: Final[Vec] = (0.0, 0.0, 0.0)
_TINY: Final = 1e-9


def add(a: Vec, b: Vec) -> Vec:
    """a + b."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def sub(a: Vec, b: Vec) -> Vec:
    """a − b."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def scaled(a: Vec, factor: float) -> Vec:
    """a · factor."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def towards(a: Vec, b: Vec, share: float) -> Vec:
    """From a (share 0) to b (share 1)."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def dot(a: Vec, b: Vec) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    """Vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a: Vec) -> float:
    """Euclidean length."""
    return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def unit(a: Vec, fallback: Vec) -> Vec:
    """a at length 1; ``fallback`` where a has none."""
    size = length(a)
    return fallback if size < _TINY else (a[0] / size, a[1] / size, a[2] / size)


def multiply(a: Quat, b: Quat) -> Quat:
    """The rotation b, then a."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def inverse(q: Quat) -> Quat:
    """The inverse of a unit quaternion."""
    return (-q[0], -q[1], -q[2], q[3])


def rotate(q: Quat, v: Vec) -> Vec:
    """v turned by q."""
    x, y, z, w = q
    vx, vy, vz = v
    tx = 2.0 * (y * vz - z * vy)
    ty = 2.0 * (z * vx - x * vz)
    tz = 2.0 * (x * vy - y * vx)
    return (
        vx + w * tx + y * tz - z * ty,
        vy + w * ty + z * tx - x * tz,
        vz + w * tz + x * ty - y * tx,
    )


def about(axis_unit: Vec, angle_rad: float) -> Quat:
    """The rotation by an angle about an axis."""
    s = sin(0.5 * angle_rad)
    return (axis_unit[0] * s, axis_unit[1] * s, axis_unit[2] * s, cos(0.5 * angle_rad))


def between(a_unit: Vec, b_unit: Vec) -> Quat:
    """The shortest rotation from one unit vector to another."""
    w = 1.0 + dot(a_unit, b_unit)
    if w < 1e-6:  # opposite: any axis across
        helper = (1.0, 0.0, 0.0) if abs(a_unit[0]) < 0.7 else (0.0, 1.0, 0.0)
        x, y, z = unit(cross(a_unit, helper), (0.0, 0.0, 1.0))
        return (x, y, z, 0.0)
    x, y, z = cross(a_unit, b_unit)
    size = sqrt(x * x + y * y + z * z + w * w)
    return (x / size, y / size, z / size, w / size)
