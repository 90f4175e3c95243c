"""``avatar-bridge monitor`` from the outside."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bridge.cli import monitor
from bridge.errors import SinkError
from bridge.sinks.settings import VmcSettings
from bridge.sinks.vmc import VmcSink
from bridge.types import HumanoidPose, Moment, Stamp, TrackingState


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    monitor.register(app)
    return app


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def stream(free_port: int) -> Iterator[Callable[[], None]]:
    """Start to send frames to the free port until the test ends."""
    stop = threading.Event()
    sink = VmcSink(VmcSettings(address=f"127.0.0.1:{free_port}"))

    def send() -> None:
        i = 0
        while not stop.wait(0.01):
            stamp = Stamp(i, i * 10_000_000, "test")
            identity = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
            weights = {"aa": 0.5, "jawOpen": 0.25}
            state = TrackingState.TRACKED
            pose = HumanoidPose(stamp, np.array([0, 0.9, 0]), identity, weights, state)
            sink.accept(Moment(stamp, humanoid=pose))
            i += 1

    thread = threading.Thread(target=send)
    yield thread.start
    stop.set()
    thread.join()
    sink.close()


def test_once_json(app: typer.Typer, free_port: int, stream: Callable[[], None]) -> None:
    stream()
    result = CliRunner().invoke(app, ["monitor", "--port", str(free_port), "--once", "5", "--json"])
    assert result.exit_code == 0, result.output
    seen = json.loads(result.output)
    assert seen["frames"] >= 5
    assert len(seen["bones"]) == 55
    assert seen["expressions"] == {"A": 0.5, "JawOpen": 0.25}
    assert seen["tracking"] is True
    assert seen["rejected"] == 0


def test_once_as_text(app: typer.Typer, free_port: int, stream: Callable[[], None]) -> None:
    stream()
    result = CliRunner().invoke(app, ["monitor", "--port", str(free_port), "--once", "3"])
    assert result.exit_code == 0, result.output
    assert "LeftUpperArm" in result.output
    assert "JawOpen" in result.output
    assert "tracking" in result.output


def test_once_gives_up(app: typer.Typer, free_port: int) -> None:
    command = ["monitor", "--port", str(free_port), "--once", "1", "--timeout", "0.2"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "nobody yet" in result.output


def test_port_in_use(app: typer.Typer, free_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", free_port))
        result = CliRunner().invoke(app, ["monitor", "--port", str(free_port)])
    assert isinstance(result.exception, SinkError)
    assert "another receiver may have it" in str(result.exception)
