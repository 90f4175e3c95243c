"""Where the pelvis seems to be in the world.

With pixels and a camera: the metric landmarks are put where they project onto the picture, a
linear least-squares fit of one translation. A depth sensor's positions are used as they are.
With neither, nothing is known, and the feet decide (``ground``).

The world's origin lies on the floor below the place where the performer was first seen, so an
avatar starts in the middle of its stage.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.geometry import world_from_camera
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CAMERA_ORIGIN_LAYOUTS, CanonicalBody, CanonicalJoint
from bridge.solving.filters import VectorFilter
from bridge.solving.parts import Array
from bridge.solving.settings import SolvingSettings
from bridge.types import FloatArray, Intrinsics, Keypoints

C = CanonicalJoint
J = SmplxJoint

_FIT_CONFIDENCE_MIN: Final = 0.3
_FIT_POINTS_MIN: Final = 6  # three unknowns, two equations a point, and room for outliers
_DEPTH_MIN_M: Final = 0.2
_DEPTH_MAX_M: Final = 30.0
_PIVOT_MIN: Final = 1e-6  # squared slope: landmarks within a milliradian tell no depth
_FIT_ROUNDS: Final = 2  # the second weighs the rows by the depth that the first found
_FOOT_JOINTS: Final = np.array(
    [C.LEFT_HEEL, C.RIGHT_HEEL, C.LEFT_TOE, C.RIGHT_TOE, C.LEFT_ANKLE, C.RIGHT_ANKLE]
)
# How far each of them is above the floor when the foot stands.
_FOOT_HEIGHT_M: Final = np.array([0.02, 0.02, 0.02, 0.02, 0.066, 0.066])
_FLOOR_RISE_M_PER_S: Final = 0.02  # the floor's estimate forgets a foot that went too low
_HIPS_CONFIDENCE_MIN: Final = 0.2
_DEPTH_CUTOFF_SHARE: Final = 0.4  # depth from one camera is the noisiest direction by far


class RootSolver:
    """Follows the pelvis from frame to frame."""

    def __init__(self, settings: SolvingSettings, rest_joints: FloatArray) -> None:
        """``rest_joints (55, 3)``: the performer's T-pose."""
        self.fit(rest_joints)
        smoothing = settings.smoothing
        share = np.array([1.0, 1.0, _DEPTH_CUTOFF_SHARE])
        self._filter = VectorFilter(
            min_cutoff_hz=smoothing.root.min_cutoff_hz * share,
            speed_gain=smoothing.root.speed_gain * share,
        )
        self._smooth = smoothing.enabled
        self.reset()

    def fit(self, rest_joints: FloatArray) -> None:
        """From now on the pelvis is where this T-pose has it."""
        rest = rest_joints.astype(np.float64)
        hips = (rest[J.LEFT_HIP] + rest[J.RIGHT_HIP]) / 2.0
        self._pelvis_from_hips_m = rest[J.PELVIS] - hips
        self._standing_m = float(rest[J.PELVIS][1])

    def reset(self) -> None:
        """The next frame starts over the origin."""
        self._filter.reset()
        self._start_m: Array | None = None
        self._floor_m: float | None = None
        self._root_m: Array | None = None
        self._camera_pitch_rad = 0.0

    def step(
        self,
        body: Keypoints,
        canonical: CanonicalBody,
        *,
        camera: Intrinsics | None,
        camera_pitch_rad: float = 0.0,
        pelvis: Array,
        floor_y_m: float | None = None,
        dt_s: float,
    ) -> Array | None:
        """The pelvis joint ``(3,)`` in the world, metres; ``pelvis (3, 3)`` is its rotation;
        ``camera_pitch_rad`` > 0 when the camera looks down; ``floor_y_m`` the floor where the
        sensor sees it, in the body's axes.

        Where the hips are not seen it stays where it was; None where no place was ever known.
        """
        positions, confidence = canonical.positions_m, canonical.confidence
        if min(confidence[C.LEFT_HIP], confidence[C.RIGHT_HIP]) < _HIPS_CONFIDENCE_MIN:
            return self._root_m
        if body.layout in CAMERA_ORIGIN_LAYOUTS:
            origin: Array | None = np.zeros(3)
        else:
            origin = None if camera is None else camera_translation_m(body, camera)
        if origin is None:
            return self._root_m
        self._keep_place(origin, camera_pitch_rad)
        origin_world = world_from_camera(origin, pitch_rad=camera_pitch_rad)
        hips = (positions[C.LEFT_HIP] + positions[C.RIGHT_HIP]) / 2.0
        root = hips + pelvis @ self._pelvis_from_hips_m + origin_world
        lowest = _lowest_foot_m(positions, confidence)
        if floor_y_m is not None and body.layout in CAMERA_ORIGIN_LAYOUTS:
            self._floor_m, lowest = -floor_y_m, None
        placed = self._on_floor(
            root, None if lowest is None else lowest + origin_world[1], dt_s=dt_s
        )
        self._root_m = self._filter.step(placed, dt_s=dt_s) if self._smooth else placed
        return self._root_m

    def _keep_place(self, origin: Array, camera_pitch_rad: float) -> None:
        """A better estimate of the pitch moves the room, not the performer in it."""
        if camera_pitch_rad == self._camera_pitch_rad:
            return
        if self._start_m is not None and self._floor_m is not None:
            moved = world_from_camera(origin, pitch_rad=camera_pitch_rad)
            moved -= world_from_camera(origin, pitch_rad=self._camera_pitch_rad)
            self._start_m += moved * (1.0, 0.0, 1.0)
            self._floor_m += float(moved[1])
        self._camera_pitch_rad = camera_pitch_rad

    def _on_floor(self, root: Array, sole_m: float | None, *, dt_s: float) -> Array:
        """``root`` with the origin on the floor below the start; ``sole_m`` the lowest foot."""
        if sole_m is not None:
            risen = sole_m
            if self._floor_m is not None:
                risen = self._floor_m + _FLOOR_RISE_M_PER_S * dt_s
            self._floor_m = min(risen, sole_m)
        elif self._floor_m is None:
            self._floor_m = float(root[1] - self._standing_m)
        if self._start_m is None:
            self._start_m = np.array([root[0], 0.0, root[2]])
        placed = root - self._start_m
        placed[1] = root[1] - self._floor_m
        return placed


def camera_translation_m(body: Keypoints, camera: Intrinsics) -> Array | None:
    """The translation ``(3,)`` in camera axes that puts the landmarks on their pixels.

    Minimises ``f (X + tx) - (u - c) (Z + tz)`` over all seen landmarks, weighted by confidence.
    None where there are no pixels or the fit makes no sense.
    """
    confidence, pixels = body.confidence, body.pixels.astype(np.float64)
    weight = confidence * ((confidence >= _FIT_CONFIDENCE_MIN) & pixels.any(axis=1))
    if np.count_nonzero(weight) < _FIT_POINTS_MIN:
        return None
    positions = body.positions_m.astype(np.float64)
    z = positions[:, 2]
    columns = np.ones((len(weight), 7))
    slope, right = columns[:, 1:3], columns[:, 3:5]
    slope[:] = (pixels - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    right[:] = slope * z[:, None] - positions[:, :2]
    columns[:, 5] = np.add.reduce(slope * slope, axis=1)
    columns[:, 6] = np.add.reduce(slope * right, axis=1)
    x_m = y_m = depth_m = 0.0
    rows = weight.astype(np.float64)
    for _ in range(_FIT_ROUNDS):
        # The normal equations couple x and y only through the depth, which is solved first.
        total, sum_x, sum_y, from_x, from_y, spread, pull = rows.dot(columns).tolist()
        pivot = spread - (sum_x * sum_x + sum_y * sum_y) / total
        if pivot < _PIVOT_MIN * total:
            return None
        depth_m = ((sum_x * from_x + sum_y * from_y) / total - pull) / pivot
        x_m, y_m = (from_x + sum_x * depth_m) / total, (from_y + sum_y * depth_m) / total
        if not _DEPTH_MIN_M < depth_m < _DEPTH_MAX_M:
            return None
        rows = weight / np.maximum(z + depth_m, _DEPTH_MIN_M) ** 2
    return np.array([x_m, y_m, depth_m])


def _lowest_foot_m(positions: Array, confidence: Array) -> float | None:
    seen = confidence.take(_FOOT_JOINTS) >= _FIT_CONFIDENCE_MIN
    if not seen.any():
        return None
    heights = positions[:, 1].take(_FOOT_JOINTS) - _FOOT_HEIGHT_M
    return float(heights[seen].min())
