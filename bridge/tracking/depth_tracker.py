"""A tracker whose landmarks become metric where the picture comes with depth."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.layouts import Layout
from bridge.tracking.base import Tracker
from bridge.tracking.depth import BodyLifter
from bridge.tracking.depth_hands import lift_hand
from bridge.types import Frame, Keypoints, Observation

_FIRST_STEP_S: Final = 1.0 / 30.0


class DepthTracker(Tracker):
    """Wraps a tracker of colour pictures; frames without depth pass through unchanged."""

    def __init__(self, inner: Tracker) -> None:
        self._inner = inner
        self._lifter = BodyLifter()
        self._last_ns: int | None = None

    def track(self, frame: Frame) -> Observation:
        """As the inner tracker; the body is measured from the camera where it can be."""
        seen = self._inner.track(frame)
        if frame.depth_m is None or seen.body is None:
            return seen
        now_ns = frame.stamp.capture_time_ns
        dt_s = _FIRST_STEP_S if self._last_ns is None else (now_ns - self._last_ns) * 1e-9
        self._last_ns = now_ns
        lifted = self._lifter.lift(
            seen.body.pixels,
            seen.body.positions_m,
            seen.body.confidence,
            depth_m=frame.depth_m,
            camera=frame.camera,
            dt_s=max(0.0, dt_s),
        )
        if lifted is None:
            return seen
        body = Keypoints(
            Layout.MEDIAPIPE_BODY_33_METRIC,
            lifted.positions_m,
            seen.body.pixels,
            lifted.confidence,
        )
        hands = {
            name: lift_hand(hand, depth_m=frame.depth_m, camera=frame.camera)
            for name, hand in (("left_hand", seen.left_hand), ("right_hand", seen.right_hand))
            if hand is not None
        }
        return replace(seen, body=body, **hands)

    def reset(self) -> None:
        """Forget the previous pictures."""
        self._inner.reset()
        self._lifter.reset()
        self._last_ns = None

    def close(self) -> None:
        """Close the inner tracker."""
        self._inner.close()
