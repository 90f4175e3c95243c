"""The same performer gives every avatar the same limb directions, whatever its own axes.

Forward kinematics is done here with scipy on the file's own nodes, from what went over the wire.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pythonosc.osc_packet import OscPacket
from scipy.spatial.transform import Rotation

from bridge.kinematics import rest_joints_m
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.rig import load_rig
from bridge.retarget.settings import ContactSettings, LimitSettings, RetargetSettings
from bridge.sinks.presets import Dialect
from bridge.sinks.settings import BonePositions, RotationSpace
from bridge.sinks.vmc_frame import VmcEncoder
from bridge.skeleton import SMPLX_PARENT_INDEX, HumanBone, SmplxJoint, unity_bone_name
from bridge.types import ActorPose, Stamp

SETTINGS = RetargetSettings(
    mirror=False,
    contacts=ContactSettings(hands=False, no_penetration=False, feet=False),
    limits=LimitSettings(anatomical=False),
)
LIMBS = {
    (f"{side}_{a}", f"{side}_{b}"): (f"{side}_{c}", f"{side}_{d}")
    for side in ("LEFT", "RIGHT")
    for a, b, c, d in (
        ("SHOULDER", "ELBOW", "UPPER_ARM", "LOWER_ARM"),
        ("ELBOW", "WRIST", "LOWER_ARM", "HAND"),
        ("HIP", "KNEE", "UPPER_LEG", "LOWER_LEG"),
        ("KNEE", "ANKLE", "LOWER_LEG", "FOOT"),
    )
}
HALF_TURN = Rotation.from_euler("y", 180, degrees=True)
GENERATED = {
    "straight": {},
    "random_axes": {"seed": 1},
    "random_axes_proportions": {"seed": 2, "arms": 0.7, "thighs": 1.3, "shins": 0.8},
    "a_pose": {"seed": 3, "droop_deg": 40.0},
    "few_bones": {
        "seed": 4,
        "missing": frozenset(
            HumanBone[name]
            for name in ("UPPER_CHEST", "CHEST", "NECK", "LEFT_SHOULDER", "RIGHT_TOES")
        ),
    },
    "by_names": {"vrm": False, "droop_deg": 40.0},
}
SHARED = ("Godette_v4_vrm0", "cryptovoxels_vrm0", "MToonTest_vrm1", "ExpressionsIsBinary_vrm1")


@pytest.fixture(params=[*GENERATED, *SHARED])
def avatar(request: pytest.FixtureRequest) -> Path:
    if request.param in GENERATED:
        suffix = "glb" if request.param == "by_names" else "vrm"
        write = request.getfixturevalue("humanoid_file")
        return write(f"{request.param}.{suffix}", **GENERATED[request.param])
    find: Callable[[str], Path] = request.getfixturevalue("shared_data")
    return find(f"avatars/{request.param}.vrm")


def random_actor(seed: int) -> ActorPose:
    rotvecs = np.random.default_rng(seed).normal(size=(55, 3)) * 0.6
    stamp = Stamp(0, 0, "golden")
    return ActorPose(stamp, rotvecs, np.array([0, 0.95, 0]), np.zeros(52), np.ones(55))


def actor_directions(actor: ActorPose) -> dict[tuple[str, str], np.ndarray]:
    rest = rest_joints_m()
    world: list[Rotation] = []
    place = np.zeros((55, 3))
    for joint, parent in enumerate(SMPLX_PARENT_INDEX):
        own = Rotation.from_rotvec(actor.rotvecs_rad[joint])
        if parent < 0:
            world.append(own)
            continue
        place[joint] = place[parent] + world[parent].apply(rest[joint] - rest[parent])
        world.append(world[parent] * own)
    return {(a, b): unit(place[SmplxJoint[b]] - place[SmplxJoint[a]]) for a, b in LIMBS}


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def sent_rotations(path: Path, actor: ActorPose, space: RotationSpace) -> dict[str, Rotation]:
    rig = load_rig(path)
    pose = Retargeter(SETTINGS, rig=rig).retarget(actor)
    dialect = Dialect(rotations=space, bone_positions=BonePositions.NONE)
    sent: dict[str, Rotation] = {}
    for datagram in VmcEncoder(dialect, rest=rig.rest).encode(pose, time_s=0):
        for timed in OscPacket(bytes(datagram)).messages:
            if timed.message.address == "/VMC/Ext/Bone/Pos":
                name, *_, x, y, z, w = timed.message.params
                sent[name] = Rotation.from_quat([x, -y, -z, w])
    return sent


def avatar_nodes(path: Path) -> tuple[list[dict[str, Any]], dict[str, int], bool]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    extensions = document.get("extensions", {})
    nodes = document["nodes"]
    if "VRM" in extensions:
        listed = extensions["VRM"]["humanoid"]["humanBones"]
        bones = {entry["bone"]: entry["node"] for entry in listed}
    elif "VRMC_vrm" in extensions:
        listed = extensions["VRMC_vrm"]["humanoid"]["humanBones"]
        bones = {name: entry["node"] for name, entry in listed.items()}
    else:
        known = {unity_bone_name(bone) for bone in HumanBone}
        bones = {n["name"]: i for i, n in enumerate(nodes) if n["name"] in known}
    if "VRM" not in extensions:
        renamed = {"Proximal": "Intermediate", "Metacarpal": "Proximal"}
        for side in ("left", "right"):
            thumbs = {f"{side}Thumb{old}": f"{side}Thumb{new}" for old, new in renamed.items()}
            bones = {thumbs.get(name, name): node for name, node in bones.items()}
    return nodes, {name[0].upper() + name[1:]: i for name, i in bones.items()}, "VRM" in extensions


def avatar_directions(
    path: Path, sent: dict[str, Rotation], space: RotationSpace
) -> dict[tuple[str, str], np.ndarray]:
    nodes, bones, faces_back = avatar_nodes(path)
    bone_of = {node: name for name, node in bones.items()}
    parent_of = {child: i for i, node in enumerate(nodes) for child in node.get("children", ())}

    def local(index: int) -> tuple[np.ndarray, Rotation]:
        node = nodes[index]
        at = np.array(node.get("translation", [0, 0, 0]), float)
        turned = Rotation.from_quat(node.get("rotation", [0, 0, 0, 1]))
        if faces_back:
            return HALF_TURN.apply(at), HALF_TURN * turned * HALF_TURN.inv()
        return at, turned

    def rest(index: int) -> Rotation:
        above = parent_of.get(index)
        own = local(index)[1]
        return own if above is None else rest(above) * own

    def posed(index: int) -> tuple[np.ndarray, Rotation]:
        at, turned = local(index)
        above = parent_of.get(index)
        place, parent = posed(above) if above is not None else (np.zeros(3), Rotation.identity())
        scale = np.array(nodes[above].get("scale", [1, 1, 1])) if above is not None else 1.0
        if index in bone_of:
            own = sent[bone_of[index]]
            if space is RotationSpace.RAW:
                turned = own
            else:
                above_rest = rest(above) if above is not None else Rotation.identity()
                turned = above_rest.inv() * own * above_rest * turned
        return place + parent.apply(scale * at), parent * turned

    out = {}
    for pair, (start, end) in LIMBS.items():
        a, b = (posed(bones[unity_bone_name(HumanBone[name])])[0] for name in (start, end))
        out[pair] = unit(b - a)
    return out


@pytest.mark.parametrize("space", [RotationSpace.NORMALISED, RotationSpace.RAW])
def test_limbs_point_where_the_performers_do(avatar: Path, space: RotationSpace) -> None:
    for seed in range(5):
        actor = random_actor(seed)
        wanted = actor_directions(actor)
        got = avatar_directions(avatar, sent_rotations(avatar, actor, space), space)
        for limb, direction in wanted.items():
            angle = np.degrees(np.arccos(np.clip(direction @ got[limb], -1, 1)))
            assert angle < 1.0, (limb, angle)
