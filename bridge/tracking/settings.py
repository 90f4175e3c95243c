"""Settings of the trackers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bridge.settings import Settings


class TrackingSettings(Settings):
    """How landmarks are found in pictures."""

    backend: Literal["engine", "mediapipe"] = "mediapipe"
    """``engine`` is the fast tracker; ``mediapipe`` the reference that it is compared with."""

    detection_confidence: float = Field(default=0.5, ge=0.0, le=1.0)
    """A person is taken up when the detector is at least this sure."""

    tracking_confidence: float = Field(default=0.5, ge=0.0, le=1.0)
    """A person is kept while the landmarks are at least this sure."""
