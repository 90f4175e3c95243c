"""Settings of the hand solver."""

from __future__ import annotations

from pydantic import Field

from bridge.settings import Settings


class HandSettings(Settings):
    """How the fingers are solved."""

    min_confidence: float = Field(default=0.3, ge=0.0, le=1.0)
    """Below this mean landmark confidence a hand counts as not seen."""

    hidden_hold_s: float = Field(default=0.25, ge=0.0, le=2.0)
    """How slowly a finger follows whose landmarks contradict each other (it is probably
    hidden); one that is seen well follows at once. 0 turns this off."""

    distal_coupling: float = Field(default=0.5, ge=0.0, le=1.0)
    """How much the last finger joint follows the middle one as tendons make it do
    (0: only what the landmarks say, 1: only the tendon). Doubtful fingers use 1."""
