"""Fixtures shared by all tests."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from scipy.spatial.transform import Rotation

from bridge.kinematics import rest_joints_m
from bridge.skeleton import (
    HUMAN_PARENT,
    SMPLX_JOINT_OF,
    SMPLX_PARENT_INDEX,
    HumanBone,
    SmplxJoint,
    unity_bone_name,
)

# On a busy machine the time that one example takes says nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a shared data file; skips where the folder is absent, fails under CI."""

    def find(relative: str) -> Path:
        path = SHARED_DATA / relative
        if not path.exists():
            if os.environ.get("CI") == "true":
                pytest.fail(f"shared data missing under CI: {relative}")
            pytest.skip(f"needs the shared data folder: {relative}")
        return path

    return find


@pytest.fixture(scope="session")
def glb() -> Callable[..., bytes]:
    """The bytes of a binary glTF with this JSON."""

    def pack(document: dict[str, Any] | bytes, *, binary: bytes = b"") -> bytes:
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        if binary:
            binary += b"\x00" * (-len(binary) % 4)
            chunks += struct.pack("<I4s", len(binary), b"BIN\x00") + binary
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    return pack


@pytest.fixture
def humanoid_file(tmp_path: Path, glb: Callable[..., bytes]) -> Callable[..., Path]:
    """Write a humanoid as VRM 1.0: any proportions, bones, rest rotations and arm droop.

    ``seed`` turns every node at random and puts plain nodes between some bones. ``arms``,
    ``legs`` and ``head`` scale those parts; ``droop_deg`` lowers the arms from the T-pose.
    """

    def write(
        name: str = "humanoid.vrm",
        *,
        seed: int | None = None,
        arms: float = 1.0,
        thighs: float = 1.0,
        shins: float = 1.0,
        head: float = 1.0,
        droop_deg: float = 0.0,
        missing: frozenset[HumanBone] = frozenset(),
        vrm: bool = True,
        expressions: dict[str, Any] | None = None,
    ) -> Path:
        rest = rest_joints_m().astype(float)
        place = {bone: rest[SMPLX_JOINT_OF[bone]] for bone in HumanBone}
        ordered = sorted(HUMAN_PARENT, key=lambda bone: SMPLX_JOINT_OF[bone])
        posed = dict(place)
        for bone in ordered:
            offset = place[bone] - place[HUMAN_PARENT[bone]]
            label = HUMAN_PARENT[bone].name
            side = 1.0 if bone.name.startswith("LEFT") else -1.0
            if any(part in label for part in ("ARM", "HAND", "THUMB", "PROXIMAL", "INTERMED")):
                droop = Rotation.from_euler("z", -side * droop_deg, degrees=True)
                offset = droop.apply(offset * arms)
            elif "UPPER_LEG" in label:
                offset = offset * thighs
            elif "LOWER_LEG" in label:
                offset = offset * shins
            elif label == "HEAD":
                offset = offset * head
            posed[bone] = posed[HUMAN_PARENT[bone]] + offset
        rise = -min(posed[HumanBone.LEFT_TOES][1], posed[HumanBone.RIGHT_TOES][1])
        rise += rest[SMPLX_JOINT_OF[HumanBone.LEFT_TOES]][1]
        rng = np.random.default_rng(seed)
        nodes: list[dict[str, Any]] = [{"name": "root", "children": []}]
        node_of: dict[HumanBone, int] = {}
        world = {-1: (np.zeros(3), Rotation.identity())}
        world[0] = world[-1]

        def add(name: str, parent: int, at: np.ndarray) -> int:
            turned = Rotation.identity()
            if seed is not None:
                turned = Rotation.from_quat(rng.normal(size=4))
            place_m, above = world[parent]
            nodes.append(
                {
                    "name": name,
                    "translation": above.inv().apply(at - place_m).tolist(),
                    "rotation": (above.inv() * turned).as_quat().tolist(),
                    "children": [],
                }
            )
            index = len(nodes) - 1
            nodes[parent]["children"].append(index)
            world[index] = (at, turned)
            return index

        for bone in [HumanBone.HIPS, *ordered]:
            if bone in missing:
                continue
            above = HUMAN_PARENT.get(bone)
            while above is not None and above in missing:
                above = HUMAN_PARENT.get(above)
            parent = 0 if above is None else node_of[above]
            at = posed[bone] + np.array([0.0, rise, 0.0])
            if seed is not None and bone % 3 == 0:
                parent = add(f"between {bone}", parent, at)
            node_of[bone] = add(unity_bone_name(bone), parent, at)

        names = {bone: unity_bone_name(bone) for bone in node_of}
        for bone, label in names.items():
            if "Thumb" in label:
                label = label.replace("Proximal", "Metacarpal").replace("Intermediate", "Proximal")
            names[bone] = label[0].lower() + label[1:]
        extension = {
            "specVersion": "1.0",
            "meta": {"name": name, "authors": ["a test"], "licenseUrl": "none"},
            "humanoid": {"humanBones": {names[b]: {"node": n} for b, n in node_of.items()}},
            "expressions": expressions or {},
        }
        document = {
            "asset": {"version": "2.0"},
            "nodes": [{k: v for k, v in node.items() if v != []} for node in nodes],
            "extensions": {"VRMC_vrm": extension} if vrm else {},
        }
        path = tmp_path / name
        path.write_bytes(glb(document))
        return path

    return write


@pytest.fixture(scope="session")
def smplx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up model in the layout of SMPL-X's files: balls on the joints of our own skeleton.

    The first beta makes everything 5 % larger about the pelvis, the second only the legs longer
    by 2 cm a segment.
    """
    rest = rest_joints_m().astype(np.float64)
    per_joint, count = 190, 10_475
    rng = np.random.default_rng(0)
    ball = rng.normal(size=(per_joint // 2, 3))
    ball = 0.03 * ball / np.linalg.norm(ball, axis=1, keepdims=True)
    ball = np.concatenate((ball, -ball))  # its mean is its middle
    owner = np.repeat(np.arange(55), per_joint)
    owner = np.concatenate((owner, np.zeros(count - owner.size, int)))
    vertices = rest[owner]
    vertices[: 55 * per_joint] += np.tile(ball, (55, 1))
    regressor = np.zeros((55, count), np.float32)
    for joint in range(55):
        regressor[joint, joint * per_joint : (joint + 1) * per_joint] = 1.0 / per_joint
    shapes = np.zeros((count, 3, 20), np.float32)
    shapes[..., 0] = 0.05 * (vertices - rest[0])
    legs = {"KNEE": 0.02, "ANKLE": 0.04, "FOOT": 0.04}
    for joint in SmplxJoint:
        lower_m = legs.get(joint.name.split("_")[-1], 0.0)
        shapes[owner == joint, 1, 1] = -lower_m
    weights = np.zeros((count, 55), np.float32)
    weights[np.arange(count), owner] = 1.0
    # Triangles that face outward, all over each ball.
    first = np.arange(55 * per_joint - 7)
    faces = np.stack((first, first + 3, first + 7), axis=1)
    faces = faces[owner[faces[:, 0]] == owner[faces[:, 2]]]
    a, b, c = (vertices[faces[:, i]] - rest[owner[faces[:, 0]]] for i in range(3))
    inward = (np.cross(b - a, c - a) * (a + b + c)).sum(axis=1) < 0
    faces[inward] = faces[inward][:, ::-1]
    np.savez_compressed(
        tmp_path_factory.mktemp("smplx") / "SMPLX_NEUTRAL.npz",
        v_template=vertices.astype(np.float32),
        f=faces.astype(np.uint32),
        shapedirs=shapes,
        posedirs=np.zeros((count, 3, 486), np.float32),
        J_regressor=regressor,
        kintree_table=np.array([SMPLX_PARENT_INDEX, range(55)]),
        weights=weights,
        lmk_faces_idx=np.zeros(51, int),
        lmk_bary_coords=np.zeros((51, 3)),
        hands_componentsl=np.eye(45),
        hands_componentsr=np.eye(45),
        hands_meanl=np.full(45, 0.1),
        hands_meanr=np.full(45, 0.1),
    )
    return tmp_path_factory.getbasetemp() / "smplx0"
