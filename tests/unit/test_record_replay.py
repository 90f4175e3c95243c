"""``record`` and ``replay`` from end to end, into a socket of the test's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from bridge.cli import build_app
from bridge.errors import BridgeError, SinkError
from bridge.recording.writer import RecordingWriter
from bridge.resources import demo_recording
from bridge.sources.recording import RecordingSource
from bridge.types import Observation

COUNT = 30


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), list(arguments))


@pytest.fixture
def recording(tmp_path: Path, observe_pose: Callable[..., Observation]) -> Path:
    path = tmp_path / "take.mcap"
    writer = RecordingWriter(path)
    for index in range(COUNT):
        still = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
        still[16, 2:] = np.sin(index / 40), np.cos(index / 40)  # an arm goes up
        writer.write(observe_pose(still, sequence=index, place_m=(0.0, 0.9, -3.0)))
    writer.close()
    return path


class Listener:
    """Collects datagrams until ``stop``."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.datagrams: list[bytes] = []
        self.finished = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        while True:
            try:
                self.datagrams.append(self.socket.recv(65536))
            except TimeoutError:
                if self.finished.is_set():
                    return

    def stop(self) -> list[bytes]:
        self.finished.set()
        self.thread.join()
        self.socket.close()
        return self.datagrams


@pytest.fixture
def listeners() -> Iterator[Callable[[], Listener]]:
    made: list[Listener] = []

    def make() -> Listener:
        made.append(Listener())
        return made[-1]

    yield make
    for listener in made:
        listener.stop()


def test_replay_gives_the_same_bytes_each_time(
    recording: Path, listeners: Callable[[], Listener]
) -> None:
    takes = []
    for _ in range(2):
        listener = listeners()
        result = invoke(
            "replay", str(recording), "--vmc", listener.address, "--as-fast-as-possible"
        )
        assert result.exit_code == 0, result.output
        takes.append(listener.stop())
    assert len(takes[0]) >= COUNT
    assert takes[0] == takes[1]


def test_record_then_replay_every_level(
    recording: Path, tmp_path: Path, listeners: Callable[[], Listener]
) -> None:
    again = tmp_path / "again.mcap"
    result = invoke("record", str(again), "--source", str(recording))
    assert result.exit_code == 0, result.output
    with RecordingSource(again) as source:
        assert source.info.length == COUNT
    sent = {}
    for level in ("observation", "actor", "humanoid"):
        listener = listeners()
        arguments = ["replay", str(again), "--vmc", listener.address, "--level", level]
        result = invoke(*arguments, "--as-fast-as-possible", "--seek", "0.5")
        assert result.exit_code == 0, result.output
        sent[level] = listener.stop()
    assert len(sent["observation"]) == len(sent["actor"]) == len(sent["humanoid"]) > COUNT // 2


def test_replay_repeats_and_keeps_time(recording: Path, listeners: Callable[[], Listener]) -> None:
    listener = listeners()
    arguments = ["replay", str(recording), "--vmc", listener.address, "--loop", "--speed", "4"]
    result = invoke(*arguments, "--frames", str(2 * COUNT), "--level", "actor")
    assert isinstance(result.exception, BridgeError)  # it holds landmarks only
    result = invoke(*arguments, "--frames", str(2 * COUNT))
    assert result.exit_code == 0, result.output
    assert len(listener.stop()) >= 2 * COUNT


def test_faults(recording: Path, tmp_path: Path) -> None:
    result = invoke("record", str(recording), "--source", str(recording))
    assert isinstance(result.exception, SinkError)
    assert "exists already" in str(result.exception)
    result = invoke("record", str(tmp_path / "a.npz"), "--source", str(recording))
    assert "ends in .mcap" in str(result.exception)
    result = invoke("replay", str(recording), "--level", "humanoid")
    assert "holds no humanoid" in str(result.exception)


def test_bundled_recording_shows_face_hands_and_body() -> None:
    path = demo_recording()
    assert path.stat().st_size < 2_000_000
    assert (path.parent / "README.md").is_file()
    with RecordingSource(path) as source:
        seen = [source.read() for _ in range(source.info.length or 0)]
    observations = [item for item in seen if isinstance(item, Observation)]
    assert len(observations) == len(seen) > 200
    for part in ("body", "face", "right_hand"):
        assert sum(getattr(item, part) is not None for item in observations) > 60
