"""Tracked, held or lost."""

from __future__ import annotations

from typing import Final

from bridge.retarget.settings import PresenceSettings
from bridge.types import ActorPose, TrackingState

_NS_PER_S: Final = 1e9


class Presence:
    """Judges each pose by its confidences and by when the performer was last seen."""

    def __init__(self, settings: PresenceSettings) -> None:
        self._settings = settings
        self._last_seen_ns: int | None = None

    def use(self, settings: PresenceSettings) -> None:
        """Judge by other settings from now on."""
        self._settings = settings

    def judge(self, actor: ActorPose) -> TrackingState:
        """The state at ``actor``'s time; LOST until somebody is seen for the first time."""
        now_ns = actor.stamp.capture_time_ns
        surest = max(float(actor.confidence.max()), actor.face_confidence)
        if surest >= self._settings.least_confidence:
            self._last_seen_ns = now_ns
            return TrackingState.TRACKED
        last_ns = self._last_seen_ns
        # A recording that starts again jumps back in time: that is not "just seen" either.
        if last_ns is None or not 0 <= now_ns - last_ns <= self._settings.hold_s * _NS_PER_S:
            return TrackingState.LOST
        return TrackingState.HELD
