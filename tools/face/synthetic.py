"""Expressions put on landmarks alone: the teacher's blendshape model needs no picture.

Each pair of landmark sets, the users' and the teacher's of one picture, is moved in the same way,
so that what differs between the two models stays as it is on real pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.solving.face.pose import HeadFit, load_template
from tools.face.dataset import WORLD_SIGN, random_amounts, random_proportions
from tools.face.deform import deformed, gazed
from tools.face.networks import Teacher

Floats = NDArray[np.float32]


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
        moved: list[NDArray[np.float64]] = []
        for head in (ours, theirs):
            rng = np.random.default_rng((seed, number))  # the same for both
            points = random_proportions(head.landmarks, rng)
            points = gazed(
                points, yaw_rad=float(rng.normal(0.0, 0.2)), pitch_rad=float(rng.normal(0.0, 0.1))
            )
            moved.append(deformed(points, random_amounts(rng)))
        placed = (moved[1] @ theirs.rotation.T * theirs.scale + theirs.origin) * WORLD_SIGN
        landmarks[number] = moved[0]
        weights[number] = teacher.weights(placed.astype(np.float32))
    return landmarks, weights
