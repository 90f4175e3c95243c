"""Faces made of landmarks alone: the teacher's blendshape model needs no picture.

Each set starts from the teacher's landmarks of a picture, or from the brows and eyes of one and
the mouth of another, and gets other proportions, small smooth changes anywhere, a gaze and an
expression. What the teacher says to it, seen by a camera, is the label.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bridge.solving.face.pose import HeadFit, load_template
from tools.face import deform
from tools.face.dataset import WORLD_SIGN, random_amounts, random_proportions
from tools.face.networks import Teacher

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

_PART: Final = 10000  # sets of one random sequence: parts can be made beside one another
_NEUTRAL: Final = load_template().positions
_RECOMBINED: Final = 0.4  # share of faces with the mouth of another picture
_EXPRESSIVE: Final = 0.75  # share of faces that get an expression on top
_TURN_DEG: Final = (10.0, 8.0, 6.0)  # yaw, pitch, roll: performers look about into the camera
_GAZE_RAD: Final = (0.3, 0.2)  # yaw, pitch, standard deviation
_NEARNESS_MAX: Final = 0.08  # eye widths over distance: perspective of a lens near by
_SIZE_PX: Final = 200.0  # of an eye width in the picture; the teacher does not mind
_BUMPS: Final = 5
_AT_LIDS_BROWS_LIPS: Final = 0.7  # share of the bumps
_BUMP_SIGMA: Final = (0.05, 0.22)  # template units, least and most
_BUMP_SIZE: Final = (0.008, 0.014, 0.010)  # standard deviation along x, y, z
_BROW_HEIGHT: Final = 0.015  # standard deviation: nobody's two brows are alike
_BROW_SIGMA: Final = 0.12


def _upper_share() -> Array:
    """``(478, 1)``: 1 for eyes and brows, 0 for the mouth, smooth over the middle of the nose."""
    return 1.0 / (1.0 + np.exp(-(_NEUTRAL[:, 1:2] + 0.33) / 0.05))


def _moving_rows() -> NDArray[np.intp]:
    right = np.concatenate(
        (deform.BROW_INNER, deform.BROW_OUTER, deform.UPPER_LID, deform.MOUTH_CORNER)
    )
    return np.concatenate((right, load_template().mirror[right], deform.LIPS))


_UPPER: Final = _upper_share()
_MOVING: Final = _moving_rows()
_BROW_MIDDLES: Final = (105, int(load_template().mirror[105]))


@dataclass(frozen=True, slots=True)
class LandmarkSets:
    """``landmarks (N, 478, 2)`` in the head's frame, ``arkit (N, 52)``, and ``made_from (N, 2)``,
    the pictures that eyes and mouth are from."""

    landmarks: Floats
    arkit: Floats
    made_from: NDArray[np.int32]


def landmark_sets(heads: Floats, teacher: Teacher, *, count: int, seed: int) -> LandmarkSets:
    """``heads (N, 478, 3)``: the teacher's landmarks of pictures, in the head's frame."""
    parts = [
        _some_sets(heads, teacher, np.random.default_rng((seed, first)), min(_PART, count - first))
        for first in range(0, count, _PART)
    ]
    return LandmarkSets(
        *(
            np.concatenate([getattr(part, name.name) for part in parts])
            for name in fields(LandmarkSets)
        )
    )


def _some_sets(
    heads: Floats, teacher: Teacher, rng: np.random.Generator, count: int
) -> LandmarkSets:
    fit = HeadFit(load_template())
    landmarks = np.empty((count, heads.shape[1], 2), np.float32)
    weights = np.empty((count, 52), np.float32)
    made_from = np.empty((count, 2), np.int32)
    for number in range(count):
        upper = lower = rng.integers(len(heads))
        if rng.random() < _RECOMBINED:
            lower = rng.integers(len(heads))
        made_from[number] = upper, lower
        points = _UPPER * heads[upper] + (1.0 - _UPPER) * heads[lower]
        points = _with_bumps(random_proportions(points, rng), rng)
        yaw_rad, pitch_rad = rng.normal(0.0, _GAZE_RAD)
        points = deform.gazed(points, yaw_rad=yaw_rad, pitch_rad=pitch_rad)
        if rng.random() < _EXPRESSIVE:
            points = deform.deformed(points, random_amounts(rng))
        turn = Rotation.from_euler("YXZ", rng.normal(0.0, _TURN_DEG), degrees=True).as_matrix()
        head = fit.fit(points)
        if head is None:
            raise ValueError(f"landmark set {number} has collapsed")
        landmarks[number] = head.landmarks[:, :2]
        world = points @ turn.T
        world[:, :2] /= 1.0 - rng.uniform(0.0, _NEARNESS_MAX) * world[:, 2:]
        weights[number] = teacher.weights((world * WORLD_SIGN * _SIZE_PX).astype(np.float32))
    print(f"{count} landmark sets", flush=True)
    return LandmarkSets(landmarks, weights, made_from)


def _near(centre: Array, sigma: float) -> Array:
    """``(478, 1)``: 1 at a place of the neutral face, falling off around it."""
    return np.exp(-0.5 * ((_NEUTRAL - centre)[:, :2] ** 2).sum(axis=1) / sigma**2)[:, None]


def _with_bumps(points: Array, rng: np.random.Generator) -> Array:
    """Small smooth changes, each side by itself."""
    out = points.copy()
    for middle in _BROW_MIDDLES:
        out[:, 1:2] += _near(_NEUTRAL[middle], _BROW_SIGMA) * rng.normal(0.0, _BROW_HEIGHT)
    for _ in range(_BUMPS):
        moving = rng.random() < _AT_LIDS_BROWS_LIPS
        centre = _NEUTRAL[rng.choice(_MOVING) if moving else rng.integers(468)]
        sigma = rng.uniform(*_BUMP_SIGMA)
        out += _near(centre, sigma) * rng.normal(0.0, _BUMP_SIZE)
    return out
