"""The page's server over real sockets: who is let in, what is served, and who gets which pose."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from bridge.config import Config
from bridge.errors import ConfigError
from bridge.metrics import Metrics, Snapshot
from bridge.server.control import ControlError
from bridge.server.messages import Session
from bridge.server.thread import PageServer
from bridge.sinks.preview import PreviewSink
from bridge.sinks.preview_frame import FRAME_BYTES
from bridge.sinks.preview_settings import PageSettings
from bridge.skeleton import HUMAN_BONE_COUNT
from bridge.types import HumanoidPose, Moment, Stamp, TrackingState


class FakeControl:
    """A program that remembers what it was asked."""

    def __init__(self) -> None:
        self.changes: list[tuple[tuple[str, ...], Any]] = []

    def snapshot(self) -> Snapshot:
        return Metrics().snapshot()

    def hips_height_m(self) -> float:
        return 0.95

    def receiver(self) -> str:
        return "127.0.0.1:39539"

    def recording(self) -> str | None:
        return None

    def settings(self) -> dict[str, Any]:
        return Config().model_dump(mode="json")

    def settings_file(self) -> str:
        return "me.toml"

    def unsaved(self) -> bool:
        return bool(self.changes)

    def change(self, path: Sequence[str], value: Any) -> None:
        if path[0] == "nothing":
            raise ConfigError("page: nothing: unknown key")
        self.changes.append((tuple(path), value))

    def reset(self, path: Sequence[str]) -> None: ...

    def save(self) -> None: ...

    def session(self) -> Session:
        return Session(held={}, calibrating=None, timeline=None)

    def hold(self, expression: str, value: float | None) -> None: ...

    def announce_calibration(self, kind: str, *, seconds: float) -> None: ...

    def calibrate(self, kind: str) -> str:
        raise ControlError(f"nobody is in view for {kind}")

    def start_recording(self, name: str) -> str:
        return name

    def stop_recording(self) -> str:
        raise ControlError("nothing is being recorded")

    def recordings(self) -> list[str]:
        return []

    def play(self, name: str) -> None: ...

    def transport(self, *, paused: bool | None, position_s: float | None) -> None: ...


@pytest.fixture
def preview() -> PreviewSink:
    return PreviewSink()


@pytest.fixture
def control() -> FakeControl:
    return FakeControl()


@pytest.fixture
def server(preview: PreviewSink, control: FakeControl) -> Iterator[PageServer]:
    running = PageServer(PageSettings(port=0), control, preview)
    running.start()
    yield running
    running.stop()


def port_of(server: PageServer) -> int:
    return int(server.url.split(":")[2].split("/")[0])


def request(
    server: PageServer, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def join(server: PageServer, **options: Any) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port_of(server)}/socket", compression=None, **options)


def moment(sequence: int) -> Moment:
    rotations = np.tile(np.array([0, 0, 0, 1], np.float32), (HUMAN_BONE_COUNT, 1))
    stamp = Stamp(sequence, sequence * 1_000_000, "test")
    pose = HumanoidPose(stamp, np.zeros(3, np.float32), rotations, {}, TrackingState.TRACKED)
    return Moment(stamp, humanoid=pose)


def next_frame(client: ClientConnection) -> int:
    while True:
        data = client.recv(timeout=5)
        if isinstance(data, bytes):
            assert len(data) == FRAME_BYTES
            return int.from_bytes(data[4:8], "little")


def test_foreign_host_and_origin_are_refused(server: PageServer) -> None:
    assert request(server, "GET", "/api/settings")[0] == 200
    assert request(server, "GET", "/api/settings", Host="evil.example")[0] == 421
    assert request(server, "GET", "/api/settings", Origin="http://evil.example")[0] == 403
    assert request(server, "GET", "/api/settings", Origin="null")[0] == 403
    assert request(server, "GET", "/api/settings", Sec_Fetch_Site="cross-site")[0] == 403
    own = f"http://127.0.0.1:{port_of(server)}"
    assert request(server, "GET", "/api/settings", Origin=own)[0] == 200
    assert server.refusals.counts["foreign Origin"] == 2


def test_foreign_origin_is_refused_on_the_socket(server: PageServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        join(server, origin="http://evil.example")
    assert refused.value.response.status_code == 403
    with join(server, origin=f"http://127.0.0.1:{port_of(server)}") as client:
        assert json.loads(client.recv(timeout=5))["type"] == "hello"


def test_headers_keep_the_page_to_itself(server: PageServer) -> None:
    _, headers, _ = request(server, "GET", "/api/settings")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_no_path_leaves_the_served_folders(server: PageServer) -> None:
    for path in (
        "/../pyproject.toml", "/assets/../../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd",
        "/avatars/../README.md", "/avatars/..%2fREADME.md", "/avatars/%2Fetc%2Fpasswd",
        "//etc/passwd", "/assets/%00", "/avatars/README.md",
    ):  # fmt: skip
        status, _, body = request(server, "GET", path)
        assert status in (404, 503), path
        assert b"root:" not in body
        assert b"[project]" not in body
    status, _, body = request(server, "GET", "/avatars/default.vrm")
    assert status == 200
    assert body[:4] == b"glTF"


def test_only_real_files_of_the_avatar_folder(tmp_path: Path) -> None:
    from bridge.server.files import avatars

    (tmp_path / "mine.vrm").write_bytes(b"glTF")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "link.vrm").symlink_to("/etc/passwd")
    assert set(avatars(str(tmp_path))) == {"default.vrm", "mine.vrm"}


def test_large_bodies_are_refused(server: PageServer, control: FakeControl) -> None:
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=5) as raw:
        raw.sendall(
            b"PATCH /api/settings HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
        )
        assert b" 413 " in raw.recv(200)
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=5) as raw:
        raw.sendall(
            b"PATCH /api/settings HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        raw.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n8\r\n12345678\r\n")
        assert b" 400 " in raw.recv(200)
    assert control.changes == []
    assert request(server, "GET", "/api/settings")[0] == 200


def test_settings_are_changed_and_faults_explained(
    server: PageServer, control: FakeControl
) -> None:
    def patch(body: Any) -> tuple[int, bytes]:
        data = json.dumps(body).encode()
        kind = "application/json"
        status, _, text = request(server, "PATCH", "/api/settings", data, Content_Type=kind)
        return status, text

    assert patch({"path": ["retarget", "mirror"], "value": False})[0] == 200
    assert control.changes == [(("retarget", "mirror"), False)]
    status, text = patch({"path": ["nothing"], "value": 1})
    assert status == 422
    assert b"unknown key" in text
    for wrong in ({}, {"path": [], "value": 1}, {"path": ["a"] * 9, "value": 1}, [1], "x"):
        assert patch(wrong)[0] == 422
    status, _, text = request(server, "POST", "/api/calibration/body")
    assert status == 409
    assert b"nobody is in view" in text


def test_clients_get_the_newest_pose(server: PageServer, preview: PreviewSink) -> None:
    with join(server) as first, join(server) as second:
        for client in (first, second):
            assert json.loads(client.recv(timeout=5))["type"] == "hello"
        while server.clients < 2:
            time.sleep(0.01)
        for sequence in (1, 2, 3):
            preview.accept(moment(sequence))
            assert next_frame(first) == sequence
            assert next_frame(second) == sequence


def test_slow_client_neither_slows_the_rest_nor_piles_up(
    server: PageServer, preview: PreviewSink
) -> None:
    slow = socket.create_connection(("127.0.0.1", port_of(server)))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    slow.sendall(
        b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n\r\n"
    )
    with slow, join(server) as quick:
        while server.clients < 2:
            time.sleep(0.01)
        stop = threading.Event()

        def pump() -> None:
            sequence = 0
            while not stop.is_set():
                sequence += 1
                preview.accept(moment(sequence))
                time.sleep(0.001)

        pumping = threading.Thread(target=pump)
        pumping.start()
        try:
            seen = [next_frame(quick) for _ in range(300)]
        finally:
            stop.set()
            pumping.join()
        assert seen == sorted(seen)
        preview.accept(moment(999_999))
        deadline_s = time.monotonic() + 5
        while next_frame(quick) != 999_999:
            assert time.monotonic() < deadline_s


def test_malformed_messages_are_counted_and_survived(
    server: PageServer, preview: PreviewSink, caplog: pytest.LogCaptureFixture
) -> None:
    random = np.random.default_rng(3)
    with caplog.at_level(logging.WARNING), join(server) as client:
        client.recv(timeout=5)
        texts = ["", "{", "null", "[]", '{"type":"watch"}', '{"type":"watch","picture":"\\ud800"}']
        texts += ['{"type":"watch","picture":true,"extra":1}', "9" * 4000, "[" * 2000]
        for text in texts:
            client.send(text)
        for _ in range(50):
            client.send(random.bytes(int(random.integers(0, 200))))
        client.send('{"type":"watch","picture":false}')
        preview.accept(moment(5))
        assert next_frame(client) == 5
    assert server.refusals.counts["malformed message on the socket"] == len(texts)
    assert server.refusals.counts["binary message on the socket"] == 50
    logged = [record for record in caplog.records if "malformed" in record.getMessage()]
    assert len(logged) == 1


def test_oversized_message_ends_only_its_own_connection(
    server: PageServer, preview: PreviewSink
) -> None:
    with join(server) as good, join(server) as bad:
        bad.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            next_frame(bad)
        preview.accept(moment(8))
        assert next_frame(good) == 8


def test_token_is_needed_beyond_this_machine(preview: PreviewSink, control: FakeControl) -> None:
    running = PageServer(PageSettings(host="0.0.0.0", port=0), control, preview)
    running.start()
    try:
        token = running.url.split("token=")[1]
        assert request(running, "GET", "/api/settings")[0] == 401
        assert request(running, "GET", "/api/settings?token=wrong")[0] == 401
        status, headers, _ = request(running, "GET", f"/api/settings?token={token}")
        assert status == 200
        cookie = headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        pair = cookie.split(";")[0]
        assert request(running, "GET", "/api/settings", Cookie=pair)[0] == 200
        bearer = f"Bearer {token}"
        assert request(running, "GET", "/api/settings", Authorization=bearer)[0] == 200
        with pytest.raises(InvalidStatus):
            join(running)
        with join(running, additional_headers={"Cookie": pair}) as client:
            assert json.loads(client.recv(timeout=5))["type"] == "hello"
    finally:
        running.stop()


def test_taken_port_is_left_for_the_next(preview: PreviewSink, control: FakeControl) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = PageServer(PageSettings(port=min(port, 65000)), control, preview)
        running.start()
        try:
            assert port_of(running) != port
        finally:
            running.stop()
