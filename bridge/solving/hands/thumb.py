"""The thumb: a saddle joint with a little twist, then two hinges."""

from __future__ import annotations

from math import atan2, cos, pi, sin, sqrt
from typing import Final

import numpy as np

from bridge.solving.hands import anatomy
from bridge.solving.parts import Array

# How far sideways the outer segments must leave the first one's line before their plane is
# believed over anatomy; a unit vector each.
_PLANE_PRIOR: Final = 0.35

_FRAME: Final[Array] = np.stack(  # rows: along the thumb, where it curls to, its hinge
    (anatomy.THUMB_REST, anatomy.THUMB_CURL, anatomy.THUMB_FLEXION_AXIS)
)


def thumb_angles(directions: Array) -> Array:
    """``(5,)`` radians within limits: CMC flexion, abduction, twist, MCP and IP flexion.

    ``directions (3, 3)``: unit vectors of metacarpal, proximal and distal segment in the
    canonical wrist frame. CMC flexion and abduction are the two components of the swing's
    rotation vector along the hinge axis and against the curl direction.
    """
    first, second, third = (directions @ _FRAME.T).tolist()
    flexion, abduction = _swing(first)
    swing = _swing_matrix(flexion, abduction)
    back = swing.T
    second = (back @ second).tolist()
    third = (back @ third).tolist()
    twist = atan2(second[2] + third[2], abs(second[1] + third[1]) + _PLANE_PRIOR)
    if second[1] + third[1] < 0.0:  # bent backwards: the same plane, seen from the other side
        twist = -twist
    limit = anatomy.THUMB_CMC_TWIST_RAD
    twist = min(max(twist, -limit), limit)
    curl_cos, curl_sin = cos(twist), sin(twist)

    def elevation(direction: list[float]) -> float:
        return atan2(curl_cos * direction[1] + curl_sin * direction[2], direction[0])

    mcp = _clamp(elevation(second), anatomy.THUMB_MCP_FLEXION_RAD)
    ip = _clamp(_wrap(elevation(third) - mcp), anatomy.THUMB_IP_FLEXION_RAD)
    return np.array((flexion, abduction, twist, mcp, ip))


def thumb_rotations(angles: Array) -> Array:
    """Local rotations ``(3, 4)`` xyzw of the canonical thumb from ``thumb_angles``."""
    flexion, abduction, twist, mcp, ip = angles.tolist()
    angle = sqrt(flexion * flexion + abduction * abduction)
    share = 0.5 if angle < 1e-6 else sin(0.5 * angle) / angle
    w, y, z = cos(0.5 * angle), -abduction * share, flexion * share
    twist_cos, twist_sin = cos(0.5 * twist), sin(0.5 * twist)
    # The swing (0, y, z, w) after the twist (sin, 0, 0, cos), multiplied out.
    base = (
        w * twist_sin,
        y * twist_cos + z * twist_sin,
        z * twist_cos - y * twist_sin,
        w * twist_cos,
    )
    out = np.empty((3, 4))
    out[0, :3] = np.array(base[:3]) @ _FRAME
    out[0, 3] = base[3]
    for row, bend in ((1, mcp), (2, ip)):
        out[row, :3] = anatomy.THUMB_FLEXION_AXIS * sin(0.5 * bend)
        out[row, 3] = cos(0.5 * bend)
    return out


def _swing(direction: list[float]) -> tuple[float, float]:
    """Flexion and abduction that take the resting metacarpal to ``direction``, clamped."""
    along, curl, hinge = direction
    across = sqrt(curl * curl + hinge * hinge)
    if across < 1e-9:
        return 0.0, 0.0
    angle = atan2(across, along)
    # Rotation vector = (along x direction) * angle: about the hinge for curl, about minus the
    # curl direction for movement towards the hinge axis (out of the palm).
    flexion = _clamp(angle * curl / across, anatomy.THUMB_CMC_FLEXION_RAD)
    abduction = _clamp(angle * hinge / across, anatomy.THUMB_CMC_ABDUCTION_RAD)
    return flexion, abduction


def _swing_matrix(flexion: float, abduction: float) -> Array:
    """Rotation ``(3, 3)`` in the thumb's own axes: along, curl, hinge."""
    angle = sqrt(flexion * flexion + abduction * abduction)
    y, z = (-abduction / angle, flexion / angle) if angle > 1e-9 else (0.0, 1.0)
    c, s = cos(angle), sin(angle)
    k = 1.0 - c
    return np.array(
        [[c, -s * z, s * y], [s * z, c + k * y * y, k * y * z], [-s * y, k * y * z, c + k * z * z]]
    )


def _clamp(angle_rad: float, limits_rad: tuple[float, float]) -> float:
    return min(max(angle_rad, limits_rad[0]), limits_rad[1])


def _wrap(angle_rad: float) -> float:
    return (angle_rad + pi) % (2.0 * pi) - pi
