"""The floor in a depth picture: how the camera is tilted, and how high it stands.

M. Fischler and R. Bolles, "Random sample consensus", *CACM* 24(6), 1981: planes through three
random points, the one that most points lie on, least squares over those. The floor is told from
tables by having nothing beneath it, and from walls by which way is up; an accelerometer, where
there is one, says that within a few degrees, and alone where no floor is in sight.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import asin, cos, degrees, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import cross, normalise
from bridge.types import FloatArray, Intrinsics

Array = NDArray[np.float64]

_STEP_PX: Final = 16  # every sixteenth pixel of every sixteenth row: 3,600 points at 720p
_RANGE_M: Final = (0.4, 6.0)
_HYPOTHESES: Final = 60  # of which some hit: a floor of a fifth of the points is missed 6 in 10,000
_NEAR_M: Final = 0.015  # of a point on the plane, and per square metre of distance the
_NEAR_PER_M2: Final = 0.002  # sensor's noise
_BENEATH_M: Final = 0.06
_BENEATH_SHARE_MAX: Final = 0.04  # of all points: reflections; under a table there is more
_INLIERS_MIN: Final = 150
_UPRIGHT_COSINE: Final = cos(radians(50.0))  # without gravity: cameras look down by that at most
_GRAVITY_COSINE: Final = cos(radians(6.0))
_HEIGHT_RANGE_M: Final = (0.2, 3.0)
_DOWN: Final = np.array([0.0, 1.0, 0.0])  # camera axes

_LOOK_EVERY_S: Final = 0.3
_LOOK_EVERY_SETTLED_S: Final = 3.0  # cameras are pushed now and then
_KEPT: Final = 9  # looks whose median counts
_SETTLED_SPREAD_RAD: Final = radians(0.5)


@dataclass(frozen=True, slots=True)
class Floor:
    """``up_camera (3,)`` unit, camera axes; ``height_m`` of the camera above the floor, None
    where only gravity is known."""

    up_camera: Array
    height_m: float | None

    @property
    def pitch_deg(self) -> float:
        """How far the camera looks down."""
        return degrees(asin(float(np.clip(-self.up_camera[2], -1.0, 1.0))))

    @property
    def roll_deg(self) -> float:
        """How far it is turned clockwise about its line of sight, as seen from behind it."""
        return degrees(np.arctan2(-self.up_camera[0], -self.up_camera[1]))


def find_floor(
    depth_m: FloatArray,
    camera: Intrinsics,
    *,
    gravity_up: Array | None = None,
    rng: np.random.Generator,
) -> Floor | None:
    """The floor in one picture ``depth_m (H, W)``, 0 where unknown; None where none is seen.

    ``gravity_up (3,)``: the unit vector up in camera axes, from an accelerometer.
    """
    points = _points(depth_m, camera)
    if len(points) < _INLIERS_MIN:
        return None
    up = -_DOWN if gravity_up is None else gravity_up
    least_cosine = _UPRIGHT_COSINE if gravity_up is None else _GRAVITY_COSINE
    slack_m = _NEAR_M + _NEAR_PER_M2 * points[:, 2] ** 2
    # The floor is in the lower half of what is seen: more of the guesses are then of it.
    low = np.flatnonzero(points @ up <= np.median(points @ up))
    picks = points[rng.choice(low, size=(_HYPOTHESES, 3))]
    normals = normalise(cross(picks[:, 1] - picks[:, 0], picks[:, 2] - picks[:, 0]))
    normals *= np.where(normals @ up < 0.0, -1.0, 1.0)[:, None]
    heights_m = -(normals * picks[:, 0]).sum(axis=1)
    likely = (normals @ up >= least_cosine) & (heights_m > _HEIGHT_RANGE_M[0])
    likely &= heights_m < _HEIGHT_RANGE_M[1]
    if not likely.any():
        return None
    above_m = points @ normals[likely].T + heights_m[likely]
    on = (np.abs(above_m) < slack_m[:, None]).sum(axis=0)
    beneath = (above_m < -(slack_m[:, None] + _BENEATH_M)).mean(axis=0)
    on = np.where(beneath <= _BENEATH_SHARE_MAX, on, 0)
    best = int(on.argmax())
    if on[best] < _INLIERS_MIN:
        return None
    inliers = points[np.abs(above_m[:, best]) < slack_m]
    return _fitted(inliers, up, least_cosine)


class FloorWatch:
    """Looks for the floor now and then; a camera that is moved is noticed within seconds."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another camera."""
        self._rng = np.random.default_rng(0)  # the same recording gives the same result
        self._seen: deque[Floor] = deque(maxlen=_KEPT)
        self._wait_s = 0.0
        self._floor: Floor | None = None

    def step(
        self, depth_m: FloatArray, camera: Intrinsics, *, gravity_up: Array | None, dt_s: float
    ) -> Floor | None:
        """The floor as known after this picture, or from gravity alone, or None."""
        self._wait_s -= dt_s
        if self._wait_s <= 0.0:
            found = find_floor(depth_m, camera, gravity_up=gravity_up, rng=self._rng)
            if found is not None:
                self._take(found)
            settled = len(self._seen) == _KEPT and self._spread_rad() < _SETTLED_SPREAD_RAD
            self._wait_s = _LOOK_EVERY_SETTLED_S if settled else _LOOK_EVERY_S
        if self._floor is None and gravity_up is not None:
            return Floor(gravity_up, None)
        return self._floor

    def _take(self, found: Floor) -> None:
        self._seen.append(found)
        up = normalise(np.median([floor.up_camera for floor in self._seen], axis=0))
        heights_m = [floor.height_m for floor in self._seen if floor.height_m is not None]
        self._floor = Floor(up, float(np.median(heights_m)))

    def _spread_rad(self) -> float:
        assert self._floor is not None
        ups = np.array([floor.up_camera for floor in self._seen])
        return float(np.median(np.linalg.norm(ups - self._floor.up_camera, axis=1)))


def _points(depth_m: FloatArray, camera: Intrinsics) -> Array:
    half = _STEP_PX // 2
    z = depth_m[half::_STEP_PX, half::_STEP_PX].astype(np.float64)
    row, column = np.mgrid[half : depth_m.shape[0] : _STEP_PX, half : depth_m.shape[1] : _STEP_PX]
    known = (z > _RANGE_M[0]) & (z < _RANGE_M[1])
    z, row, column = z[known], row[known], column[known]
    x = (column + 0.5 - camera.cx) / camera.fx * z
    y = (row + 0.5 - camera.cy) / camera.fy * z
    return np.column_stack((x, y, z))


def _fitted(inliers: Array, up: Array, least_cosine: float) -> Floor | None:
    """Least squares: the direction in which the points scatter least."""
    middle = inliers.mean(axis=0)
    _, _, axes = np.linalg.svd(inliers - middle, full_matrices=False)
    normal = axes[2] if axes[2] @ up >= 0.0 else -axes[2]
    height_m = -float(normal @ middle)
    if normal @ up < least_cosine or not _HEIGHT_RANGE_M[0] < height_m < _HEIGHT_RANGE_M[1]:
        return None
    return Floor(normal, height_m)
