"""Four fingers at once: spread and three flexions each, from segment directions."""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.solving.hands import anatomy
from bridge.solving.parts import Array

# Weight of the belief that a finger bends straight towards the palm, against the two or three
# unit vectors of its segments: it decides only where these say next to nothing.
_STRAIGHT_PRIOR: Final = 0.15
_TURN_RAD: Final = 2.0 * np.pi


def finger_angles(directions: Array, *, coupling: Array) -> Array:
    """Joint angles ``(4, 4)``: spread, MCP, PIP, DIP flexion in radians, within limits.

    ``directions (4, 3, 3)``: unit vectors of the proximal, middle and distal segment of each
    of ``anatomy.FINGERS`` in the canonical wrist frame. ``coupling (4,)``: how much DIP follows
    PIP instead of its own segment.

    A finger lies in one plane that holds the palm's normal: its spread is the principal axis of
    the segments' shadows on the palm, which is right for straight, bent and fully closed
    fingers alike, and where the shadows are short (knuckle bent by 90 degrees) falls to zero.
    """
    along, up, across = directions[..., 0], directions[..., 1], directions[..., 2]
    shadow = (along + 1j * across) ** 2  # doubles the angle: a line has no direction
    spread = 0.5 * np.angle(shadow.sum(axis=1) + _STRAIGHT_PRIOR)
    # A shadow pointing backwards is a segment bent past 90 degrees, not a finger turned round.
    cos, sin = np.cos(spread)[:, None], np.sin(spread)[:, None]
    elevation = np.arctan2(-up, along * cos + across * sin)  # 0 straight, + towards the palm

    mcp = _clamp(_near(elevation[:, 0], anatomy.MCP_FLEXION_RAD), anatomy.MCP_FLEXION_RAD)
    pip_seen = _near(elevation[:, 1] - mcp, anatomy.PIP_FLEXION_RAD)
    pip = _clamp(pip_seen, anatomy.PIP_FLEXION_RAD)
    dip_seen = _near(elevation[:, 2] - mcp - pip, anatomy.DIP_FLEXION_RAD)
    dip_seen = _clamp(dip_seen, anatomy.DIP_FLEXION_RAD)
    dip = dip_seen + coupling * (anatomy.DIP_PER_PIP * pip - dip_seen)

    freedom = 1.0 + (anatomy.SPREAD_SHARE_WHEN_BENT - 1.0) * np.maximum(np.sin(mcp), 0.0)
    low, high = anatomy.SPREAD_MIN_RAD * freedom, anatomy.SPREAD_MAX_RAD * freedom
    spread = np.minimum(np.maximum(spread, low), high)
    return np.stack((spread, mcp, pip, _clamp(dip, anatomy.DIP_FLEXION_RAD)), axis=1)


def finger_rotations(angles: Array) -> Array:
    """Local rotations ``(4, 3, 4)`` xyzw of the canonical hand from ``finger_angles``."""
    half = 0.5 * angles
    cos, sin = np.cos(half), np.sin(half)
    out = np.zeros((angles.shape[0], 3, 4))
    # Flexion about -z; at the knuckle, then spread about -y: (0,-s,0,c) * (0,0,-s,c).
    out[:, :, 2] = -sin[:, 1:]
    out[:, :, 3] = cos[:, 1:]
    out[:, 0, 0] = sin[:, 0] * sin[:, 1]
    out[:, 0, 1] = -sin[:, 0] * cos[:, 1]
    out[:, 0, 2] = -cos[:, 0] * sin[:, 1]
    out[:, 0, 3] = cos[:, 0] * cos[:, 1]
    return out


def _near(angle_rad: Array, limits_rad: tuple[float, float]) -> Array:
    """The same direction, in the turn that is nearest to the joint's range."""
    middle = 0.5 * (limits_rad[0] + limits_rad[1])
    return angle_rad - _TURN_RAD * np.round((angle_rad - middle) / _TURN_RAD)


def _clamp(angle_rad: Array, limits_rad: tuple[float, float]) -> Array:
    return np.minimum(np.maximum(angle_rad, limits_rad[0]), limits_rad[1])
