"""A VMC receiver that knows nothing of this project: a socket and python-osc."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket


@dataclass
class VmcFrame:
    bones: dict[str, tuple[float, ...]] = field(default_factory=dict)
    root: tuple[float, ...] | None = None
    values: dict[str, float] = field(default_factory=dict)
    time_s: float | None = None
    ok: tuple[int, ...] | None = None


class Receiver:
    """Collects datagrams until closed; ``frames`` groups messages by /VMC/Ext/Blend/Apply."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.datagrams: list[bytes] = []
        self._open = True
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self) -> None:
        while self._open:
            try:
                self.datagrams.append(self.socket.recv(65535))
            except TimeoutError:
                continue

    def close(self) -> None:
        self._open = False
        self._thread.join()
        self.socket.close()

    def messages(self) -> list[OscMessage]:
        return [m.message for d in self.datagrams for m in OscPacket(d).messages]

    def frames(self) -> list[VmcFrame]:
        frames: list[VmcFrame] = []
        frame = VmcFrame()
        for message in self.messages():
            values = list(message)
            if message.address == "/VMC/Ext/Bone/Pos":
                frame.bones[values[0]] = tuple(values[1:])
            elif message.address == "/VMC/Ext/Root/Pos":
                frame.root = tuple(values[1:])
            elif message.address == "/VMC/Ext/Blend/Val":
                frame.values[values[0]] = values[1]
            elif message.address == "/VMC/Ext/T":
                frame.time_s = values[0]
            elif message.address == "/VMC/Ext/OK":
                frame.ok = tuple(values)
            elif message.address == "/VMC/Ext/Blend/Apply":
                frames.append(frame)
                frame = VmcFrame()
        return frames


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def cli(repo_root: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``avatar-bridge`` as a user would, in its own process."""

    def run(*arguments: str, timeout_s: float = 110) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bridge", *arguments],
            cwd=repo_root,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    return run
