"""Settings of the face solver."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal

from pydantic import Field, field_validator

from bridge.settings import Settings
from bridge.skeleton import ARKIT_NAMES


class GazeSettings(Settings):
    """Where the eyes look."""

    gain: float = Field(default=1.0, ge=0.0, le=3.0)
    """Above 1 the character's eyes move further than the performer's."""

    vergence_time_s: float = Field(default=0.5, ge=0.0, le=10.0)
    """How slowly the eyes turn towards or away from each other."""

    neutral_time_s: float = Field(default=30.0, ge=1.0, le=600.0)
    """In about this time the usual height of the gaze becomes "straight ahead"."""


class ShapeSettings(Settings):
    """How one blendshape answers. Applied in this order: dead zone, curve, gain, offset."""

    gain: float = Field(default=1.0, ge=0.0, le=5.0)
    """Above 1 exaggerates, 0 turns the shape off."""

    offset: float = Field(default=0.0, ge=-1.0, le=1.0)
    """Added at last."""

    dead_zone: float = Field(default=0.0, ge=0.0, le=0.9)
    """Weights below this count as 0; what is above is stretched to begin there."""

    curve: float = Field(default=1.0, ge=0.2, le=5.0)
    """Exponent: above 1 calms small movements, below 1 brings them out."""

    smoothing: float = Field(default=1.0, ge=0.0, le=20.0)
    """Times the usual smoothing; 0 turns it off for this shape."""


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

    shapes: dict[str, ShapeSettings] = Field(default_factory=dict)
    """By ARKit name (jawOpen) or "all": gain, offset, dead_zone, curve, smoothing."""

    @field_validator("shapes")
    @classmethod
    def _known_shapes(cls, shapes: dict[str, ShapeSettings]) -> dict[str, ShapeSettings]:
        for name in shapes:
            if name != "all" and name not in ARKIT_NAMES:
                near = get_close_matches(name, ("all", *ARKIT_NAMES), n=1, cutoff=0.0)
                raise ValueError(f"'{name}' is no ARKit shape; did you mean '{near[0]}'?")
        return shapes
