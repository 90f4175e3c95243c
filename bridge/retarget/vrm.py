"""What the VRM extensions say of an avatar: bones, expressions, gaze, licence.

VRM 0.x: extension ``VRM``, the model faces −Z. VRM 1.0: extension ``VRMC_vrm``, +Z. A humanoid
without either is recognised by the names of its nodes (``bone_names.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, ValidationError

from bridge.errors import AvatarError
from bridge.retarget.bone_names import guess_bones
from bridge.retarget.gltf import GltfFile, GltfMesh, GltfNode, Index, Part
from bridge.skeleton import ArkitBlendshape, HumanBone, unity_bone_name

P = TypeVar("P", bound=Part)
_MAX_EXPRESSIONS: Final = 1024


class AvatarFormat(Enum):
    """Which rules the file follows."""

    VRM0 = "VRM 0.x"
    VRM1 = "VRM 1.0"
    GLTF = "glTF humanoid"


class LookAt(Enum):
    """How the avatar turns its gaze."""

    BONE = "bone"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class AvatarDescription:
    """``bones``: node index by bone. ``expressions``: by our names, True where something moves."""

    format: AvatarFormat
    bones: Mapping[HumanBone, int]
    expressions: Mapping[str, bool]
    look_at: LookAt
    title: str
    authors: tuple[str, ...]
    licence: str


def describe(gltf: GltfFile) -> AvatarDescription:
    """Raises ``AvatarError`` when the file holds no humanoid or contradicts itself."""
    extensions = gltf.document.extensions
    if "VRMC_vrm" in extensions:
        return _describe_vrm1(gltf, _parse(gltf.path, _Vrm1, extensions["VRMC_vrm"]))
    if "VRM" in extensions:
        return _describe_vrm0(gltf, _parse(gltf.path, _Vrm0, extensions["VRM"]))
    bones = guess_bones([node.name for node in gltf.document.nodes])
    return AvatarDescription(
        format=AvatarFormat.GLTF,
        bones=bones,
        expressions={},
        look_at=LookAt.BONE,
        title=gltf.path.stem,
        authors=(),
        licence="not stated",
    )


# VRM 0.x ------------------------------------------------------------------------------------


class _Bone0(Part):
    bone: str
    node: Annotated[int, Field(strict=True)]


class _Humanoid0(Part):
    human_bones: tuple[_Bone0, ...] = Field(default=(), alias="humanBones")


class _Bind0(Part):
    mesh: Annotated[int, Field(strict=True)] = -1
    index: Annotated[int, Field(strict=True)] = -1


class _Group0(Part):
    name: str = ""
    preset: str = Field(default="unknown", alias="presetName")
    binds: tuple[_Bind0, ...] = ()
    materials: tuple[dict[str, Any], ...] = Field(default=(), alias="materialValues")


class _BlendShapes0(Part):
    groups: Annotated[tuple[_Group0, ...], Field(max_length=_MAX_EXPRESSIONS)] = Field(
        default=(), alias="blendShapeGroups"
    )


class _FirstPerson0(Part):
    look_at: str = Field(default="Bone", alias="lookAtTypeName")


class _Meta0(Part):
    title: str | None = None
    author: str | None = None
    licence: str | None = Field(default=None, alias="licenseName")


class _Vrm0(Part):
    humanoid: _Humanoid0 = _Humanoid0()
    blend_shapes: _BlendShapes0 = Field(default=_BlendShapes0(), alias="blendShapeMaster")
    first_person: _FirstPerson0 = Field(default=_FirstPerson0(), alias="firstPerson")
    meta: _Meta0 = _Meta0()


_PRESET_OF_VRM0: Final = {
    "neutral": "neutral", "joy": "happy", "angry": "angry", "sorrow": "sad", "fun": "relaxed",
    "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh",
    "blink": "blink", "blink_l": "blinkLeft", "blink_r": "blinkRight",
    "lookup": "lookUp", "lookdown": "lookDown", "lookleft": "lookLeft", "lookright": "lookRight",
}  # fmt: skip
_ARKIT_OF_PASCAL: Final = {shape.pascal: shape.camel for shape in ArkitBlendshape}


def _describe_vrm0(gltf: GltfFile, vrm: _Vrm0) -> AvatarDescription:
    meshes = gltf.document.meshes
    expressions: dict[str, bool] = {}
    for group in vrm.blend_shapes.groups:
        key = _PRESET_OF_VRM0.get(group.preset.lower()) or _own_name(group.name)
        bound = bool(group.materials) or any(
            _has_morph(meshes, bind.mesh, bind.index) for bind in group.binds
        )
        expressions[key] = expressions.get(key, False) or bound
    named = ((bone.bone, bone.node) for bone in vrm.humanoid.human_bones if bone.node >= 0)
    by_expression = vrm.first_person.look_at.lower() == "blendshape"
    return AvatarDescription(
        format=AvatarFormat.VRM0,
        bones=_bones(gltf, named, thumbs_have_metacarpals=False),
        expressions=expressions,
        look_at=LookAt.EXPRESSION if by_expression else LookAt.BONE,
        title=vrm.meta.title or gltf.path.stem,
        authors=(vrm.meta.author,) if vrm.meta.author else (),
        licence=vrm.meta.licence or "not stated",
    )


# VRM 1.0 ------------------------------------------------------------------------------------


class _Bone1(Part):
    node: Index


class _Humanoid1(Part):
    human_bones: dict[str, _Bone1] = Field(alias="humanBones")


class _Bind1(Part):
    node: Index
    index: Index


class _Expression1(Part):
    morphs: tuple[_Bind1, ...] = Field(default=(), alias="morphTargetBinds")
    colours: tuple[dict[str, Any], ...] = Field(default=(), alias="materialColorBinds")
    textures: tuple[dict[str, Any], ...] = Field(default=(), alias="textureTransformBinds")


class _Expressions1(Part):
    preset: Annotated[dict[str, _Expression1], Field(max_length=_MAX_EXPRESSIONS)] = Field(
        default_factory=dict[str, _Expression1]
    )
    custom: Annotated[dict[str, _Expression1], Field(max_length=_MAX_EXPRESSIONS)] = Field(
        default_factory=dict[str, _Expression1]
    )


class _LookAt1(Part):
    type: str = "bone"


class _Meta1(Part):
    name: str = ""
    authors: tuple[str, ...] = ()
    licence: str = Field(default="not stated", alias="licenseUrl")


class _Vrm1(Part):
    humanoid: _Humanoid1
    expressions: _Expressions1 = _Expressions1()
    look_at: _LookAt1 = Field(default=_LookAt1(), alias="lookAt")
    meta: _Meta1 = _Meta1()


def _describe_vrm1(gltf: GltfFile, vrm: _Vrm1) -> AvatarDescription:
    nodes, meshes = gltf.document.nodes, gltf.document.meshes
    expressions: dict[str, bool] = {}
    everything = [*vrm.expressions.preset.items(), *vrm.expressions.custom.items()]
    for name, expression in everything:
        bound = bool(expression.colours or expression.textures) or any(
            _has_morph(meshes, _mesh_of(nodes, bind.node), bind.index) for bind in expression.morphs
        )
        expressions[_own_name(name)] = bound
    named = ((name, bone.node) for name, bone in vrm.humanoid.human_bones.items())
    by_expression = vrm.look_at.type == "expression"
    return AvatarDescription(
        format=AvatarFormat.VRM1,
        bones=_bones(gltf, named, thumbs_have_metacarpals=True),
        expressions=expressions,
        look_at=LookAt.EXPRESSION if by_expression else LookAt.BONE,
        title=vrm.meta.name or gltf.path.stem,
        authors=vrm.meta.authors,
        licence=vrm.meta.licence,
    )


# Both ---------------------------------------------------------------------------------------


def _parse(path: Path, model: type[P], raw: object) -> P:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the extension"
        raise AvatarError(
            f"{path}: its VRM description is broken: {where}: {fault['msg']}. Export it again"
        ) from error


def _bones(
    gltf: GltfFile, named: Iterable[tuple[str, int]], *, thumbs_have_metacarpals: bool
) -> dict[HumanBone, int]:
    bone_of_name = {unity_bone_name(bone).lower(): bone for bone in HumanBone}
    if thumbs_have_metacarpals:
        for side in ("left", "right"):
            distal = bone_of_name[f"{side}thumbdistal"]
            proximal = bone_of_name.pop(f"{side}thumbproximal")
            middle = bone_of_name.pop(f"{side}thumbintermediate")
            bone_of_name[f"{side}thumbmetacarpal"] = proximal
            bone_of_name[f"{side}thumbproximal"] = middle
            bone_of_name[f"{side}thumbdistal"] = distal
    count = len(gltf.document.nodes)
    bones: dict[HumanBone, int] = {}
    for name, node in named:
        bone = bone_of_name.get(name.lower())
        if bone is None:
            continue  # a bone of a later version of the format
        if not 0 <= node < count:
            raise AvatarError(f"{gltf.path}: bone {name} is node {node}, of {count} nodes")
        if node in bones.values():
            raise AvatarError(f"{gltf.path}: bone {name} shares node {node} with another bone")
        bones[bone] = node
    return bones


def _own_name(name: str) -> str:
    """ARKit shapes in our spelling, whatever the file's; other names as they are."""
    if name in ("Surprised", "surprised"):
        return "surprised"
    return _ARKIT_OF_PASCAL.get(name, name)


def _mesh_of(nodes: tuple[GltfNode, ...], node: int) -> int:
    mesh = nodes[node].mesh if node < len(nodes) else None
    return -1 if mesh is None else mesh


def _has_morph(meshes: tuple[GltfMesh, ...], mesh: int, index: int) -> bool:
    if not 0 <= mesh < len(meshes) or index < 0:
        return False
    return any(index < len(primitive.targets) for primitive in meshes[mesh].primitives)
