"""Capsules around a posed body, on the performer and on the avatar alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.retarget.body_shape import BodyShape
from bridge.retarget.scalars import ZERO, Quat, Vec, add, rotate, scaled, sub
from bridge.skeleton import HumanBone

_B = HumanBone
HEAD, TORSO_LEFT, TORSO_RIGHT = 0, 1, 2
UPPER_ARM: Final = (3, 4)  # left, right
FOREARM: Final = (5, 6)
SOLID: Final = (HEAD, TORSO_LEFT, TORSO_RIGHT)  # what hands never enter


class Capsule(NamedTuple):
    """A segment in the world and a radius, metres; ``frame`` turns with the part."""

    start: Vec
    end: Vec
    radius: float
    frame: Quat


@dataclass(frozen=True, slots=True)
class _End:
    """A point fixed to a bone."""

    bone: int
    offset: Vec


class CapsuleBody:
    """The capsules of one body, to be posed each frame; the palms' and knuckles' places too."""

    def __init__(self, positions_m: NDArray[np.float64], shape: BodyShape) -> None:
        """``positions_m (55, 3)`` joints in the T-pose, by ``HumanBone``."""
        points: list[Vec] = [(x, y, z) for x, y, z in positions_m.tolist()]

        def point(bone: HumanBone, offset: Vec = ZERO) -> _End:
            return _End(int(bone), offset)

        cx, cy, cz = shape.head_centre_m
        half = shape.head_half_axis_m
        self._parts: list[tuple[_End, _End, float, int]] = [
            (
                point(_B.HEAD, (cx, cy - half, cz)),
                point(_B.HEAD, (cx, cy + half, cz)),
                shape.head_radius_m,
                int(_B.HEAD),
            )
        ]
        # The torso's axes end a radius below the neck, so that the round end meets the collar.
        chest, neck = points[_B.UPPER_CHEST], points[_B.NECK]
        rise = max(neck[1] - chest[1] - shape.torso_radius_m, 0.0)
        for sign in (1.0, -1.0):
            gap = sign * shape.torso_half_gap_m
            self._parts.append(
                (
                    point(_B.HIPS, (gap, 0.0, 0.0)),
                    point(_B.UPPER_CHEST, (gap, rise, 0.0)),
                    shape.torso_radius_m,
                    int(_B.SPINE),
                )
            )
        for upper, end, radius in (
            ("UPPER_ARM", "LOWER_ARM", shape.upper_arm_radius_m),
            ("LOWER_ARM", "HAND", shape.forearm_radius_m),
        ):
            for side in ("LEFT", "RIGHT"):
                bone, last = _B[f"{side}_{upper}"], _B[f"{side}_{end}"]
                self._parts.append((point(bone), point(last), radius, int(bone)))
        self.hand_radius = shape.hand_radius_m
        self.palms: list[Vec] = [(x, y, z) for x, y, z in shape.palm_m.tolist()]
        self.knuckles: list[Vec] = [(x, y, z) for x, y, z in shape.knuckle_m.tolist()]

    def pose(self, world: Sequence[Quat], positions: Sequence[Vec]) -> list[Capsule]:
        """The capsules where the bones are, in the order of this module's constants."""
        return [
            Capsule(_at(start, world, positions), _at(end, world, positions), radius, world[frame])
            for start, end, radius, frame in self._parts
        ]


def _at(end: _End, world: Sequence[Quat], positions: Sequence[Vec]) -> Vec:
    if end.offset is ZERO:  # most ends are joints
        return positions[end.bone]
    return add(positions[end.bone], rotate(world[end.bone], end.offset))


def point_on(capsule: Capsule, share: float) -> Vec:
    """The point of the axis at ``share`` (0–1)."""
    return add(capsule.start, scaled(sub(capsule.end, capsule.start), share))
