"""The committed default avatar, read back with an independent glTF library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pygltflib import GLTF2

from bridge.skeleton import ARKIT_NAMES, HumanBone, unity_bone_name

MAX_BYTES = 2_000_000
PRESETS = {
    "happy", "angry", "sad", "relaxed", "surprised", "neutral", "aa", "ih", "ou", "ee", "oh",
    "blink", "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight",
}  # fmt: skip


@pytest.fixture(scope="module")
def avatar_path(repo_root: Path) -> Path:
    return repo_root / "models" / "avatar" / "default.vrm"


@pytest.fixture(scope="module")
def avatar(avatar_path: Path) -> GLTF2:
    loaded = GLTF2().load_binary(str(avatar_path))
    assert loaded is not None
    return loaded


def extension(avatar: GLTF2, name: str) -> dict[str, Any]:
    return avatar.extensions[name]


def floats(avatar: GLTF2, accessor_index: int) -> np.ndarray:
    accessor = avatar.accessors[accessor_index]
    view = avatar.bufferViews[accessor.bufferView]
    kinds = {5126: np.float32, 5123: np.uint16, 5121: np.uint8}
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor.type]
    raw = avatar.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    return np.frombuffer(raw, kinds[accessor.componentType]).reshape(-1, width)


def test_is_small(avatar_path: Path) -> None:
    assert avatar_path.stat().st_size < MAX_BYTES


def test_has_every_humanoid_bone(avatar: GLTF2) -> None:
    bones = extension(avatar, "VRMC_vrm")["humanoid"]["humanBones"]
    # VRM 1.0 calls the thumb's joints metacarpal, proximal, distal; Unity moves the names out.
    thumb = {"Proximal": "Metacarpal", "Intermediate": "Proximal", "Distal": "Distal"}
    wanted: set[str] = set()
    for bone in HumanBone:
        name = unity_bone_name(bone)
        if "Thumb" in name:
            side, joint = name.split("Thumb")
            name = f"{side}Thumb{thumb[joint]}"
        wanted.add(name[0].lower() + name[1:])
    assert set(bones) == wanted


def test_joints_carry_no_rotation_and_bind_at_rest(avatar: GLTF2) -> None:
    for node in avatar.nodes:
        assert node.rotation is None
        assert node.scale is None
    skin = avatar.skins[0]
    inverse_bind = floats(avatar, skin.inverseBindMatrices).reshape(-1, 4, 4)
    world: dict[int, np.ndarray] = {}

    def walk(index: int, above_m: np.ndarray) -> None:
        world[index] = above_m + np.array(avatar.nodes[index].translation or (0, 0, 0))
        for child in avatar.nodes[index].children or []:
            walk(child, world[index])

    for root in avatar.scenes[0].nodes:
        walk(root, np.zeros(3))
    for joint, matrix in zip(skin.joints, inverse_bind, strict=True):
        np.testing.assert_allclose(matrix[3, :3], -world[joint], atol=5e-5)


def test_left_is_plus_x_and_it_faces_plus_z(avatar: GLTF2) -> None:
    place = {node.name: np.array(node.translation) for node in avatar.nodes if node.translation}
    assert place["leftUpperArm"][0] > 0
    assert place["rightUpperArm"][0] < 0
    assert place["leftToes"][2] > 0.05
    assert place["leftThumbMetacarpal"][2] > 0  # palms down, thumbs forward


def test_has_presets_and_arkit_expressions_that_move_something(avatar: GLTF2) -> None:
    expressions = extension(avatar, "VRMC_vrm")["expressions"]
    assert set(expressions["preset"]) == PRESETS
    assert set(expressions["custom"]) == set(ARKIT_NAMES)
    for name, entry in {**expressions["preset"], **expressions["custom"]}.items():
        if name == "neutral":
            continue
        moved = 0
        for bind in entry["morphTargetBinds"]:
            mesh = avatar.meshes[avatar.nodes[bind["node"]].mesh]
            for primitive in mesh.primitives:
                accessor = avatar.accessors[primitive.targets[bind["index"]]["POSITION"]]
                moved += accessor.sparse.count if accessor.sparse else 0
        assert moved > 0, f"{name} moves nothing"


def test_weights_sum_to_one(avatar: GLTF2) -> None:
    for mesh in avatar.meshes:
        for primitive in mesh.primitives:
            shares = floats(avatar, primitive.attributes.WEIGHTS_0)
            assert (shares.astype(np.int64).sum(axis=1) == 65535).all()


def test_something_swings(avatar: GLTF2) -> None:
    springs = extension(avatar, "VRMC_springBone")["springs"]
    humanoid = {
        bone["node"] for bone in extension(avatar, "VRMC_vrm")["humanoid"]["humanBones"].values()
    }
    assert len(springs) >= 1
    for spring in springs:
        assert len(spring["joints"]) >= 2
        assert not humanoid & {joint["node"] for joint in spring["joints"]}
