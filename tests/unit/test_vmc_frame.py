"""What one VMC frame holds, read back with python-osc only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pythonosc import osc_bundle_builder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket
from scipy.spatial.transform import Rotation

from bridge.sinks.presets import Dialect
from bridge.sinks.settings import (
    ArkitNaming,
    BonePositions,
    Bundling,
    Naming,
    RootMotion,
    RotationSpace,
)
from bridge.sinks.vmc_frame import FrameTimes, VmcEncoder
from bridge.skeleton import ARKIT_NAMES, HumanBone, unity_bone_name
from bridge.types import AvatarRest, HumanoidPose, Stamp, TrackingState

PRESETS = ("happy", "aa", "blinkLeft", "lookUp")


@pytest.fixture
def pose() -> HumanoidPose:
    keys = (*PRESETS, *ARKIT_NAMES)
    return HumanoidPose(
        stamp=Stamp(0, 0, "test"),
        hips_m=np.array([0.25, 0.9, -0.5]),
        rotations_xyzw=Rotation.random(55, random_state=1).as_quat(),
        expressions={key: i / len(keys) for i, key in enumerate(keys)},
        state=TrackingState.TRACKED,
    )


@pytest.fixture
def messages(pose: HumanoidPose) -> Callable[..., list[tuple[str, list[Any]]]]:
    def encode(dialect: Dialect, **keywords: Any) -> list[tuple[str, list[Any]]]:
        rest = keywords.pop("rest", None)
        datagrams = VmcEncoder(dialect, rest=rest).encode(pose, time_s=2.5, **keywords)
        return [
            (timed.message.address, list(timed.message.params))
            for datagram in datagrams
            for timed in OscPacket(bytes(datagram)).messages
        ]

    return encode


@pytest.mark.parametrize("bundling", list(Bundling))
def test_order_and_values(pose: HumanoidPose, messages: Any, bundling: Bundling) -> None:
    got = messages(Dialect(bundling=bundling))
    assert [address for address, _ in got] == [
        "/VMC/Ext/OK",
        "/VMC/Ext/T",
        "/VMC/Ext/Root/Pos",
        *["/VMC/Ext/Bone/Pos"] * 55,
        *["/VMC/Ext/Blend/Val"] * (len(PRESETS) + 52),
        "/VMC/Ext/Blend/Apply",
    ]
    assert got[0][1] == [1, 3, 0, 1]
    assert got[1][1] == [2.5]
    assert got[2][1] == ["root", 0, 0, 0, 0, 0, 0, 1]
    for bone, (_, arguments) in zip(HumanBone, got[3:58], strict=True):
        x, y, z, w = (float(value) for value in pose.rotations_xyzw[bone])
        assert arguments[0] == unity_bone_name(bone)
        assert arguments[4:] == [x, -y, -z, w]
        assert arguments[1:4] == ([-0.25, np.float32(0.9), -0.5] if bone == 0 else [0, 0, 0])
    weights = dict(arguments for address, arguments in got if address.endswith("/Val"))
    assert weights["Joy"] == 0
    assert weights["Blink_L"] == pytest.approx(2 / 56)
    assert weights["TongueOut"] == pytest.approx(55 / 56)


def test_every_message_has_python_oscs_bytes(pose: HumanoidPose) -> None:
    for datagram in VmcEncoder(Dialect(timings=True)).encode(pose, time_s=1 / 3):
        bundle = osc_bundle_builder.OscBundleBuilder(osc_bundle_builder.IMMEDIATELY)
        for timed in OscPacket(bytes(datagram)).messages:
            builder = OscMessageBuilder(timed.message.address)
            for value in timed.message.params:
                builder.add_arg(value)
            bundle.add_content(builder.build())
        assert bytes(datagram) == bundle.build().dgram


def test_sizes(pose: HumanoidPose) -> None:
    split = VmcEncoder(Dialect()).encode(pose, time_s=0)
    assert max(len(d) for d in split) <= 1400
    assert len(split) == 6
    assert len(VmcEncoder(Dialect(bundling=Bundling.FRAME)).encode(pose, time_s=0)) == 1
    single = VmcEncoder(Dialect(bundling=Bundling.NONE)).encode(pose, time_s=0)
    assert len(single) == 3 + 55 + 56 + 1


@pytest.mark.parametrize(
    ("naming", "arkit", "present", "absent"),
    [
        (Naming.VRM0, ArkitNaming.PASCAL, {"Joy", "A", "JawOpen"}, {"happy", "aa", "jawOpen"}),
        (Naming.VRM1, ArkitNaming.CAMEL, {"happy", "aa", "jawOpen"}, {"Joy", "A", "JawOpen"}),
        (Naming.BOTH, ArkitNaming.NONE, {"happy", "aa", "Joy", "A"}, {"JawOpen", "jawOpen"}),
    ],
)
def test_names(
    messages: Any, naming: Naming, arkit: ArkitNaming, present: set, absent: set
) -> None:
    got = messages(Dialect(naming=naming, arkit=arkit))
    names = [arguments[0] for address, arguments in got if address.endswith("/Val")]
    assert len(names) == len(set(names))
    assert present <= set(names)
    assert not absent & set(names)


def test_positions_none_hips_and_rest(messages: Any) -> None:
    def bones(positions: BonePositions) -> dict[str, list[float]]:
        got = messages(Dialect(bone_positions=positions))
        return {a[0]: a[1:4] for address, a in got if address.endswith("/Bone/Pos")}

    assert set(map(tuple, bones(BonePositions.NONE).values())) == {(0, 0, 0)}
    assert bones(BonePositions.HIPS)["Hips"] == [-0.25, np.float32(0.9), -0.5]
    assert bones(BonePositions.HIPS)["Spine"] == [0, 0, 0]
    rest = bones(BonePositions.REST)
    assert rest["Hips"] == [-0.25, np.float32(0.9), -0.5]
    # The left arm lies along the world's +X, which is Unity's -X.
    assert rest["LeftLowerArm"][0] < -0.2
    assert rest["RightLowerArm"][0] > 0.2
    assert bones(BonePositions.AUTO) == bones(BonePositions.HIPS)


def test_root_motion_moves_the_floor_part_to_the_root(messages: Any) -> None:
    got = messages(Dialect(root_motion=RootMotion.ROOT))
    assert got[2][1][1:4] == [-0.25, 0, -0.5]
    assert got[3][1][:4] == ["Hips", 0, np.float32(0.9), 0]


def test_flips(pose: HumanoidPose, messages: Any) -> None:
    got = messages(Dialect(flip_z=True))
    x, y, z, w = (float(value) for value in pose.rotations_xyzw[HumanBone.HEAD])
    head = next(a for _, a in got if a and a[0] == "Head")
    # A reflection of Z keeps the z of a rotation and turns the rest of its axis.
    assert head[4:] == [-x, y, -z, w]
    assert got[3][1][1:4] == [-0.25, np.float32(0.9), 0.5]


def test_raw_rotations_undo_the_rest_pose(pose: HumanoidPose, messages: Any) -> None:
    parent, local = (Rotation.random(55, random_state=seed) for seed in (5, 6))
    zeros = np.zeros((55, 3))
    rest = AvatarRest(zeros, zeros, local.as_quat(), parent.as_quat())
    got = messages(Dialect(rotations=RotationSpace.RAW), rest=rest)
    posed = Rotation.from_quat(pose.rotations_xyzw)
    for bone, (_, arguments) in zip(HumanBone, got[3:58], strict=True):
        x, y, z, w = arguments[4:]
        raw = Rotation.from_quat([x, -y, -z, w])
        # World rotation of the node = parent's rest * raw; it must be the pose times its rest.
        expected = posed[bone] * parent[bone] * local[bone]
        assert (parent[bone] * raw * expected.inv()).magnitude() < 1e-5


def test_raw_hips_are_where_their_node_puts_them(pose: HumanoidPose, messages: Any) -> None:
    turned = Rotation.from_euler("y", 90, degrees=True)
    above = np.array([0.1, 0.2, 0.3])  # the node that the hips hang from
    in_rest = np.array([0.0, 1.0, 0.0])
    offsets, raw_offsets = np.zeros((55, 3)), np.zeros((55, 3))
    offsets[HumanBone.HIPS] = in_rest
    raw_offsets[HumanBone.HIPS] = turned.inv().apply(in_rest - above)
    parent = np.tile(turned.as_quat(), (55, 1))
    rest = AvatarRest(offsets, raw_offsets, np.tile([0.0, 0.0, 0.0, 1.0], (55, 1)), parent)
    got = messages(Dialect(rotations=RotationSpace.RAW), rest=rest)
    x, y, z = got[3][1][1:4]
    np.testing.assert_allclose(above + turned.apply([-x, y, z]), pose.hips_m, atol=1e-6)


def test_timings(messages: Any) -> None:
    late = FrameTimes(capture_unix_ms=2**31 + 5, inference_ms=12.5, send_unix_ms=70)
    got = messages(Dialect(timings=True), times=late)
    assert got[-3:] == [
        ("/VMC/Thru/avatarbridge/capture", ["unix_ms", 5]),
        ("/VMC/Thru/avatarbridge/inference", ["ms", 12.5]),
        ("/VMC/Thru/avatarbridge/send", ["unix_ms", 70]),
    ]
