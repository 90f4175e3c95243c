"""Writes meshes, joints and expressions as one VRM 1.0 file (glTF binary).

Numbers are rounded before they are written, so that the same code gives the same bytes.
https://github.com/vrm-c/vrm-specification/tree/master/specification
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tools.avatar import look
from tools.avatar.rig import JOINTS, SWINGING, SWINGING_JOINTS, at
from tools.avatar.surface import Mesh

Json = dict[str, Any]

_FLOAT, _USHORT, _UBYTE = 5126, 5123, 5121
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963
_DECIMALS: Final = 5  # hundredths of a millimetre
_STILL_M: Final = 5e-6  # a morph that moves a vertex less does not move it
_JOINTS_PER_VERTEX: Final = 4

_GLB_MAGIC, _GLB_VERSION = 0x46546C67, 2
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942


@dataclass
class _Buffer:
    """The binary chunk and the views and accessors into it."""

    data: bytearray = field(default_factory=bytearray)
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)

    def view(self, array: NDArray[Any], target: int | None = None) -> int:
        self.data.extend(b"\0" * (-len(self.data) % 4))
        view: Json = {"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes}
        if target is not None:
            view["target"] = target
        self.data.extend(np.ascontiguousarray(array).tobytes())
        self.views.append(view)
        return len(self.views) - 1

    def accessor(
        self, array: NDArray[Any], kind: str, component: int, *, target: int | None = None,
        bounds: bool = False, normalised: bool = False,
    ) -> int:  # fmt: skip
        entry: Json = {
            "bufferView": self.view(array, target), "componentType": component,
            "count": len(array), "type": kind,
        }  # fmt: skip
        if bounds:
            entry |= _bounds(array)
        if normalised:
            entry["normalized"] = True
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def morph(self, displacement_m: NDArray[np.float64]) -> int:
        """A sparse accessor: only the vertices that move."""
        moved = np.flatnonzero(np.abs(displacement_m).max(axis=1) > _STILL_M)
        values = _rounded(displacement_m)
        entry: Json = {
            "componentType": _FLOAT, "count": len(values), "type": "VEC3", **_bounds(values),
        }  # fmt: skip
        if len(moved):
            entry["sparse"] = {
                "count": len(moved),
                "indices": {
                    "bufferView": self.view(moved.astype(np.uint16)), "componentType": _USHORT,
                },
                "values": {"bufferView": self.view(values[moved])},
            }  # fmt: skip
        self.accessors.append(entry)
        return len(self.accessors) - 1


def _rounded(array: NDArray[np.float64], decimals: int = _DECIMALS) -> NDArray[np.float32]:
    return (np.round(array, decimals) + 0.0).astype(np.float32)  # + 0.0: no negative zeros


def _bounds(array: NDArray[Any]) -> Json:
    return {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}


def write_vrm(groups: dict[str, Sequence[Mesh]], *, expressions: Json) -> bytes:
    """The file's bytes. ``groups``: meshes by node name; ``expressions``: the VRM section, its
    binds naming nodes and morphs (``node``, ``morph``, ``weight``)."""
    buffer = _Buffer()
    joint_names = list(JOINTS)
    joint_node = {name: index for index, name in enumerate(joint_names)}
    nodes = _joint_nodes(joint_node)
    materials = look.materials()
    material_index = {entry["name"]: index for index, entry in enumerate(materials)}
    meshes: list[Json] = []
    mesh_node: dict[str, int] = {}
    for name, parts in groups.items():
        mesh_node[name] = len(nodes)
        nodes.append({"name": name, "mesh": len(meshes), "skin": 0})
        meshes.append(_mesh(buffer, name, parts, material_index, joint_node))
    morphs = {name: mesh["extras"]["targetNames"] for name, mesh in
              ((m["name"], m) for m in meshes if "extras" in m)}  # fmt: skip
    inverse_bind = np.tile(np.eye(4), (len(joint_names), 1, 1))
    for index, name in enumerate(joint_names):
        inverse_bind[index, 3, :3] = -at(name)  # column-major: the translation is the last column
    skin: Json = {
        "joints": [joint_node[name] for name in joint_names],
        "skeleton": joint_node["hips"],
        "inverseBindMatrices": buffer.accessor(
            _rounded(inverse_bind).reshape(-1, 16), "MAT4", _FLOAT
        ),
    }
    document: Json = {
        "asset": {"version": "2.0", "generator": "avatar-bridge tools/make_avatar.py"},
        "extensionsUsed": ["VRMC_vrm", "VRMC_materials_mtoon", "VRMC_springBone"],
        "extensions": {
            "VRMC_vrm": _vrm(joint_node, _bound(expressions, mesh_node, morphs)),
            "VRMC_springBone": _spring_bone(joint_node),
        },
        "scene": 0,
        "scenes": [{"nodes": [joint_node["hips"], *mesh_node.values()]}],
        "nodes": nodes, "meshes": meshes, "skins": [skin], "materials": materials,
        "bufferViews": buffer.views, "accessors": buffer.accessors,
        "buffers": [{"byteLength": len(buffer.data)}],
    }  # fmt: skip
    return _glb(document, bytes(buffer.data))


def _joint_nodes(joint_node: dict[str, int]) -> list[Json]:
    nodes: list[Json] = []
    for name, (parent, _) in JOINTS.items():
        offset = at(name) - (at(parent) if parent else 0.0)
        node: Json = {"name": name, "translation": np.round(offset, _DECIMALS).tolist()}
        children = [joint_node[child] for child, (above, _) in JOINTS.items() if above == name]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def _mesh(
    buffer: _Buffer, name: str, parts: Sequence[Mesh], material_index: dict[str, int],
    joint_node: dict[str, int],
) -> Json:  # fmt: skip
    by_material: dict[str, list[Mesh]] = {}
    for part in parts:
        by_material.setdefault(part.material, []).append(part)
    primitives = [
        _primitive(buffer, same, material_index[material], joint_node)
        for material, same in by_material.items()
    ]
    mesh: Json = {"name": name, "primitives": primitives}
    morphs = list(parts[0].morphs)
    if morphs:
        mesh["weights"] = [0.0] * len(morphs)
        mesh["extras"] = {"targetNames": morphs}
    return mesh


def _primitive(
    buffer: _Buffer, parts: Sequence[Mesh], material: int, joint_node: dict[str, int]
) -> Json:
    counts = np.cumsum([0, *(len(part.positions) for part in parts)])
    positions = _rounded(np.concatenate([part.positions for part in parts]))
    normals = np.concatenate([part.normals for part in parts])
    triangles = np.concatenate(
        [part.triangles + start for part, start in zip(parts, counts[:-1], strict=True)]
    )
    joints, weights = _skin_rows(parts, joint_node)
    primitive: Json = {
        "attributes": {
            "POSITION": buffer.accessor(
                positions, "VEC3", _FLOAT, target=_ARRAY_BUFFER, bounds=True
            ),
            "NORMAL": buffer.accessor(_rounded(normals, 4), "VEC3", _FLOAT, target=_ARRAY_BUFFER),
            "JOINTS_0": buffer.accessor(joints, "VEC4", _UBYTE, target=_ARRAY_BUFFER),
            "WEIGHTS_0": buffer.accessor(
                weights, "VEC4", _USHORT, target=_ARRAY_BUFFER, normalised=True
            ),
        },
        "indices": buffer.accessor(
            triangles.astype(np.uint16).reshape(-1), "SCALAR", _USHORT, target=_ELEMENT_BUFFER
        ),
        "material": material,
    }
    if parts[0].morphs:
        primitive["targets"] = _targets(buffer, parts, len(positions))
    return primitive


def _targets(buffer: _Buffer, parts: Sequence[Mesh], count: int) -> list[Json]:
    still: int | None = None  # one accessor of zeros serves all morphs that move nothing here
    targets: list[Json] = []
    for morph in parts[0].morphs:
        displacement = np.concatenate([part.morphs[morph] for part in parts])
        if np.abs(displacement).max() > _STILL_M:
            targets.append({"POSITION": buffer.morph(displacement)})
            continue
        if still is None:
            still = buffer.morph(np.zeros((count, 3)))
        targets.append({"POSITION": still})
    return targets


def _skin_rows(
    parts: Sequence[Mesh], joint_node: dict[str, int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """The four strongest joints of each vertex; shares sum to 1."""
    rows: list[NDArray[np.float64]] = []
    for part in parts:
        dense = np.zeros((len(part.positions), len(joint_node)))
        for joint, share in part.weights.items():
            dense[:, joint_node[joint]] += np.clip(share, 0.0, None)
        rows.append(dense)
    dense = np.round(np.concatenate(rows), 4)
    order = np.argsort(-dense, axis=1, kind="stable")[:, :_JOINTS_PER_VERTEX]
    weights = np.take_along_axis(dense, order, axis=1)
    full = np.iinfo(np.uint16).max
    shares = np.round(weights / weights.sum(axis=1, keepdims=True) * full).astype(np.int64)
    shares[:, 0] = full - shares[:, 1:].sum(axis=1)
    order = np.where(shares > 0, order, 0)  # unused slots name joint 0, as glTF asks
    return order.astype(np.uint8), shares.astype(np.uint16)


def _bound(expressions: Json, mesh_node: dict[str, int], morphs: dict[str, list[str]]) -> Json:
    """Replace node and morph names by their indices."""
    bound: Json = {}
    for kind, entries in expressions.items():
        bound[kind] = {}
        for name, entry in entries.items():
            binds = [
                {"node": mesh_node[node], "index": morphs[node].index(morph), "weight": weight}
                for node, morph, weight in entry["binds"]
            ]
            plain: Json = {key: value for key, value in entry.items() if key != "binds"}
            bound[kind][name] = plain | ({"morphTargetBinds": binds} if binds else {})
    return bound


def _vrm(joint_node: dict[str, int], expressions: Json) -> Json:
    bones = {
        name: {"node": node} for name, node in joint_node.items() if name not in SWINGING_JOINTS
    }
    return {
        "specVersion": "1.0",
        "meta": look.META,
        "humanoid": {"humanBones": bones},
        "expressions": expressions,
        "lookAt": look.look_at(),
    }


def _spring_bone(joint_node: dict[str, int]) -> Json:
    colliders = [
        {"node": joint_node[joint], "shape": {"sphere": {"offset": list(offset), "radius": radius}}}
        for joint, offset, radius in look.COLLIDERS
    ]
    springs: list[Json] = []
    for name, chain in SWINGING.items():
        settings = look.TUFT_SPRING if name == "tuft" else look.STRING_SPRING
        joints = [{"node": joint_node[joint], **settings} for joint in chain]
        spring: Json = {"name": name, "joints": joints}
        if name != "tuft":
            spring["colliderGroups"] = [0]
        springs.append(spring)
    return {
        "specVersion": "1.0",
        "colliders": colliders,
        "colliderGroups": [{"name": "body", "colliders": list(range(len(colliders)))}],
        "springs": springs,
    }


def _glb(document: Json, binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), sort_keys=False).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), _JSON_CHUNK) + text
    chunks += struct.pack("<II", len(binary), _BINARY_CHUNK) + binary
    return struct.pack("<III", _GLB_MAGIC, _GLB_VERSION, 12 + len(chunks)) + chunks
