"""Expressions put on landmarks alone: the teacher's blendshape model needs no picture.

Each pair of landmark sets, the users' and the teacher's of one picture, is moved in the same way,
so that what differs between the two models stays as it is on real pictures.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.solving.face.pose import HeadFit, load_template
from tools.face.dataset import WORLD_SIGN, random_amounts, random_proportions
from tools.face.deform import deformed, gazed
from tools.face.networks import Teacher

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

# In the template's unit, 0.01 is about 0.9 mm.
_UNEVEN: Final = 0.012  # faces are not symmetric
_DISAGREEMENT: Final = 0.006  # what the users' model sees elsewhere than the teacher, by person
_CALM: Final = 0.5  # share of faces that show less than a whole expression
_BUMPS: Final = 8


def with_expressions(
    seen: Floats, taught: Floats, teacher: Teacher, *, seed: int
) -> tuple[Floats, Floats]:
    """Landmarks ``(N, 478, 3)`` in the head's frame and weights ``(N, 52)``.

    ``seen``, ``taught (N, 478, 3)`` px: of the same pictures, by the users' model and the
    teacher's. Raises ``ValueError`` for a collapsed face.
    """
    fit = HeadFit(load_template())
    landmarks, weights = np.empty_like(seen), np.empty((len(seen), 52), np.float32)
    for number, pair in enumerate(zip(seen, taught, strict=True)):
        heads = [fit.fit(points.astype(np.float64) * WORLD_SIGN) for points in pair]
        ours, theirs = heads
        if ours is None or theirs is None:
            raise ValueError(f"face {number} has collapsed")
        moved = [
            _moved(head.landmarks, np.random.default_rng((seed, number))) for head in (ours, theirs)
        ]
        placed = (moved[1] @ theirs.rotation.T * theirs.scale + theirs.origin) * WORLD_SIGN
        rng = np.random.default_rng((seed, number, 1))
        landmarks[number] = moved[0] + _bumps(rng, float(abs(rng.normal(0.0, _DISAGREEMENT))))
        weights[number] = teacher.weights(placed.astype(np.float32))
    return landmarks, weights


def _moved(points: Array, rng: np.random.Generator) -> Array:
    """Another shape, gaze and expression; the same for the same state of ``rng``."""
    points = random_proportions(points, rng) + _bumps(rng, _UNEVEN)
    points = gazed(
        points, yaw_rad=float(rng.normal(0.0, 0.2)), pitch_rad=float(rng.normal(0.0, 0.1))
    )
    amounts = random_amounts(rng)
    strength = float(rng.uniform(0.1, 1.0)) if rng.random() < _CALM else 1.0
    return deformed(points, {name: strength * amount for name, amount in amounts.items()})


def _bumps(rng: np.random.Generator, height: float) -> Array:
    """A smooth random displacement ``(478, 3)``."""
    flat = load_template().positions[:, :2]
    middles = flat[rng.integers(0, 468, _BUMPS)]
    widths = rng.uniform(0.08, 0.25, _BUMPS)
    distance = ((flat[None] - middles[:, None]) ** 2).sum(axis=2)
    falloff = np.exp(-0.5 * distance / widths[:, None] ** 2)
    return falloff.T @ rng.normal(0.0, height, (_BUMPS, 3))
