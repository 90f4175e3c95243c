"""The container and the node tree of a glTF 2.0 binary, read with bounds.

Avatar files come from anywhere. Only the JSON chunk and the embedded buffer are looked at; no
file or address named inside is followed. pygltflib accepts wrong types and any counts, so what
is used here passes through the models below instead.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.errors import AvatarError

_MAGIC: Final = b"glTF"
_VERSION: Final = 2
_HEADER: Final = struct.Struct("<4sII")
_CHUNK: Final = struct.Struct("<I4s")
_MAX_FILE_BYTES: Final = 512 * 1024 * 1024  # the largest avatars seen are about 200 MB
_MAX_JSON_BYTES: Final = 16 * 1024 * 1024  # the largest seen are about 5 MB
_MAX_NODES: Final = 16_384
_MAX_MESHES: Final = 4_096

Index = Annotated[int, Field(ge=0, strict=True)]
Number = Annotated[float, Field(ge=-1e6, le=1e6)]  # metres or factors: nobody has more


class Part(BaseModel):
    """What we read of a glTF object; what else it holds is nothing to us."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class GltfNode(Part):
    """A node and its place under its parent."""

    name: str = ""
    children: tuple[Index, ...] = ()
    mesh: Index | None = None
    translation: tuple[Number, Number, Number] = (0.0, 0.0, 0.0)
    rotation: tuple[Number, Number, Number, Number] = (0.0, 0.0, 0.0, 1.0)
    scale: tuple[Number, Number, Number] = (1.0, 1.0, 1.0)
    matrix: Annotated[tuple[Number, ...], Field(min_length=16, max_length=16)] | None = None


class GltfPrimitive(Part):
    """Of a primitive only how many morph targets it has."""

    targets: tuple[dict[str, Any], ...] = ()


class GltfMesh(Part):
    """A mesh with its morph targets."""

    primitives: tuple[GltfPrimitive, ...] = ()


class GltfSkin(Part):
    """The joints of a skin."""

    joints: tuple[Index, ...] = ()


class GltfDocument(Part):
    """The JSON chunk."""

    nodes: Annotated[tuple[GltfNode, ...], Field(max_length=_MAX_NODES)] = ()
    meshes: Annotated[tuple[GltfMesh, ...], Field(max_length=_MAX_MESHES)] = ()
    skins: tuple[GltfSkin, ...] = ()
    extensions: dict[str, Any] = Field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class GltfFile:
    """A checked document; ``parents[i]`` is the parent of node i, or -1."""

    path: Path
    document: GltfDocument
    parents: tuple[int, ...]
    order: tuple[int, ...]  # every node, parents before children


def load_gltf(path: Path) -> GltfFile:
    """Read a ``.vrm`` or ``.glb``; raises ``AvatarError`` with what is wrong and where."""
    document = _document(path)
    parents = _parents(path, document.nodes)
    return GltfFile(path, document, parents, _order(path, parents))


def _document(path: Path) -> GltfDocument:
    raw = _json_chunk(path)
    try:
        return GltfDocument.model_validate(json.loads(raw))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the top"
        raise AvatarError(
            f"{path}: not a usable glTF: {where}: {fault['msg']} "
            f"({error.error_count()} faults in all). Export the avatar again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise AvatarError(f"{path}: its JSON cannot be read ({error}). Is it cut?") from error


def _json_chunk(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size > _MAX_FILE_BYTES:
                raise AvatarError(f"{path}: {size} bytes, more than {_MAX_FILE_BYTES} allowed")
            head = file.read(_HEADER.size + _CHUNK.size)
            if len(head) < _HEADER.size + _CHUNK.size:
                raise AvatarError(f"{path}: {size} bytes, too short for a .vrm or .glb. Is it cut?")
            magic, version, length = _HEADER.unpack_from(head)
            if magic != _MAGIC or version != _VERSION:
                raise AvatarError(
                    f"{path}: not a binary glTF 2.0; .vrm and .glb are, .gltf, .fbx and .blend "
                    "are not. Export the avatar as VRM"
                )
            if length != size:
                raise AvatarError(
                    f"{path}: {size} bytes where its header says {length}. Is it cut?"
                )
            json_bytes, kind = _CHUNK.unpack_from(head, _HEADER.size)
            if kind != b"JSON" or json_bytes > min(_MAX_JSON_BYTES, size - len(head)):
                raise AvatarError(f"{path}: its first chunk is not JSON of a sensible size")
            return file.read(json_bytes)
    except OSError as error:
        raise AvatarError(
            f"avatar {path} cannot be opened ({error.strerror}). Give the path of a .vrm or .glb"
        ) from error


def _parents(path: Path, nodes: tuple[GltfNode, ...]) -> tuple[int, ...]:
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.children:
            if child >= len(nodes):
                raise AvatarError(f"{path}: node {index} has a child {child} of {len(nodes)} nodes")
            if parents[child] >= 0 or child == index:
                raise AvatarError(f"{path}: node {child} hangs from two parents; a tree has one")
            parents[child] = index
    return tuple(parents)


def _order(path: Path, parents: tuple[int, ...]) -> tuple[int, ...]:
    children: list[list[int]] = [[] for _ in parents]
    for node, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(node)
    order = [node for node, parent in enumerate(parents) if parent < 0]
    for node in order:  # grows as it goes: breadth first
        order.extend(children[node])
    # With one parent each, the nodes that no root reaches are those on a cycle and below it.
    if len(order) != len(parents):
        raise AvatarError(f"{path}: its nodes form a cycle; {len(parents) - len(order)} hang in it")
    return tuple(order)
