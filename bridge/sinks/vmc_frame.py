"""One VMC frame: which messages, in which order, and which number goes where.

Order: /OK, /T, /Root/Pos, 55 × /Bone/Pos, /Blend/Val each, /Blend/Apply, then the timings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge import geometry
from bridge.kinematics import rest_joints_m, rest_offsets_m
from bridge.sinks.expression_names import wire_names
from bridge.sinks.osc import DatagramTemplate, Hole, IntArray, Message
from bridge.sinks.presets import Dialect
from bridge.sinks.settings import BonePositions, Bundling, RootMotion, RotationSpace
from bridge.skeleton import HUMAN_BONE_COUNT, SMPLX_JOINT_OF, HumanBone, unity_bone_name
from bridge.types import AvatarRest, FloatArray, HumanoidPose, TrackingState

# What VMC's /OK says beside "tracking": the model is loaded, calibrated, in the normal mode.
_LOADED: Final = 1
_CALIBRATED: Final = 3
_MODE_NORMAL: Final = 0

_TRANSFORM: Final = (Hole.FLOAT,) * 7  # position x, y, z, rotation x, y, z, w
_TIMES: Final = "/VMC/Thru/avatarbridge"
# Expressions come from one table, so their names change only when the avatar or profile does.
_MAX_TEMPLATES: Final = 8
_INT31: Final = 0x7FFFFFFF


class _Row(IntEnum):
    """Rows of seven floats before the bones' own; a bone's row is ``BONES`` + its index."""

    ROOT = 0
    BONES = 1


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When one frame was captured and sent (wall clock), and what inference took."""

    capture_unix_ms: int
    inference_ms: float
    send_unix_ms: int


@dataclass(frozen=True, slots=True)
class _Template:
    datagrams: DatagramTemplate
    sources: NDArray[np.intp]  # (E,) for each /Blend/Val: the index of its value in the pose
    floats: FloatArray  # all float arguments of a frame, in order
    rows: FloatArray  # (1 + 55, 7) view of ``floats``: the root, then the bones
    weights: FloatArray  # (E,) view of ``floats``: the expressions
    integers: IntArray


class VmcEncoder:
    """Turns poses into datagrams for one dialect; keeps templates, nothing of earlier poses.

    ``rest`` is the avatar's; without it, rest offsets are those of the project's own skeleton
    and raw rotations are the normalised ones.
    """

    def __init__(self, dialect: Dialect, *, rest: AvatarRest | None = None) -> None:
        self._dialect = dialect
        self._offsets_unity_m = self._positions(rest)
        self._raw = rest if dialect.rotations is RotationSpace.RAW else None
        self._sends_hips = dialect.bone_positions is not BonePositions.NONE
        self._templates: dict[tuple[str, ...], _Template] = {}

    def encode(
        self, pose: HumanoidPose, *, time_s: float, times: FrameTimes | None = None
    ) -> tuple[memoryview, ...]:
        """The datagrams of ``pose``, in sending order; overwritten by the next call.

        ``time_s`` goes out on /T. ``times`` is sent when the dialect asks for timings.
        """
        template = self._template(tuple(pose.expressions))
        rows = template.rows
        template.floats[0] = time_s
        bones = rows[_Row.BONES :]
        bones[:, 3:] = self._rotations(pose.rotations_xyzw)
        if self._sends_hips:
            self._place_hips(pose.hips_m, rows)
        values = np.fromiter(pose.expressions.values(), np.float32, len(pose.expressions))
        np.clip(values[template.sources], 0.0, 1.0, out=template.weights)
        template.integers[0] = pose.state is TrackingState.TRACKED
        if self._dialect.timings:
            late = times or FrameTimes(0, 0.0, 0)
            template.floats[-1] = late.inference_ms
            template.integers[1] = late.capture_unix_ms & _INT31
            template.integers[2] = late.send_unix_ms & _INT31
        return template.datagrams.fill(template.floats, template.integers)

    def _place_hips(self, hips_m: FloatArray, rows: FloatArray) -> None:
        if self._dialect.root_motion is RootMotion.ROOT:
            floor = hips_m * np.array([1.0, 0.0, 1.0], np.float32)
            rows[_Row.ROOT, :3] = self._unity_position(floor)
            hips_m = hips_m - floor
        rest = self._raw
        if rest is not None:
            # From where the hips are in the file, in the axes of the node they hang from.
            moved = hips_m - rest.offsets_m[HumanBone.HIPS]
            turned = geometry.quat_conjugate(rest.raw_parent_xyzw[HumanBone.HIPS])
            hips_m = rest.raw_offsets_m[HumanBone.HIPS] + geometry.quat_rotate(turned, moved)
        rows[_Row.BONES + HumanBone.HIPS, :3] = self._unity_position(hips_m)

    def _rotations(self, rotations_xyzw: FloatArray) -> FloatArray:
        if self._raw is not None:
            parent = self._raw.raw_parent_xyzw
            # The change from the T-pose, seen in the parent node's own axes, then the node's rest.
            turned = geometry.quat_multiply(
                geometry.quat_conjugate(parent), geometry.quat_multiply(rotations_xyzw, parent)
            )
            rotations_xyzw = geometry.quat_multiply(turned, self._raw.raw_local_xyzw)
        return self._unity_rotation(rotations_xyzw)

    def _unity_rotation(self, rotations_xyzw: FloatArray) -> FloatArray:
        out = geometry.unity_from_world_rotation(rotations_xyzw)
        flip = self._dialect
        if flip.flip_x or flip.flip_z:
            out = geometry.flip_rotation(out, x=flip.flip_x, z=flip.flip_z)
        return out

    def _unity_position(self, positions_m: FloatArray) -> FloatArray:
        out = geometry.unity_from_world_position(positions_m)
        flip = self._dialect
        if flip.flip_x or flip.flip_z:
            out = geometry.flip_position(out, x=flip.flip_x, z=flip.flip_z)
        return out

    def _positions(self, rest: AvatarRest | None) -> FloatArray:
        wanted = self._dialect.bone_positions
        if wanted is BonePositions.AUTO:
            wanted = BonePositions.HIPS if rest is None else BonePositions.REST
        if wanted is not BonePositions.REST:
            return np.zeros((HUMAN_BONE_COUNT, 3), np.float32)
        if rest is None:
            joints = [SMPLX_JOINT_OF[bone] for bone in HumanBone]
            offsets = rest_offsets_m(rest_joints_m())[joints].astype(np.float32)
        elif self._dialect.rotations is RotationSpace.RAW:
            offsets = rest.raw_offsets_m
        else:
            offsets = rest.offsets_m
        return self._unity_position(offsets)

    def _template(self, keys: tuple[str, ...]) -> _Template:
        template = self._templates.get(keys)
        if template is None:
            if len(self._templates) >= _MAX_TEMPLATES:
                self._templates.clear()
            template = self._templates[keys] = self._build(keys)
        return template

    def _build(self, keys: tuple[str, ...]) -> _Template:
        dialect = self._dialect
        names = wire_names(keys, naming=dialect.naming, arkit=dialect.arkit)
        messages = [
            Message("/VMC/Ext/OK", (_LOADED, _CALIBRATED, _MODE_NORMAL, Hole.INT)),
            Message("/VMC/Ext/T", (Hole.FLOAT,)),
            Message("/VMC/Ext/Root/Pos", ("root", *_TRANSFORM)),
            *(
                Message("/VMC/Ext/Bone/Pos", (unity_bone_name(bone), *_TRANSFORM))
                for bone in HumanBone
            ),
            *(Message("/VMC/Ext/Blend/Val", (name, Hole.FLOAT)) for name, _ in names),
            Message("/VMC/Ext/Blend/Apply"),
        ]
        if dialect.timings:
            messages += [
                Message(f"{_TIMES}/capture", ("unix_ms", Hole.INT)),
                Message(f"{_TIMES}/inference", ("ms", Hole.FLOAT)),
                Message(f"{_TIMES}/send", ("unix_ms", Hole.INT)),
            ]
        datagrams = DatagramTemplate(
            messages,
            bundled=dialect.bundling is not Bundling.NONE,
            limit_bytes=dialect.max_datagram_bytes if dialect.bundling is Bundling.SPLIT else None,
        )
        floats = np.zeros(datagrams.float_count, np.float32)
        row_count = _Row.BONES + HUMAN_BONE_COUNT
        rows = floats[1 : 1 + row_count * 7].reshape(row_count, 7)
        rows[:, 6] = 1.0
        rows[_Row.BONES :, :3] = self._offsets_unity_m
        first_weight = 1 + row_count * 7
        return _Template(
            datagrams=datagrams,
            sources=np.array([index for _, index in names], dtype=np.intp),
            floats=floats,
            rows=rows,
            weights=floats[first_weight : first_weight + len(names)],
            integers=np.zeros(3 if dialect.timings else 1, np.int32),
        )
