"""A run that the page steers: what a change of settings rebuilds, and what it leaves alone."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_bundle import OscBundle

from bridge import assembly
from bridge.errors import ConfigError
from bridge.server.session import LiveSession
from bridge.server.settings_store import SettingsStore

WAIT_S = 30.0


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for one in made:
        one.bind(("127.0.0.1", 0))
        one.settimeout(WAIT_S)
    yield made
    for one in made:
        one.close()


def place(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every source that is opened."""
    specs: list[str] = []
    really = assembly.open_source

    def open_source(spec: str, **rest: Any) -> Any:
        specs.append(spec)
        return really(spec, **rest)

    monkeypatch.setattr(assembly, "open_source", open_source)
    return specs


@pytest.fixture
def session(
    repo_root: Path, tmp_path: Path, listeners: list[socket.socket], opened: list[str]
) -> Iterator[LiveSession]:
    file = tmp_path / "mine.toml"
    file.write_text(
        f'[source]\nspec = "{repo_root / "bridge/assets/demo.mcap"}"\nloop = true\n'
        f'[vmc]\naddress = "{place(listeners[0])}"\n'
    )
    running = LiveSession(SettingsStore(file, overrides={}), realtime=True)
    thread = threading.Thread(target=running.run)
    thread.start()
    listeners[0].recv(65_535)  # it runs
    yield running
    running.stop()
    thread.join(WAIT_S)
    assert not thread.is_alive()


def until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited too long"
        time.sleep(0.02)


def silent(listener: socket.socket) -> bool:
    listener.settimeout(0.5)
    try:
        listener.recv(65_535)
    except TimeoutError:
        return True
    finally:
        listener.settimeout(WAIT_S)
    return False


def test_receivers_come_and_go_while_the_source_plays_on(
    session: LiveSession, listeners: list[socket.socket], opened: list[str]
) -> None:
    first, second, third = listeners
    session.change(["receivers", "0"], {"address": place(second)})
    assert OscBundle.dgram_is_bundle(second.recv(65_535))
    session.change(["receivers", "0", "address"], place(third))
    third.recv(65_535)
    until(lambda: silent(second))
    session.change(["output", "rate_hz"], 60.0)
    assert sends_steadily()
    third.recv(65_535)
    session.reset(["output", "rate_hz"])
    assert not sends_steadily()
    session.reset(["receivers", "0"])
    until(lambda: silent(third))
    first.recv(65_535)
    assert len(opened) == 1
    session.change(["source", "loop"], False)
    until(lambda: len(opened) == 2)


def sends_steadily() -> bool:
    return any(thread.name == "steady rate" for thread in threading.enumerate())


def drained(listener: socket.socket) -> bool:
    listener.setblocking(False)
    try:
        listener.recv(65_535)
    except BlockingIOError:
        return True
    finally:
        listener.settimeout(WAIT_S)
    return False


def test_receiver_that_cannot_be_opened_is_refused_and_the_others_go_on(
    session: LiveSession, listeners: list[socket.socket], opened: list[str]
) -> None:
    before = session.settings()
    for path, value in (
        (["receivers", "0"], {"address": "nowhere.invalid:39540"}),
        (["vmc", "address"], "nowhere.invalid:39540"),
    ):
        with pytest.raises(ConfigError, match=r"no computer named 'nowhere.invalid' is found"):
            session.change(path, value)
    assert session.settings() == before
    assert not session.unsaved()
    while not drained(listeners[0]):
        pass
    listeners[0].recv(65_535)
    session.change(["receivers", "0"], {"address": place(listeners[1])})
    listeners[1].recv(65_535)
    assert len(opened) == 1
