"""Each preset's datagrams, read on a real socket with python-osc only."""

from __future__ import annotations

import socket
from typing import Any

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_packet import OscPacket

from bridge.sinks.settings import Receiver, VmcSettings
from bridge.sinks.vmc import VmcSink
from bridge.skeleton import ARKIT_NAMES, HumanBone, unity_bone_name
from bridge.types import HumanoidPose, Moment, Stamp, TrackingState

KEYS = ("happy", "aa", "blinkLeft", *ARKIT_NAMES)


def received(**settings: Any) -> list[bytes]:
    """The datagrams of one frame."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.3)
        port = receiver.getsockname()[1]
        sink = VmcSink(VmcSettings.model_validate({"address": f"127.0.0.1:{port}", **settings}))
        stamp = Stamp(0, 0, "test")
        identity = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
        weights = dict.fromkeys(KEYS, 0.5)
        pose = HumanoidPose(stamp, np.array([0.1, 0.9, 0.2]), identity, weights, TrackingState.LOST)
        sink.accept(Moment(stamp, humanoid=pose))
        sink.close()
        datagrams: list[bytes] = []
        while True:
            try:
                datagrams.append(receiver.recv(65536))
            except TimeoutError:
                return datagrams


def messages(datagrams: list[bytes]) -> list[tuple[str, list[Any]]]:
    return [
        (timed.message.address, list(timed.message.params))
        for datagram in datagrams
        for timed in OscPacket(datagram).messages
    ]


@pytest.mark.parametrize("receiver", list(Receiver))
def test_every_preset_sends_a_whole_frame(receiver: Receiver) -> None:
    got = messages(received(receiver=receiver))
    bones = [arguments[0] for address, arguments in got if address == "/VMC/Ext/Bone/Pos"]
    assert bones == [unity_bone_name(bone) for bone in HumanBone]
    names = {arguments[0] for address, arguments in got if address == "/VMC/Ext/Blend/Val"}
    assert {"Joy", "A", "Blink_L", "JawOpen"} <= names
    both = receiver in (Receiver.UNITY, Receiver.WARUDO)
    assert ({"happy", "aa", "blinkLeft"} <= names) is both
    assert got[0] == ("/VMC/Ext/OK", [1, 3, 0, 0])
    timed = [address for address, _ in got if address.startswith("/VMC/Thru/avatarbridge/")]
    assert len(timed) == (3 if receiver is Receiver.UNITY else 0)
    apply = [address for address, _ in got].index("/VMC/Ext/Blend/Apply")
    assert apply == len(got) - 1 - len(timed)


@pytest.mark.parametrize(
    "receiver", [Receiver.GENERIC, Receiver.UNITY, Receiver.WARUDO, Receiver.VMAGICMIRROR]
)
def test_split_bundles_fit_the_network(receiver: Receiver) -> None:
    datagrams = received(receiver=receiver)
    assert len(datagrams) > 1
    assert all(len(datagram) <= 1400 for datagram in datagrams)
    assert all(OscBundle.dgram_is_bundle(datagram) for datagram in datagrams)


def test_one_bundle_and_no_bundles() -> None:
    (whole,) = received(receiver=Receiver.VSEEFACE)
    assert OscBundle.dgram_is_bundle(whole)
    assert len(whole) > 4000
    single = received(receiver=Receiver.VNYAN)
    assert len(single) == 3 + 55 + len(KEYS) + 1
    assert not any(OscBundle.dgram_is_bundle(datagram) for datagram in single)


def test_what_is_set_by_hand_goes_before_the_preset() -> None:
    got = messages(
        received(receiver="vseeface", bundling="split", naming="vrm1", arkit="camel", flip_z=True)
    )
    names = {arguments[0] for address, arguments in got if address == "/VMC/Ext/Blend/Val"}
    assert names == set(KEYS)
    hips = next(arguments for _, arguments in got if arguments and arguments[0] == "Hips")
    assert hips[1:4] == pytest.approx([-0.1, 0.9, -0.2])
