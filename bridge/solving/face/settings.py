"""Settings of the face solver."""

from __future__ import annotations

from typing import Literal

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


class WeightSmoothingSettings(Settings):
    """One-Euro filters on the 52 weights; act the same at any frame rate."""

    enabled: bool = True
    """Off passes what was measured unchanged."""

    min_cutoff_hz: float = Field(default=0.7, ge=0.05, le=60.0)
    """Cut-off at rest: lower is calmer."""

    speed_gain: float = Field(default=1.5, ge=0.0, le=100.0)
    """How much the cut-off rises, in hertz for each unit of weight a second: higher is less
    late."""

    blink_speed_gain: float = Field(default=4.0, ge=0.0, le=100.0)
    """The same for the lids, which are the fastest part of a face."""


class FaceSettings(Settings):
    """Head, jaw, eyes and expression."""

    weights: Literal["network", "geometry"] = "network"
    """Where the 52 weights come from when the tracker gives none: a small trained network, or
    plain measures of lids, lips and brows for about half of the shapes."""

    min_confidence: float = Field(default=0.3, ge=0.0, le=1.0)
    """Below this mean landmark confidence a face counts as not seen."""

    performer: str = Field(default="", pattern=r"^[\w .-]*$")
    """Whose calibration to apply (made by "avatar-bridge calibrate face"); empty: none."""

    neutral_time_s: float = Field(default=30.0, ge=1.0, le=600.0)
    """In about this time the performer's usual face becomes the neutral one ("geometry" only)."""

    jaw_open_deg: float = Field(default=24.0, ge=0.0, le=40.0)
    """How far the jaw bone turns when jawOpen is 1. A jaw opens by 30 degrees at most."""

    smplx_model: str = ""
    """Path of your licensed SMPL-X model (.npz), for its 10 expression coefficients; empty: they
    stay 0 and the 52 weights carry the face."""

    gaze: GazeSettings = GazeSettings()
    """Where the eyes look."""

    smoothing: WeightSmoothingSettings = WeightSmoothingSettings()
    """Calm at rest, quick in motion."""
