"""Shoulders rise with raised arms; the training motion's do not.

As an arm goes up past the horizontal the shoulder girdle lifts it further (the scapulohumeral
rhythm: V. Inman et al., "Observations on the function of the shoulder joint", J. Bone Joint Surg.,
1944). Without it, raised arms of a character grow out of its chest.
"""

from __future__ import annotations

from math import asin, cos, sin
from typing import Final

from bridge.skeleton import SmplxJoint
from bridge.solving.parts import Array

J = SmplxJoint

# Of the arm's elevation above the T-pose. In a Kinect recording of a waving person the line from
# the neck to the shoulder rises by 12° when the arm goes from there to 75° above; the collar's
# bone, which starts farther out and is shorter, turns by a third more.
_RISE: Final = 0.22
_SIDES: Final = ((J.LEFT_COLLAR, J.LEFT_SHOULDER, 1.0), (J.RIGHT_COLLAR, J.RIGHT_SHOULDER, -1.0))


def raise_collars(world: Array) -> None:
    """Turn the collars of ``world (22, 3, 3)`` up with arms that are raised above the shoulders,
    in place; every other rotation in the world, the arms' too, stays."""
    chest = world[J.SPINE3]
    up = chest[:, 1]
    for collar, shoulder, sign in _SIDES:
        sine = sign * float(world[shoulder, :, 0] @ up)  # of the arm's angle above the T-pose
        if sine <= 0.0:
            world[collar] = chest
            continue
        angle_rad = sign * _RISE * asin(min(sine, 1.0))
        along, across = cos(angle_rad), sin(angle_rad)
        world[collar, :, 0] = along * chest[:, 0] + across * up
        world[collar, :, 1] = along * up - across * chest[:, 0]
        world[collar, :, 2] = chest[:, 2]
