"""What each known receiver wants, as far as its documents, code or issues tell.

EVMC4U and programs made with it write every local position that arrives, so zeros would
collapse the avatar: ``auto`` sends the avatar's own offsets as soon as they are known.
VSeeFace asks for one bundle a frame and is reported to fail at 200 Hz. Warudo names VRM 1.0
expressions as the model does. VNyan has a mode for senders that do not bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

from bridge.sinks.settings import (
    ArkitNaming,
    BonePositions,
    Bundling,
    Naming,
    Receiver,
    RootMotion,
    RotationSpace,
    VmcSettings,
)

T = TypeVar("T")

_VSEEFACE_MAX_RATE_HZ: Final = 60.0  # it draws at 60; 200 is reported to crash it


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one receiver is spoken to: settings with nothing left open."""

    bundling: Bundling = Bundling.SPLIT
    naming: Naming = Naming.VRM0
    arkit: ArkitNaming = ArkitNaming.PASCAL
    bone_positions: BonePositions = BonePositions.AUTO
    rotations: RotationSpace = RotationSpace.NORMALISED
    root_motion: RootMotion = RootMotion.HIPS
    flip_x: bool = False
    flip_z: bool = False
    max_rate_hz: float | None = None
    timings: bool = False
    max_datagram_bytes: int = 1400


PRESETS: Final[dict[Receiver, Dialect]] = {
    Receiver.GENERIC: Dialect(),
    Receiver.UNITY: Dialect(naming=Naming.BOTH, timings=True),
    Receiver.VSEEFACE: Dialect(
        bundling=Bundling.FRAME,
        bone_positions=BonePositions.HIPS,
        max_rate_hz=_VSEEFACE_MAX_RATE_HZ,
    ),
    Receiver.WARUDO: Dialect(naming=Naming.BOTH, bone_positions=BonePositions.HIPS),
    Receiver.VNYAN: Dialect(bundling=Bundling.NONE, bone_positions=BonePositions.HIPS),
    Receiver.VMAGICMIRROR: Dialect(bone_positions=BonePositions.HIPS),
}


def dialect_of(settings: VmcSettings) -> Dialect:
    """The receiver's preset with what the user set in its place."""
    preset = PRESETS[settings.receiver]
    return Dialect(
        bundling=_first(settings.bundling, preset.bundling),
        naming=_first(settings.naming, preset.naming),
        arkit=_first(settings.arkit, preset.arkit),
        bone_positions=_first(settings.bone_positions, preset.bone_positions),
        rotations=_first(settings.rotations, preset.rotations),
        root_motion=_first(settings.root_motion, preset.root_motion),
        flip_x=_first(settings.flip_x, preset.flip_x),
        flip_z=_first(settings.flip_z, preset.flip_z),
        max_rate_hz=_first(settings.max_rate_hz, preset.max_rate_hz),
        timings=_first(settings.timings, preset.timings),
        max_datagram_bytes=settings.max_datagram_bytes,
    )


def _first(wanted: T | None, otherwise: T) -> T:
    return otherwise if wanted is None else wanted
