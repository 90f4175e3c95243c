"""Settings of retargeting: how one performer's motion becomes one avatar's."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from bridge.settings import Settings


class HipsAnchor(str, Enum):
    """What the avatar's place in its scene is measured from."""

    START = "start"
    WORLD = "world"


class HipsSettings(Settings):
    """How the performer's place becomes the avatar's."""

    anchor: HipsAnchor = HipsAnchor.START
    """start: where the performer is first seen becomes the middle of the scene; world: places
    are kept as they are measured."""
    sway: float = Field(default=1.0, ge=0.0, le=3.0)
    """How far the avatar follows across the floor: 0 stays in place, 1 as the performer."""


class PresenceSettings(Settings):
    """When the avatar counts as tracked, held or lost."""

    least_confidence: float = Field(default=0.3, ge=0.0, le=1.0)
    """Some joint or the face must be at least this sure for the performer to be seen, 0–1."""
    hold_s: float = Field(default=1.0, ge=0.0, le=60.0)
    """Seconds without the performer before the state goes from held to lost."""


class RetargetSettings(Settings):
    """Everything that shapes the avatar's motion."""

    mirror: bool = True
    """Move as a mirror shows you: your left hand is the avatar's right."""
    hips: HipsSettings = HipsSettings()
    """The avatar's place in its scene."""
    presence: PresenceSettings = PresenceSettings()
    """When the performer counts as seen."""
