"""Hands that touch: the same part, at the same place, on bodies of other proportions.

A hand near a part of the performer gets a goal near the same part of the avatar: the same share
along the part, the same side of it, the same gap between skin and skin. How much the goal counts
falls with the gap. After Ho, Komura and Tai, "Spatial relationship preserving character motion
adaptation" (2010), reduced to capsules so that it costs microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.retarget.capsules import (
    FOREARM,
    HEAD,
    SOLID,
    TORSO_LEFT,
    TORSO_RIGHT,
    UPPER_ARM,
    Capsule,
    CapsuleBody,
    point_on,
)
from bridge.retarget.chain import distance_to_segment
from bridge.retarget.scalars import (
    ZERO,
    Quat,
    Vec,
    add,
    inverse,
    length,
    rotate,
    scaled,
    sub,
    towards,
    unit,
)
from bridge.retarget.settings import ContactSettings
from bridge.skeleton import HumanBone

_B = HumanBone
_HAND: Final = (int(_B.LEFT_HAND), int(_B.RIGHT_HAND))
_FIRM_GAP_M: Final = 0.025  # skin this near touches: landmarks are not better than that
_MIN_WEIGHT: Final = 1e-3
_SHARPNESS: Final = 3  # the nearest part decides: weights are raised to this power
_FORWARDS: Final[Vec] = (0.0, 0.0, 1.0)
_PROJECTIONS: Final = 6  # between "within reach" and "on the surface"; it converges in three
_ARM_PARTS: Final = (*UPPER_ARM, *FOREARM)
# What each hand may touch: never its own arm, nor the thighs, beside which hands hang at rest.
_PARTS: Final = tuple(
    (HEAD, TORSO_LEFT, TORSO_RIGHT, UPPER_ARM[1 - side], FOREARM[1 - side]) for side in (0, 1)
)


@dataclass(frozen=True, slots=True)
class Touch:
    """One hand near one part: where, how far the skins are apart, and how much it counts."""

    part: int
    share: float
    direction: Vec  # unit, from the axis to the palm, in the part's own frame
    gap: float
    weight: float


@dataclass(frozen=True, slots=True)
class HandTouches:
    """What the performer's hands touch, with the bodies they were read from."""

    parts: tuple[tuple[Touch, ...], tuple[Touch, ...]]
    capsules: Sequence[Capsule]
    knuckles: tuple[Vec, Vec]
    hand_radius: float
    between: Vec  # unit, from the left palm to the right
    between_gap: float
    between_weight: float

    @property
    def any(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self.parts[0] or self.parts[1] or self.between_weight > _MIN_WEIGHT)

    @property
    def arms(self) -> bool:
        """Whether a hand touches the other arm, which moves itself."""
        return any(touch.part in _ARM_PARTS for found in self.parts for touch in found)


def knuckles(body: CapsuleBody, world: Sequence[Quat], positions: Sequence[Vec]) -> tuple[Vec, Vec]:
    """The middle fingers' bases in the world, left and right."""
    left, right = _HAND
    return (
        add(positions[left], rotate(world[left], body.knuckles[0])),
        add(positions[right], rotate(world[right], body.knuckles[1])),
    )


def palms(body: CapsuleBody, world: Sequence[Quat], positions: Sequence[Vec]) -> tuple[Vec, Vec]:
    """The middles of both palms in the world."""
    left, right = _HAND
    return (
        add(positions[left], rotate(world[left], body.palms[0])),
        add(positions[right], rotate(world[right], body.palms[1])),
    )


def read_touches(
    body: CapsuleBody,
    capsules: Sequence[Capsule],
    both_palms: tuple[Vec, Vec],
    both_knuckles: tuple[Vec, Vec],
    *,
    settings: ContactSettings,
) -> HandTouches:
    """What the performer's hands touch in one pose."""
    found: list[tuple[Touch, ...]] = []
    for side, palm in enumerate(both_palms):
        touches: list[Touch] = []
        for part in _PARTS[side]:
            capsule = capsules[part]
            distance, share = distance_to_segment(palm, capsule.start, capsule.end)
            gap = distance - capsule.radius - body.hand_radius
            weight = _weight(gap, settings.reach_m)
            if weight > _MIN_WEIGHT:
                out = unit(sub(palm, point_on(capsule, share)), _FORWARDS)
                direction = rotate(inverse(capsule.frame), out)
                touches.append(Touch(part, share, direction, max(gap, 0.0), weight))
        found.append(tuple(touches))
    apart = sub(both_palms[1], both_palms[0])
    gap = length(apart) - 2.0 * body.hand_radius
    return HandTouches(
        parts=(found[0], found[1]),
        capsules=capsules,
        knuckles=both_knuckles,
        hand_radius=body.hand_radius,
        between=unit(apart, (-1.0, 0.0, 0.0)),
        between_gap=max(gap, 0.0),
        between_weight=_weight(gap, settings.reach_m),
    )


def palm_goals(
    body: CapsuleBody,
    capsules: Sequence[Capsule],
    both_palms: tuple[Vec, Vec],
    touches: HandTouches,
) -> tuple[Vec, Vec, tuple[float, float]]:
    """Where the avatar's palms belong, from where they are; and how firmly each is held, 0–1."""
    goals: list[Vec] = []
    firmness: list[float] = []
    for palm, found in zip(both_palms, touches.parts, strict=True):
        total, firm, goal = 0.0, 0.0, ZERO
        for touch in found:
            capsule = capsules[touch.part]
            reach = capsule.radius + body.hand_radius + touch.gap
            at = add(
                point_on(capsule, touch.share),
                scaled(rotate(capsule.frame, touch.direction), reach),
            )
            weight = touch.weight**_SHARPNESS
            goal = add(goal, scaled(at, weight))
            total += weight
            firm = max(firm, touch.weight)
        if found:
            # Several parts pull to the side; the gap to the firmest is kept all the same.
            goal = _onto(scaled(goal, 1.0 / total), _firmest(found), capsules, body.hand_radius)
            palm = towards(palm, goal, firm)
        goals.append(palm)
        firmness.append(firm)
    if touches.between_weight > _MIN_WEIGHT:
        wanted = scaled(touches.between, touches.between_gap + 2.0 * body.hand_radius)
        error = sub(sub(goals[1], goals[0]), wanted)
        # The hand that something else holds firmly stays; the free one comes to it.
        freedom = [1.0 - 0.98 * firm for firm in firmness]
        left = freedom[0] / (freedom[0] + freedom[1]) * touches.between_weight
        right = touches.between_weight - left
        goals = [add(goals[0], scaled(error, left)), sub(goals[1], scaled(error, right))]
    return goals[0], goals[1], (firmness[0], firmness[1])


def keep_outside(
    palm: Vec,
    knuckle: Vec,
    radius: float,
    capsules: Sequence[Capsule],
    *,
    touches: HandTouches,
    side: int,
) -> Vec:
    """``palm`` moved, and ``knuckle`` with it, so that neither is inside head or torso.

    Capsules are not skin: knuckles may be as deep in them as the performer's own are.
    """
    for part in SOLID:
        capsule = capsules[part]
        in_palm = _depth(palm, capsule, radius)
        in_knuckle = _depth(knuckle, capsule, radius)
        if in_knuckle > 0.0:
            own = _depth(touches.knuckles[side], touches.capsules[part], touches.hand_radius)
            in_knuckle -= max(own, 0.0)
        depth = max(in_palm, in_knuckle)
        if depth <= 0.0:
            continue
        probe = palm if in_palm >= in_knuckle else knuckle
        _, share = distance_to_segment(probe, capsule.start, capsule.end)
        front = rotate(capsule.frame, _FORWARDS)
        push = scaled(unit(sub(probe, point_on(capsule, share)), front), depth)
        palm, knuckle = add(palm, push), add(knuckle, push)
    return palm


def _depth(point: Vec, capsule: Capsule, radius: float) -> float:
    """How far a ball is inside a capsule; negative outside."""
    distance, _ = distance_to_segment(point, capsule.start, capsule.end)
    return capsule.radius + radius - distance


def within_reach(
    goal: Vec,
    *,
    shoulder: Vec,
    wrist_from_palm: Vec,
    reach: float,
    touches: Sequence[Touch],
    capsules: Sequence[Capsule],
    hand_radius: float,
) -> Vec:
    """A palm goal that the arm can meet, still on the surface of the part it touches.

    Where the place itself is out of reach, the nearest one on the same part is taken.
    """
    firmest = _firmest(touches) if touches else None
    for _ in range(_PROJECTIONS):
        arm = sub(add(goal, wrist_from_palm), shoulder)
        stretch = length(arm)
        if stretch <= reach:
            return goal
        goal = sub(goal, scaled(arm, 1.0 - reach / stretch))
        if firmest is None:
            return goal
        goal = towards(goal, _onto(goal, firmest, capsules, hand_radius), firmest.weight)
    return goal


def _firmest(touches: Sequence[Touch]) -> Touch:
    return max(touches, key=lambda touch: touch.weight)


def _onto(point: Vec, touch: Touch, capsules: Sequence[Capsule], hand_radius: float) -> Vec:
    """The point moved straight out from or in to a part, until the gap is the touch's."""
    capsule = capsules[touch.part]
    _, share = distance_to_segment(point, capsule.start, capsule.end)
    axis = point_on(capsule, share)
    out = unit(sub(point, axis), _FORWARDS)
    return add(axis, scaled(out, capsule.radius + hand_radius + touch.gap))


def _weight(gap: float, reach_m: float) -> float:
    """1 where skins touch, 0 from ``reach_m`` on, smooth between."""
    t = (gap - _FIRM_GAP_M) / max(reach_m - _FIRM_GAP_M, 1e-6)
    if t <= 0.0:
        return 1.0
    return 0.0 if t >= 1.0 else 1.0 - t * t * (3.0 - 2.0 * t)
