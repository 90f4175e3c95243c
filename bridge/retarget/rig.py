"""The avatar's skeleton in the T-pose, and how its own axes relate to ours.

A rig is described in the *canonical* T-pose: limbs along the directions of the project's own
rest skeleton, so that one performer gives every avatar the same limb directions. A file whose
rest pose differs (an A-pose, slightly hanging arms) gets an alignment per bone, applied last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge import geometry
from bridge.errors import AvatarError
from bridge.kinematics import rest_joints_m
from bridge.retarget.body_shape import BodyShape, shape_from_bones
from bridge.retarget.gltf import GltfFile, GltfNode, load_gltf
from bridge.retarget.vrm import AvatarDescription, AvatarFormat, LookAt, describe
from bridge.skeleton import (
    HUMAN_BONE_COUNT,
    HUMAN_PARENT,
    SMPLX_JOINT_OF,
    HumanBone,
    unity_bone_name,
)
from bridge.types import AvatarRest

Array = NDArray[np.float64]
_B = HumanBone

REQUIRED_BONES: Final = (
    _B.HIPS, _B.SPINE, _B.HEAD,
    *(_B[f"{side}_{bone}"] for side in ("LEFT", "RIGHT") for bone in (
        "UPPER_LEG", "LOWER_LEG", "FOOT", "UPPER_ARM", "LOWER_ARM", "HAND")),
)  # fmt: skip
# Missing bones of the spine sit on their parent, all others on their child: then rotating them
# turns the body about the same point as the bone they are folded into.
_SITS_ON_PARENT: Final = (_B.CHEST, _B.UPPER_CHEST)
# Limbs whose direction is made canonical, and the bone that ends them.
_ALIGNED: Final[dict[HumanBone, HumanBone]] = {
    _B[f"{side}_{bone}"]: _B[f"{side}_{end}"]
    for side in ("LEFT", "RIGHT")
    for bone, end in (
        ("UPPER_ARM", "LOWER_ARM"),
        ("LOWER_ARM", "HAND"),
        ("UPPER_LEG", "LOWER_LEG"),
        ("LOWER_LEG", "FOOT"),
    )
}
_UPRIGHT: Final = (_B.LEFT_FOOT, _B.RIGHT_FOOT)  # soles lie flat in every rest pose
_MIN_LIMB_M: Final = 1e-3
_MAX_EXTENT_M: Final = 1e5
_MIN_HIPS_HEIGHT_M, _MAX_HIPS_HEIGHT_M = 0.02, 50.0


@dataclass(frozen=True, slots=True)
class Rig:
    """One avatar, rows by ``HumanBone``, world axes.

    ``positions_m (55, 3)`` joints in the canonical T-pose, missing bones at a neighbour's place;
    ``align_xyzw (55, 4)`` the world rotation from the canonical T-pose to the file's rest pose;
    ``expressions``: None when unknown, else by name, True where something moves.
    """

    name: str
    present: frozenset[HumanBone]
    positions_m: Array
    align_xyzw: Array
    rest: AvatarRest | None
    shape: BodyShape
    expressions: Mapping[str, bool] | None
    look_at: LookAt
    description: AvatarDescription | None = None

    @property
    def hips_height_m(self) -> float:
        """Hips above the floor."""
        return float(self.positions_m[HumanBone.HIPS, 1])

    @property
    def leg_length_m(self) -> float:
        """Hip joint to ankle along the left leg."""
        upper, lower, foot = (
            self.positions_m[bone] for bone in (_B.LEFT_UPPER_LEG, _B.LEFT_LOWER_LEG, _B.LEFT_FOOT)
        )
        return float(np.linalg.norm(lower - upper) + np.linalg.norm(foot - lower))


def default_rig() -> Rig:
    """The project's own rest skeleton, for when the avatar's file is not known."""
    joints = [SMPLX_JOINT_OF[bone] for bone in HumanBone]
    positions = rest_joints_m().astype(np.float64)[joints]
    return Rig(
        name="generic",
        present=frozenset(HumanBone),
        positions_m=_read_only(positions),
        align_xyzw=_read_only(_identities()),
        rest=None,
        shape=shape_from_bones(positions),
        expressions=None,
        look_at=LookAt.BONE,
    )


def load_rig(path: Path) -> Rig:
    """Read a VRM 0.x, VRM 1.0 or humanoid glTF binary; raises ``AvatarError``."""
    gltf = load_gltf(path)
    description = describe(gltf)
    missing = [unity_bone_name(b) for b in REQUIRED_BONES if b not in description.bones]
    if missing:
        raise AvatarError(
            f"{path}: no humanoid: {', '.join(missing)} missing ({description.format.value}, "
            f"{len(description.bones)} bones known). Export it as VRM with its humanoid bones set"
        )
    nodes = _world_nodes(gltf, turned=description.format is AvatarFormat.VRM0)
    present = frozenset(description.bones)
    rest_m = _rest_positions(nodes, description.bones)
    _check_lengths(path, rest_m)
    align = _alignment(rest_m)
    positions = _aligned_positions(rest_m, align)
    return Rig(
        name=description.title,
        present=present,
        positions_m=_read_only(positions),
        align_xyzw=_read_only(align),
        rest=_avatar_rest(nodes, description.bones, rest_m),
        shape=shape_from_bones(positions),
        expressions=description.expressions,
        look_at=description.look_at,
        description=description,
    )


@dataclass(frozen=True, slots=True)
class _Nodes:
    """All nodes of a file in world axes: own position and rotation, and those in the world."""

    local_m: Array
    local_xyzw: Array
    world_m: Array
    world_xyzw: Array
    parents: tuple[int, ...]


def _world_nodes(gltf: GltfFile, *, turned: bool) -> _Nodes:
    count = len(gltf.document.nodes)
    nodes = _Nodes(
        np.zeros((count, 3)),
        np.zeros((count, 4)),
        np.zeros((count, 3)),
        np.zeros((count, 4)),
        gltf.parents,
    )
    scale = np.ones((count, 3))
    with np.errstate(over="ignore", invalid="ignore"):
        for i in gltf.order:
            position, rotation, size = _local(gltf.document.nodes[i])
            if turned:
                # The whole tree seen from the other side: conjugate each node by the half turn.
                position = position * (-1.0, 1.0, -1.0)
                rotation = rotation * (-1.0, 1.0, -1.0, 1.0)
            nodes.local_m[i], nodes.local_xyzw[i] = position, rotation
            parent = gltf.parents[i]
            if parent < 0:
                nodes.world_m[i], nodes.world_xyzw[i], scale[i] = position, rotation, size
                continue
            at = geometry.quat_rotate(nodes.world_xyzw[parent], scale[parent] * position)
            nodes.world_m[i] = nodes.world_m[parent] + at
            nodes.world_xyzw[i] = geometry.quat_multiply(nodes.world_xyzw[parent], rotation)
            scale[i] = scale[parent] * size
    # Written so that NaN fails too; scales that multiply along a chain can overflow.
    if not (np.abs(nodes.world_m) < _MAX_EXTENT_M).all():
        raise AvatarError(
            f"{gltf.path}: nodes lie beyond {_MAX_EXTENT_M:g} m. Export the avatar in metres"
        )
    return nodes


def _local(node: GltfNode) -> tuple[Array, Array, Array]:
    if node.matrix is not None:
        matrix = np.array(node.matrix).reshape(4, 4).T  # glTF stores columns
        size = np.linalg.norm(matrix[:3, :3], axis=0)
        turned = matrix[:3, :3] / np.where(size > 0, size, 1.0)
        if np.linalg.det(turned) < 0:  # a mirroring matrix: keep the rotation of its columns
            turned[:, 0] *= -1.0
        rotation: Any = geometry.quat_from_matrix(turned)
        return matrix[:3, 3], rotation, size
    rotation = np.array(node.rotation)
    length = float(np.linalg.norm(rotation))
    if not 0.0 < length < np.inf:
        rotation, length = geometry.IDENTITY_XYZW.astype(np.float64), 1.0
    return np.array(node.translation), rotation / length, np.array(node.scale)


def _rest_positions(nodes: _Nodes, bones: Mapping[HumanBone, int]) -> Array:
    """World positions ``(55, 3)`` in the file's rest pose, missing bones at a neighbour's."""
    positions = np.zeros((HUMAN_BONE_COUNT, 3))
    known = set(bones)
    for bone, node in bones.items():
        positions[bone] = nodes.world_m[node]
    children: dict[HumanBone, list[HumanBone]] = {bone: [] for bone in HumanBone}
    for child, parent in HUMAN_PARENT.items():
        children[parent].append(child)

    def place(bone: HumanBone) -> Array:
        if bone in known:
            return positions[bone]
        below = children[bone]
        parent = HUMAN_PARENT[bone]  # the hips, which have none, are required
        on_parent = bone in _SITS_ON_PARENT or len(below) != 1 or not _any_below(bone)
        return place(parent) if on_parent else place(below[0])

    def _any_below(bone: HumanBone) -> bool:
        return any(child in known or _any_below(child) for child in children[bone])

    for bone in HumanBone:
        positions[bone] = place(bone)
    return positions


def _check_lengths(path: Path, rest_m: Array) -> None:
    for bone, end in _ALIGNED.items():
        if np.linalg.norm(rest_m[end] - rest_m[bone]) < _MIN_LIMB_M:
            raise AvatarError(
                f"{path}: {unity_bone_name(bone)} has no length. Its humanoid bones are assigned "
                "wrongly; set them again and export"
            )
    height_m = float(rest_m[HumanBone.HIPS, 1])
    if not _MIN_HIPS_HEIGHT_M < height_m < _MAX_HIPS_HEIGHT_M:
        raise AvatarError(
            f"{path}: hips at {height_m:.3g} m above the floor, expected {_MIN_HIPS_HEIGHT_M}–"
            f"{_MAX_HIPS_HEIGHT_M}. Stand the avatar on the floor, in metres, and export it again"
        )


def _alignment(rest_m: Array) -> Array:
    """World rotations from the canonical T-pose to the file's rest pose, ``(55, 4)``."""
    joints = [SMPLX_JOINT_OF[bone] for bone in HumanBone]
    canonical = rest_joints_m().astype(np.float64)[joints]
    align = _identities()
    for bone, parent in sorted(HUMAN_PARENT.items(), key=lambda pair: SMPLX_JOINT_OF[pair[0]]):
        end = _ALIGNED.get(bone)
        if end is not None:
            align[bone] = geometry.quat_between(
                geometry.normalise(rest_m[end] - rest_m[bone]),
                geometry.normalise(canonical[end] - canonical[bone]),
            )
        elif bone not in _UPRIGHT:
            align[bone] = align[parent]
    return align


def _aligned_positions(rest_m: Array, align: Array) -> Array:
    positions = rest_m.copy()
    for bone, parent in sorted(HUMAN_PARENT.items(), key=lambda pair: SMPLX_JOINT_OF[pair[0]]):
        offset = rest_m[bone] - rest_m[parent]
        positions[bone] = positions[parent] + geometry.quat_rotate(align[parent], offset)
    return positions


def _avatar_rest(nodes: _Nodes, bones: Mapping[HumanBone, int], rest_m: Array) -> AvatarRest:
    offsets = np.zeros((HUMAN_BONE_COUNT, 3))
    raw_offsets = np.zeros((HUMAN_BONE_COUNT, 3))
    raw_local, raw_parent = _identities(), _identities()
    for bone, node in bones.items():
        parent = HUMAN_PARENT.get(bone)
        offsets[bone] = rest_m[bone] - (rest_m[parent] if parent is not None else 0.0)
        raw_offsets[bone] = nodes.local_m[node]
        raw_local[bone] = nodes.local_xyzw[node]
        above = nodes.parents[node]
        if above >= 0:
            raw_parent[bone] = nodes.world_xyzw[above]
    return AvatarRest(
        offsets_m=offsets.astype(np.float32),
        raw_offsets_m=raw_offsets.astype(np.float32),
        raw_local_xyzw=raw_local.astype(np.float32),
        raw_parent_xyzw=raw_parent.astype(np.float32),
    )


def _identities() -> Array:
    return np.tile(geometry.IDENTITY_XYZW.astype(np.float64), (HUMAN_BONE_COUNT, 1))


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
