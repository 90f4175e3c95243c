"""The performer's own skeleton: how long each bone is, measured while they move.

Bones are rigid, so the median of a bone's length over the first seconds is worth more than any
single picture. Bones that nobody sees whole (head, hands, feet) follow the size of those that are
seen; left and right are taken as equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.kinematics import (
    DEFAULT_STATURE_M,
    bone_lengths_m,
    fitted_rest_joints_m,
    rest_joints_m,
)
from bridge.layouts import Layout
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CAMERA_ORIGIN_LAYOUTS, CanonicalBody, CanonicalJoint
from bridge.solving.parts import Array
from bridge.types import FloatArray, frozen_floats

C = CanonicalJoint
J = SmplxJoint

_STANDARD_M: Final = bone_lengths_m(rest_joints_m().astype(np.float64))
_STANDARD_HEAD_M: Final = float(rest_joints_m()[J.HEAD][1])

_SAMPLES: Final = 90  # three seconds of a sensor's pictures
_SAMPLES_MIN: Final = 30
_SAMPLE_EVERY_S: Final = 0.03
_READY_S: Final = 3.0
_EASE_S: Final = 1.0  # a skeleton that changes at once would make the avatar jump
_CONFIDENCE_MIN: Final = 0.75  # of both ends: seen, not inferred
_SPREAD_MAX: Final = 0.2  # relative scatter of a length that is worth nothing
_RATIO_RANGE: Final = (0.5, 1.5)  # of an adult of 1.70 m: from a small child to no one
_CAMERA_TRUST: Final = 0.5  # a landmark model guesses sizes from adults it has seen


@dataclass(frozen=True, slots=True)
class _Measure:
    """A distance on the body, and the SMPL-X bones whose length it tells."""

    ends: tuple[tuple[C, C], ...]  # one a side, or one in all
    bones: tuple[str, ...]  # without their side
    percentile: float = 50.0


_MEASURES: Final[Mapping[str, _Measure]] = MappingProxyType(
    {
        "upper_arm": _Measure(
            ((C.LEFT_SHOULDER, C.LEFT_ELBOW), (C.RIGHT_SHOULDER, C.RIGHT_ELBOW)), ("ELBOW",)
        ),
        "forearm": _Measure(
            ((C.LEFT_ELBOW, C.LEFT_WRIST), (C.RIGHT_ELBOW, C.RIGHT_WRIST)), ("WRIST",)
        ),
        "thigh": _Measure(((C.LEFT_HIP, C.LEFT_KNEE), (C.RIGHT_HIP, C.RIGHT_KNEE)), ("KNEE",)),
        "shin": _Measure(((C.LEFT_KNEE, C.LEFT_ANKLE), (C.RIGHT_KNEE, C.RIGHT_ANKLE)), ("ANKLE",)),
        "hips": _Measure(((C.LEFT_HIP, C.RIGHT_HIP),), ("HIP",)),
        "shoulders": _Measure(((C.LEFT_SHOULDER, C.RIGHT_SHOULDER),), ("SHOULDER",)),
        # From the middle of the hips to that of the shoulders: every bend makes it shorter.
        "trunk": _Measure((), ("SPINE1", "SPINE2", "SPINE3", "NECK", "COLLAR"), 80.0),
    }
)
MEASURES: Final = tuple(_MEASURES)


def _bones_of(measure: _Measure) -> list[int]:
    return [
        int(joint) for joint in J if joint.name.removeprefix("LEFT_").removeprefix("RIGHT_")
        in measure.bones
    ]  # fmt: skip


_BONES: Final = {name: _bones_of(measure) for name, measure in _MEASURES.items()}


def _standard_m(name: str) -> float:
    """The same distance on the rest skeleton of 1.70 m."""
    rest = rest_joints_m().astype(np.float64)
    if name == "trunk":
        hips, shoulders = rest[J.LEFT_HIP], rest[J.LEFT_SHOULDER]
        return float(shoulders[1] - hips[1])
    one, other = _MEASURES[name].ends[0]
    return float(np.linalg.norm(rest[J[one.name]] - rest[J[other.name]]))


STANDARD_M: Final[Mapping[str, float]] = MappingProxyType(
    {name: _standard_m(name) for name in MEASURES}
)


@dataclass(frozen=True, slots=True)
class Proportions:
    """``lengths_m (55,)`` of the bone from each joint's parent to it, by ``SmplxJoint`` (0 for the
    pelvis); ``confidence (55,)`` 0–1, 0 where a bone was not measured and only scaled."""

    lengths_m: FloatArray
    confidence: FloatArray

    @classmethod
    def standard(cls, *, stature_m: float = DEFAULT_STATURE_M) -> Proportions:
        """An adult of that height; nothing measured."""
        return cls.of(_STANDARD_M * (stature_m / DEFAULT_STATURE_M), np.zeros(len(J)))

    @classmethod
    def of(cls, lengths_m: ArrayLike, confidence: ArrayLike) -> Proportions:
        """From arrays ``(55,)``. Raises ``RejectedValueError``."""
        return cls(
            frozen_floats("bone lengths", lengths_m, (len(J),)),
            frozen_floats("their confidence", confidence, (len(J),)),
        )

    @classmethod
    def from_measures(
        cls, measured_m: Mapping[str, float], confidence: Mapping[str, float]
    ) -> Proportions:
        """From distances by the names in ``MEASURES``; those that are missing follow the others."""
        ratios = {name: measured_m[name] / STANDARD_M[name] for name in measured_m}
        size = float(np.median(list(ratios.values()))) if ratios else 1.0
        lengths_m = _STANDARD_M * size
        trust = np.zeros(len(J))
        for name, ratio in ratios.items():
            rows = _BONES[name]
            lengths_m[rows] = _STANDARD_M[rows] * ratio
            trust[rows] = confidence.get(name, 1.0)
        return cls.of(lengths_m, trust)

    @property
    def rest_joints_m(self) -> FloatArray:
        """The T-pose ``(55, 3)`` with these bones, world, feet on y = 0."""
        return fitted_rest_joints_m(self.lengths_m)

    @property
    def stature_m(self) -> float:
        """Height, taking the part above the head's joint as an adult's."""
        return DEFAULT_STATURE_M * float(self.rest_joints_m[J.HEAD][1]) / _STANDARD_HEAD_M

    def scaled_to(self, stature_m: float) -> Proportions:
        """The same shape at another height."""
        return Proportions.of(
            self.lengths_m.astype(np.float64) * (stature_m / self.stature_m), self.confidence
        )

    def towards(self, other: Proportions, share: float) -> Proportions:
        """Part of the way: ``share`` 0 is this, 1 the other; the other's confidence."""
        mixed = self.lengths_m + (other.lengths_m - self.lengths_m) * np.float32(share)
        return Proportions.of(mixed, other.confidence)


class ProportionMeter:
    """Measures one performer, observation by observation."""

    def __init__(
        self, *, start: Proportions, stature_m: float | None = None, cameras: bool = False
    ) -> None:
        """``start`` is taken until something is measured. ``stature_m`` fixes the height;
        ``cameras``: measure landmarks without depth too, at lower trust."""
        self._stature_m = stature_m
        self._cameras = cameras
        self._before = self._goal = self.current = start
        self._eased_s = _EASE_S
        self._clear()

    def reset(self) -> None:
        """Measure anew, from the lengths known so far."""
        self._clear()

    @property
    def complete(self) -> bool:
        """Whether the first seconds are over and whatever was seen of the body is measured."""
        return self._seen_s >= _READY_S and self._eased_s >= _EASE_S

    @property
    def measured(self) -> Mapping[str, tuple[float, float]]:
        """What was measured so far: metres and confidence by the names in ``MEASURES``."""
        return self._measured

    def step(self, body: CanonicalBody, *, layout: Layout, dt_s: float) -> Proportions | None:
        """Take in one observation; the proportions where they changed, else None."""
        metric = layout in CAMERA_ORIGIN_LAYOUTS
        camera = self._cameras and layout is Layout.MEDIAPIPE_BODY_33
        if metric or camera:
            self._sample(body, dt_s=dt_s, trust=1.0 if metric else _CAMERA_TRUST)
        if self._eased_s >= _EASE_S:
            return None
        self._eased_s += dt_s
        self.current = self._before.towards(self._goal, min(1.0, self._eased_s / _EASE_S))
        return self.current

    def finish(self) -> Proportions:
        """What was measured, at once."""
        self._eased_s, self.current = _EASE_S, self._goal
        return self.current

    def _clear(self) -> None:
        self._samples: dict[str, list[list[float]]] = {
            name: [[] for _ in range(max(1, len(measure.ends)))]
            for name, measure in _MEASURES.items()
        }
        self._full = self._full_when_published = 0
        self._seen_s = self._since_sample_s = 0.0
        self._measured: dict[str, tuple[float, float]] = {}

    def _sample(self, body: CanonicalBody, *, dt_s: float, trust: float) -> None:
        self._since_sample_s += dt_s
        if self._since_sample_s < _SAMPLE_EVERY_S:
            return
        self._seen_s += min(self._since_sample_s, 10.0 * _SAMPLE_EVERY_S)
        self._since_sample_s = 0.0
        seen = body.confidence >= _CONFIDENCE_MIN
        points = body.positions_m
        for name, measure in _MEASURES.items():
            for values, ends in zip(self._samples[name], measure.ends or (None,), strict=True):
                if len(values) >= _SAMPLES:
                    continue
                length_m = _trunk_m(points, seen) if ends is None else _length_m(points, seen, ends)
                if length_m is not None:
                    values.append(length_m)
                    self._full += len(values) == _SAMPLES
        fresh = self._full != self._full_when_published or not self._measured
        if self._seen_s >= _READY_S and fresh:
            self._publish(trust)

    def _publish(self, trust: float) -> None:
        self._full_when_published = self._full
        for name, measure in _MEASURES.items():
            result = _summed_up(self._samples[name], measure.percentile)
            if result is None:
                continue
            ratio, confidence = result[0] / STANDARD_M[name], result[1] * trust
            if _RATIO_RANGE[0] < ratio < _RATIO_RANGE[1] and confidence > 0.0:
                self._measured[name] = (result[0], confidence)
        if not self._measured:
            return
        found = Proportions.from_measures(
            {name: value for name, (value, _) in self._measured.items()},
            {name: confidence for name, (_, confidence) in self._measured.items()},
        )
        if self._stature_m is not None:
            found = found.scaled_to(self._stature_m)
        self._before, self._goal, self._eased_s = self.current, found, 0.0


def _length_m(points: Array, seen: NDArray[np.bool_], ends: tuple[C, C]) -> float | None:
    one, other = ends
    if not (seen[one] and seen[other]):
        return None
    across = points[one] - points[other]
    return float(np.sqrt(across @ across))


def _trunk_m(points: Array, seen: NDArray[np.bool_]) -> float | None:
    corners = (C.LEFT_HIP, C.RIGHT_HIP, C.LEFT_SHOULDER, C.RIGHT_SHOULDER)
    if not all(seen[corner] for corner in corners):
        return None
    left_hip, right_hip, left_shoulder, right_shoulder = (points[corner] for corner in corners)
    up = (left_shoulder + right_shoulder - left_hip - right_hip) / 2.0
    return float(np.sqrt(up @ up))


def _summed_up(sides: list[list[float]], percentile: float) -> tuple[float, float] | None:
    """Length and confidence 0–1 from the samples of one side or both; None from too few."""
    lengths, weights = [], []
    for values in sides:
        if len(values) < _SAMPLES_MIN:
            continue
        array = np.array(values)
        median = float(np.median(array))
        spread = 1.4826 * float(np.median(np.abs(array - median))) / median
        lengths.append(float(np.percentile(array, percentile)))
        weights.append(max(0.0, 1.0 - spread / _SPREAD_MAX))
    if not lengths or sum(weights) <= 0.0:
        return None
    return float(np.average(lengths, weights=weights)), float(np.mean(weights))
