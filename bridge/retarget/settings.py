"""The profile: everything that shapes one avatar's motion, in one model.

Each field says what it does to the avatar; bounds and units are in the model, so that the page
can show it as sliders. Files are in ``config/profiles``; ``profile.py`` reads them.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Final

from pydantic import Field, field_validator

from bridge.settings import Settings
from bridge.skeleton import ARKIT_NAMES, HumanBone, unity_bone_name

BONE_NAMES: Final = tuple(unity_bone_name(bone) for bone in HumanBone)
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Degrees = Annotated[float, Field(ge=-180.0, le=180.0)]


class HipsAnchor(str, Enum):
    """What the avatar's place in its scene is measured from."""

    START = "start"
    WORLD = "world"


class Region(str, Enum):
    """Which part of the avatar follows the performer."""

    FULL = "full"
    UPPER = "upper"
    HEAD = "head"


class PerfectSync(str, Enum):
    """Whether the 52 ARKit shapes or the VRM presets move the face."""

    AUTO = "auto"
    BOTH = "both"
    ARKIT = "arkit"
    PRESETS = "presets"


class HipsSettings(Settings):
    """The avatar's place in its scene."""

    anchor: HipsAnchor = HipsAnchor.START
    """start: where the performer is first seen becomes the middle of the scene; world: places
    are kept as they are measured."""
    sway: float = Field(default=1.0, ge=0.0, le=3.0)
    """How far the avatar follows across the floor: 0 stays in place, 1 in step with its legs."""
    height: float = Field(default=1.0, ge=0.0, le=2.0)
    """How far the avatar follows up and down: 0 never crouches or jumps, 1 as the performer."""
    offset_m: float = Field(default=0.0, ge=-1.0, le=1.0)
    """Raises or lowers the whole avatar, metres: to seat it on a chair, for example."""


class ArmSettings(Settings):
    """Where the arms and hands are held."""

    spread_deg: float = Field(default=0.0, ge=-30.0, le=45.0)
    """Holds the upper arms away from the body, degrees; for wide clothes or a wide chest."""
    hand_height_m: float = Field(default=0.0, ge=-0.5, le=0.5)
    """Raises both hands, metres; the elbows follow. Hands that touch something stay there."""
    hand_forward_m: float = Field(default=0.0, ge=-0.5, le=0.5)
    """Moves both hands forwards from the chest, metres."""
    shoulder_gain: float = Field(default=1.0, ge=0.0, le=2.0)
    """How much the shoulders lift and turn with the arms."""


class GazeSettings(Settings):
    """How head and eyes share a look."""

    head_share: float = Field(default=1.0, ge=0.0, le=1.5)
    """How much of the head's turn the avatar's head makes: lower it for big heads."""
    eyes_take_rest: Share = 0.5
    """Of the turn the head does not make, the share that the eyes make instead, 0–1."""
    eye_gain: float = Field(default=1.0, ge=0.0, le=3.0)
    """How far the eyes turn: raise it for large drawn eyes that hardly seem to move."""


class FingerSettings(Settings):
    """How the fingers move."""

    curl_gain: float = Field(default=1.0, ge=0.0, le=2.0)
    """How far fingers bend and spread: raise it when a fist stays open."""


class BoneSettings(Settings):
    """Corrections of one bone."""

    gain: float = Field(default=1.0, ge=0.0, le=3.0)
    """Multiplies the bone's own turn: 0 stiff, 1 as the performer."""
    offset_deg: tuple[Degrees, Degrees, Degrees] = (0.0, 0.0, 0.0)
    """Turns the bone always, degrees about X (to the avatar's left), Y (up), Z (forwards)."""
    limit: float = Field(default=1.0, ge=0.0, le=2.0)
    """Multiplies the bone's anatomical range: 0.5 allows half of it."""
    smoothing_s: float = Field(default=0.0, ge=0.0, le=1.0)
    """Seconds until the bone has made two thirds of a turn: calms it, and makes it late."""


class LimitSettings(Settings):
    """What the avatar never does, whatever the tracker says."""

    anatomical: bool = True
    """Keep every bone within the range of a human joint."""
    range_gain: float = Field(default=1.0, ge=0.3, le=2.0)
    """Multiplies all ranges: raise it for dancers, lower it for stiff toys."""
    speed_deg_per_s: float = Field(default=1500.0, ge=90.0, le=5000.0)
    """Fastest turn of any bone, degrees a second; faster ones are finished a little later."""


class ContactSettings(Settings):
    """What touches on the performer touches on the avatar."""

    hands: bool = True
    """Hands that touch each other, the head, the body or the other arm do so on the avatar."""
    reach_m: float = Field(default=0.12, ge=0.02, le=0.4)
    """How near to a part, metres, a hand begins to be guided by it."""
    no_penetration: bool = True
    """Hands stay outside the head and the body."""
    feet: bool = True
    """Feet stay on the floor, and do not slide while they stand."""
    foot_height_m: float = Field(default=0.05, ge=0.0, le=0.2)
    """A foot lower than this above its lowest, metres, may count as standing."""
    foot_speed_m_per_s: float = Field(default=0.45, ge=0.05, le=2.0)
    """A foot slower than this, metres a second, may count as standing."""


class IdleSettings(Settings):
    """What the avatar does while nobody is seen."""

    breathing_deg: float = Field(default=1.0, ge=0.0, le=5.0)
    """How far the chest rises and falls, degrees."""
    sway_deg: float = Field(default=0.8, ge=0.0, le=5.0)
    """How far the body sways, degrees."""


class PresenceSettings(Settings):
    """When the performer counts as seen."""

    least_confidence: Share = 0.3
    """Some joint or the face must be at least this sure for the performer to be seen, 0–1."""
    hold_s: float = Field(default=1.0, ge=0.0, le=60.0)
    """Seconds without the performer before the state goes from held to lost."""


class ExpressionSettings(Settings):
    """One expression as a sum of ARKit shapes."""

    weights: dict[str, Annotated[float, Field(ge=-5.0, le=5.0)]] = Field(
        default_factory=dict[str, float],
        json_schema_extra={"propertyNames": {"enum": list(ARKIT_NAMES)}},
    )
    """Factor by ARKit shape, for example jawOpen = 1.2; negative factors take away."""
    threshold: float = Field(default=0.0, ge=0.0, le=0.95)
    """Sums below this count as nothing, 0–1: stops flicker on a resting face."""

    @field_validator("weights")
    @classmethod
    def _known_shapes(cls, weights: dict[str, float]) -> dict[str, float]:
        unknown = [name for name in weights if name not in ARKIT_NAMES]
        if unknown:
            raise ValueError(f"no ARKit shape is called {', '.join(unknown)}")
        return weights


class ShapeSettings(Settings):
    """How one shape answers. Applied in this order: dead zone, curve, gain, offset, smoothing."""

    gain: float = Field(default=1.0, ge=0.0, le=5.0)
    """Above 1 exaggerates, 0 turns the shape off."""
    offset: float = Field(default=0.0, ge=-1.0, le=1.0)
    """Added at last."""
    dead_zone: float = Field(default=0.0, ge=0.0, le=0.9)
    """Weights below this count as 0; what is above is stretched to begin there."""
    curve: float = Field(default=1.0, ge=0.2, le=5.0)
    """Exponent: above 1 calms small movements, below 1 brings them out."""
    smoothing_s: float = Field(default=0.0, ge=0.0, le=2.0)
    """Time constant, seconds, of smoothing on top of the solver's: calmer, and later."""


class FaceSettings(Settings):
    """How the face moves."""

    gain: float = Field(default=1.0, ge=0.0, le=3.0)
    """Multiplies all 52 ARKit weights."""
    emotion_gain: float = Field(default=1.0, ge=0.0, le=3.0)
    """Multiplies happy, angry, sad, relaxed and surprised: 0 when they fight with the mouth."""
    exclusive_emotions: bool = True
    """One emotion at a time: the strongest, kept until another is clearly stronger."""
    perfect_sync: PerfectSync = PerfectSync.AUTO
    """arkit: only the 52 shapes; presets: only VRM's; both; auto: the 52 shapes when the
    avatar's file has them, else both."""
    table: dict[str, ExpressionSettings] = Field(default_factory=dict[str, ExpressionSettings])
    """Rows that replace or add to the built-in table, by expression name."""
    shapes: dict[str, ShapeSettings] = Field(
        default_factory=dict[str, ShapeSettings],
        json_schema_extra={"propertyNames": {"enum": ["all", *ARKIT_NAMES]}},
    )
    """By ARKit name (jawOpen) or "all", left and right the avatar's: gain, offset, dead_zone,
    curve, smoothing_s. The presets are computed from what comes out."""

    @field_validator("shapes")
    @classmethod
    def _known_shapes(cls, shapes: dict[str, ShapeSettings]) -> dict[str, ShapeSettings]:
        for name in shapes:
            if name != "all" and name not in ARKIT_NAMES:
                near = get_close_matches(name, ("all", *ARKIT_NAMES), n=1, cutoff=0.0)
                raise ValueError(f"'{name}' is no ARKit shape; did you mean '{near[0]}'?")
        return shapes


class RetargetSettings(Settings):
    """Everything that shapes the avatar's motion."""

    mirror: bool = True
    """Move as a mirror shows you: your left hand is the avatar's right."""
    region: Region = Region.FULL
    """full: the whole body; upper: legs stand still; head: only head, eyes and face."""
    hips: HipsSettings = HipsSettings()
    """The avatar's place in its scene."""
    arms: ArmSettings = ArmSettings()
    """Where the arms and hands are held."""
    gaze: GazeSettings = GazeSettings()
    """How head and eyes share a look."""
    fingers: FingerSettings = FingerSettings()
    """How the fingers move."""
    face: FaceSettings = FaceSettings()
    """How the face moves."""
    contacts: ContactSettings = ContactSettings()
    """What touches on the performer touches on the avatar."""
    limits: LimitSettings = LimitSettings()
    """What the avatar never does."""
    idle: IdleSettings = IdleSettings()
    """What the avatar does while nobody is seen."""
    presence: PresenceSettings = PresenceSettings()
    """When the performer counts as seen."""
    blend_s: float = Field(default=0.15, ge=0.0, le=2.0)
    """Seconds over which a changed profile takes effect."""
    bones: dict[str, BoneSettings] = Field(
        default_factory=dict[str, BoneSettings],
        json_schema_extra={"propertyNames": {"enum": list(BONE_NAMES)}},
    )
    """Corrections by bone, in Unity's names: Hips, LeftUpperArm, Head, …"""

    @field_validator("bones")
    @classmethod
    def _known_bones(cls, bones: dict[str, BoneSettings]) -> dict[str, BoneSettings]:
        unknown = [name for name in bones if name not in BONE_NAMES]
        if unknown:
            raise ValueError(f"no bone is called {', '.join(unknown)}")
        return bones
