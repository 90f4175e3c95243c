"""The frozen values that pass between stages.

Arrays are float32 (pictures uint8), C-contiguous and read-only. Shape and finiteness are
checked once, when the value is made; a wrong one raises ``RejectedValueError``.

World: right-handed, +Y up, the performer faces +Z, +X is the performer's left; metres,
radians, seconds; quaternions are x, y, z, w. Camera axes: x right, y down, z away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import isfinite, radians, tan
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.errors import RejectedValueError
from bridge.layouts import Layout
from bridge.skeleton import ARKIT_COUNT, HUMAN_BONE_COUNT, SMPLX_JOINT_COUNT

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

DEFAULT_VERTICAL_FOV_DEG = 50.0  # between a laptop's webcam (about 43) and a wide one (about 60)


def frozen_floats(name: str, value: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """A read-only float32 copy-if-needed of ``value``; raises ``RejectedValueError``."""
    array = np.ascontiguousarray(value, dtype=np.float32)
    if array.shape != shape:
        raise RejectedValueError(f"{name}: shape {array.shape}, expected {shape}")
    # One pass without a temporary array: any NaN or infinity poisons the sum of squares.
    flat = array.reshape(-1)
    if not isfinite(np.dot(flat, flat)) and not np.isfinite(flat).all():
        raise RejectedValueError(f"{name}: holds NaN or infinity")
    if array.flags.writeable:
        if array is value:  # never freeze a caller's own array under its hands
            array = array.copy()
        array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and where a value was captured; carried unchanged to the sinks."""

    sequence: int
    capture_time_ns: int  # monotonic clock for live sources, media time for files
    source_id: str


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """A pinhole camera in pixels of the picture it belongs to."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    @classmethod
    def from_fov(
        cls, width: int, height: int, *, vertical_fov_deg: float = DEFAULT_VERTICAL_FOV_DEG
    ) -> Intrinsics:
        """Square pixels, principal point in the middle."""
        focal = height / (2.0 * tan(radians(vertical_fov_deg) / 2.0))
        return cls(width, height, focal, focal, width / 2.0, height / 2.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture. ``image_rgb (H, W, 3)`` uint8; ``depth_m (H, W)`` float32, 0 where unknown;
    ``up_camera (3,)`` the unit vector up in camera axes, where an accelerometer tells it."""

    stamp: Stamp
    image_rgb: ByteArray
    camera: Intrinsics
    depth_m: FloatArray | None = None
    up_camera: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Landmarks of one part, K rows as ``layout`` says.

    ``positions_m (K, 3)`` camera axes; the origin is the part's own (mid-hip for MediaPipe
    bodies, wrist for hands, the camera itself for depth sensors). ``pixels (K, 2)``, all zero
    where the sensor gives none. ``confidence (K,)`` 0–1: not seen is 0, never NaN.
    """

    layout: Layout
    positions_m: FloatArray
    pixels: FloatArray
    confidence: FloatArray

    def __post_init__(self) -> None:
        count = self.layout.count
        label = self.layout.label
        _set(self, "positions_m", frozen_floats(f"{label} positions", self.positions_m, (count, 3)))
        _set(self, "pixels", frozen_floats(f"{label} pixels", self.pixels, (count, 2)))
        confidence = frozen_floats(f"{label} confidence", self.confidence, (count,))
        if confidence.min() < 0.0 or confidence.max() > 1.0:
            raise RejectedValueError(f"{label} confidence: outside 0–1")
        _set(self, "confidence", confidence)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a sensor or tracker saw of one performer at one instant; a part not seen is None.

    ``floor_y_m``: where the floor is in the body's axes (y down), if the sensor saw it.
    """

    stamp: Stamp
    body: Keypoints | None = None
    left_hand: Keypoints | None = None
    right_hand: Keypoints | None = None
    face: Keypoints | None = None
    arkit: FloatArray | None = None  # (52,), when the sensor gives blendshapes itself
    camera: Intrinsics | None = None
    floor_y_m: float | None = None

    def __post_init__(self) -> None:
        if self.arkit is not None:
            _set(self, "arkit", frozen_floats("arkit", self.arkit, (ARKIT_COUNT,)))


@dataclass(frozen=True, slots=True)
class ActorPose:
    """The performer as SMPL-X parameters; the performer's own left and right, never mirrored.

    ``rotvecs_rad (55, 3)`` local axis-angles by ``SmplxJoint``, the pelvis in the world;
    ``root_m (3,)`` the pelvis joint in the world; ``arkit (52,)`` by ``ArkitBlendshape``;
    ``confidence (55,)`` and ``face_confidence`` 0–1. ``bones_m (55,)``: the length of the bone
    from each joint's parent to it, of the skeleton that ``root_m`` belongs to (the pelvis's is
    0); None: that of an adult of 1.70 m. ``standing (2,)`` 0–1: how sure it is that the left and
    the right foot stand; None: not known.
    """

    stamp: Stamp
    rotvecs_rad: FloatArray
    root_m: FloatArray
    arkit: FloatArray
    confidence: FloatArray
    face_confidence: float = 0.0
    betas: FloatArray = field(default_factory=lambda: np.zeros(10, np.float32))
    expression: FloatArray = field(default_factory=lambda: np.zeros(10, np.float32))
    bones_m: FloatArray | None = None
    standing: FloatArray | None = None

    def __post_init__(self) -> None:
        joints = SMPLX_JOINT_COUNT
        _set(self, "rotvecs_rad", frozen_floats("rotvecs_rad", self.rotvecs_rad, (joints, 3)))
        _set(self, "root_m", frozen_floats("root_m", self.root_m, (3,)))
        _set(self, "arkit", frozen_floats("arkit", self.arkit, (ARKIT_COUNT,)))
        _set(self, "confidence", frozen_floats("confidence", self.confidence, (joints,)))
        _set(self, "betas", frozen_floats("betas", self.betas, (10,)))
        _set(self, "expression", frozen_floats("expression", self.expression, (10,)))
        if self.bones_m is not None:
            _set(self, "bones_m", frozen_floats("bones_m", self.bones_m, (joints,)))
        if self.standing is not None:
            _set(self, "standing", frozen_floats("standing", self.standing, (2,)))


class TrackingState(Enum):
    """Whether the performer is seen now, was seen a moment ago, or is gone."""

    TRACKED = "tracked"
    HELD = "held"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class HumanoidPose:
    """One avatar's pose in the normalised T-pose rig, in the project's world axes.

    ``rotations_xyzw (55, 4)`` local unit quaternions by ``HumanBone``; ``hips_m (3,)`` the hips
    in the world. ``expressions``: 0–1 by VRM 1.0 preset name (``happy``, ``aa``, ``blinkLeft``)
    and ARKit camelCase name (``jawOpen``); sinks translate to other spellings.
    """

    stamp: Stamp
    hips_m: FloatArray
    rotations_xyzw: FloatArray
    expressions: Mapping[str, float]
    state: TrackingState

    def __post_init__(self) -> None:
        bones = HUMAN_BONE_COUNT
        _set(self, "hips_m", frozen_floats("hips_m", self.hips_m, (3,)))
        rotations = frozen_floats("rotations_xyzw", self.rotations_xyzw, (bones, 4))
        _set(self, "rotations_xyzw", rotations)
        _set(self, "expressions", MappingProxyType(dict(self.expressions)))


@dataclass(frozen=True, slots=True)
class AvatarRest:
    """An avatar's rest pose, as receivers that want more than normalised rotations need it.

    Rows by ``HumanBone``, the project's world axes. ``offsets_m (55, 3)`` each bone from its
    humanoid parent in the normalised T-pose (the hips: from the floor); ``raw_offsets_m``,
    ``raw_local_xyzw (55, 4)`` the node's own local position and rotation in the file;
    ``raw_parent_xyzw (55, 4)`` the rotation in the world of the node it hangs from. A bone that
    the avatar lacks has zeros and identities.
    """

    offsets_m: FloatArray
    raw_offsets_m: FloatArray
    raw_local_xyzw: FloatArray
    raw_parent_xyzw: FloatArray

    def __post_init__(self) -> None:
        for name, width in (
            ("offsets_m", 3),
            ("raw_offsets_m", 3),
            ("raw_local_xyzw", 4),
            ("raw_parent_xyzw", 4),
        ):
            _set(self, name, frozen_floats(name, getattr(self, name), (HUMAN_BONE_COUNT, width)))


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything known of one instant, handed to every sink.

    What a source or stage did not give is None. ``stage_ns`` maps a stage's name (``tracking``,
    ``solving``, ``retarget``) to the time it took.
    """

    stamp: Stamp
    frame: Frame | None = None
    observation: Observation | None = None
    actor: ActorPose | None = None
    humanoid: HumanoidPose | None = None
    stage_ns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def _set(instance: object, name: str, value: object) -> None:
    object.__setattr__(instance, name, value)
