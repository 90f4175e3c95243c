"""The VMC sink on a real socket, and what it does when nobody or somebody odd is there."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from bridge.errors import SinkError
from bridge.sinks.listener import VmcListener
from bridge.sinks.settings import VmcSettings
from bridge.sinks.udp import parse_address
from bridge.sinks.vmc import VmcSink
from bridge.types import HumanoidPose, Moment, Stamp, TrackingState

NS = 1_000_000_000


@pytest.fixture
def moment() -> Callable[[float], Moment]:
    def make(time_s: float) -> Moment:
        stamp = Stamp(0, int(time_s * NS), "test")
        identity = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
        pose = HumanoidPose(stamp, np.zeros(3), identity, {"aa": 0.5}, TrackingState.HELD)
        return Moment(stamp, humanoid=pose)

    return make


@pytest.fixture
def listener() -> Iterator[VmcListener]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    receiver = VmcListener(port, host="127.0.0.1")
    receiver.port = port  # type: ignore[attr-defined]
    yield receiver
    receiver.close()


def drain(receiver: VmcListener) -> None:
    while receiver.poll(timeout_s=0.05):
        pass


def test_a_frame_arrives_whole(listener: VmcListener, moment: Callable[[float], Moment]) -> None:
    sink = VmcSink(VmcSettings(address=f"127.0.0.1:{listener.port}"))
    for i in range(5):
        sink.accept(moment(100.0 + i / 30))
    sink.accept(Moment(Stamp(0, 0, "no pose yet")))
    drain(listener)
    sink.close()
    sink.close()
    state = listener.state
    assert state.frames == 5
    assert len(state.bones) == 55
    assert state.expressions == {"A": 0.5}
    assert state.time_s == pytest.approx(4 / 30)
    assert state.tracking is False
    assert state.rejected == state.malformed == 0
    assert len(state.senders) == 1


def test_time_goes_on_when_a_recording_starts_again(
    listener: VmcListener, moment: Callable[[float], Moment]
) -> None:
    sink = VmcSink(VmcSettings(address=f"127.0.0.1:{listener.port}"))
    times: list[float | None] = []
    for time_s in (10.0, 10.5, 11.0, 10.0, 10.5):
        sink.accept(moment(time_s))
        drain(listener)
        times.append(listener.state.time_s)
    sink.close()
    assert times == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_nobody_listens_and_then_somebody_does(moment: Callable[[float], Moment]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = VmcSink(VmcSettings(address=f"127.0.0.1:{port}"))
    for i in range(10):
        sink.accept(moment(i / 30))
        time.sleep(0.005)
    assert sink.counters.refused > 0
    assert sink.receiver_absent
    receiver = VmcListener(port, host="127.0.0.1")
    for i in range(10, 20):
        sink.accept(moment(i / 30))
        drain(receiver)
    sink.close()
    assert receiver.state.frames >= 9
    receiver.close()


@pytest.mark.parametrize(("fps", "least", "most"), [(30, 30, 30), (60, 58, 61), (200, 50, 61)])
def test_rate_cap(
    listener: VmcListener, moment: Callable[[float], Moment], fps: int, least: int, most: int
) -> None:
    address = f"127.0.0.1:{listener.port}"
    sink = VmcSink(VmcSettings(address=address, max_rate_hz=60))
    rng = np.random.default_rng(0)
    for i in range(fps):
        sink.accept(moment(1 + i / fps + rng.uniform(-0.001, 0.001)))
        while listener.poll(timeout_s=0):
            pass
    drain(listener)
    sink.close()
    assert least <= listener.state.frames <= most


@pytest.mark.parametrize(
    "address", ["nowhere", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "a:b:1", ":39539", ""]
)
def test_addresses_that_cannot_be_read(address: str) -> None:
    with pytest.raises(SinkError, match=r"cannot be read; give HOST:PORT.*--vmc 127.0.0.1:39539"):
        parse_address(address)


def test_a_name_that_does_not_resolve_says_what_and_how() -> None:
    with pytest.raises(SinkError, match=r"no computer named 'nowhere.invalid'.*IP address"):
        VmcSink(VmcSettings(address="nowhere.invalid:39539"))


def test_addresses_that_can() -> None:
    assert parse_address("localhost:1") == ("localhost", 1)
    assert parse_address("[::1]:39539") == ("::1", 39539)


def test_ipv6_loopback(moment: Callable[[float], Moment]) -> None:
    try:
        probe = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    port = probe.getsockname()[1]
    sink = VmcSink(VmcSettings(address=f"[::1]:{port}"))
    sink.accept(moment(0))
    probe.settimeout(1)
    assert probe.recv(2000).startswith(b"#bundle")
    sink.close()
    probe.close()


def test_listener_takes_anything(listener: VmcListener) -> None:
    rng = np.random.default_rng(0)
    whole = b"#bundle\x00" + b"\x00" * 7 + b"\x01" + b"\x00\x00\x00\x10/VMC/Ext/T\x00\x00,f\x00\x00"
    for length in range(len(whole)):
        listener.accept(whole[:length], sender="x")
    for _ in range(300):
        listener.accept(rng.bytes(int(rng.integers(0, 200))), sender="x")
        listener.accept(b"#bundle\x00" + rng.bytes(int(rng.integers(0, 200))), sender="x")
    nested = b""
    for _ in range(3000):
        nested = b"#bundle\x00" + b"\x00" * 8 + len(nested).to_bytes(4, "big") + nested
    listener.accept(nested, sender="x")
    assert listener.state.frames == 0
    assert listener.state.rejected > 300


def test_a_taken_port_is_one_clear_line(listener: VmcListener) -> None:
    with pytest.raises(SinkError, match=rf"UDP port {listener.port} on 127.0.0.1 cannot be list"):
        VmcListener(listener.port, host="127.0.0.1")
    with pytest.raises(SinkError, match="port 0 is not one: 1–65535"):
        VmcListener(0)
