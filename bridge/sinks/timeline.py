"""Poses over time: what the avatar's pose is between two frames of the camera, or just after."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge import geometry
from bridge.types import HumanoidPose

_KEPT: Final = 4  # frames; interpolation looks back one interval, and one may be late
_NEW_START_S: Final = 1.0  # after a pause or a jump as long as this nothing is interpolated
_NS_PER_S: Final = 1e9
# Of the last movement, how much goes on: below 1 because people slow down more often than they
# keep their speed for a whole frame. 0.5 to 1.0 were tried on four CMU clips; this erred least
# (tests/golden/test_prediction.py).
_CARRY: Final = 0.8


class PoseTimeline:
    """The last few poses of one stream."""

    def __init__(self) -> None:
        self._poses: deque[HumanoidPose] = deque(maxlen=_KEPT)

    @property
    def newest(self) -> HumanoidPose | None:
        """The pose that was added last."""
        return self._poses[-1] if self._poses else None

    @property
    def interval_ns(self) -> float:
        """Mean time between the poses kept; 0 while there are fewer than two."""
        if len(self._poses) < 2:
            return 0.0
        return (_time(self._poses[-1]) - _time(self._poses[0])) / (len(self._poses) - 1)

    def add(self, pose: HumanoidPose) -> None:
        """A jump back in time or a long pause begins anew."""
        if self._poses:
            step_ns = _time(pose) - _time(self._poses[-1])
            if step_ns == 0:
                return
            if not 0 < step_ns < _NEW_START_S * _NS_PER_S:
                self._poses.clear()
        self._poses.append(pose)

    def at(self, time_ns: int) -> HumanoidPose | None:
        """The pose at a time of the stream's clock.

        Before the newest pose: between two. After it: going on as before, for at most one
        interval. None while there is nothing.
        """
        poses = self._poses
        if not poses:
            return None
        if len(poses) == 1 or time_ns <= _time(poses[0]):
            return poses[0]
        before, after = next(
            (
                (a, b)
                for a, b in zip(poses, list(poses)[1:], strict=False)
                if _time(a) <= time_ns <= _time(b)
            ),
            (poses[-2], poses[-1]),
        )
        span_ns = _time(after) - _time(before)
        share = (time_ns - _time(before)) / span_ns
        if share > 1.0:
            share = 1.0 + _CARRY * min(share - 1.0, 1.0)
        return _between(before, after, share, time_ns)


def _between(before: HumanoidPose, after: HumanoidPose, share: float, time_ns: int) -> HumanoidPose:
    hips_m = before.hips_m + (after.hips_m - before.hips_m) * np.float32(share)
    weights = {
        name: min(
            1.0, max(0.0, (old := before.expressions.get(name, value)) + (value - old) * share)
        )
        for name, value in after.expressions.items()
    }
    return replace(
        after,
        stamp=replace(after.stamp, capture_time_ns=time_ns),
        hips_m=hips_m,
        rotations_xyzw=_turned(before.rotations_xyzw, after.rotations_xyzw, share),
        expressions=weights,
    )


def _turned(
    before: NDArray[np.float32], after: NDArray[np.float32], share: float
) -> NDArray[np.float32]:
    rotations = geometry.slerp(before.astype(np.float64), after.astype(np.float64), share)
    cosine = np.einsum("ij,ij->i", rotations, after)
    rotations *= np.where(cosine < 0.0, -1.0, 1.0)[:, None]  # the sign the receiver knows
    return rotations.astype(np.float32)


def _time(pose: HumanoidPose) -> int:
    return pose.stamp.capture_time_ns
