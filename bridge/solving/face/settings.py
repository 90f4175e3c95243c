"""Settings of the face solver."""

from __future__ import annotations

from pydantic import Field

from bridge.settings import Settings


class GazeSettings(Settings):
    """Where the eyes look."""

    gain: float = Field(default=1.0, ge=0.0, le=3.0)
    """Above 1 the character's eyes move further than the performer's."""

    vergence_time_s: float = Field(default=0.5, ge=0.0, le=10.0)
    """How slowly the eyes turn towards or away from each other."""

    neutral_time_s: float = Field(default=30.0, ge=1.0, le=600.0)
    """In about this time the usual height of the gaze becomes "straight ahead"."""


class FaceSettings(Settings):
    """Head, jaw, eyes and expression."""

    min_confidence: float = Field(default=0.3, ge=0.0, le=1.0)
    """Below this mean landmark confidence a face counts as not seen."""

    neutral_time_s: float = Field(default=30.0, ge=1.0, le=600.0)
    """In about this time the performer's usual face becomes the neutral one."""

    jaw_open_deg: float = Field(default=24.0, ge=0.0, le=40.0)
    """How far the jaw bone turns when jawOpen is 1. A jaw opens by 30 degrees at most."""

    gaze: GazeSettings = GazeSettings()
    """Where the eyes look."""
