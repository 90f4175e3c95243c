"""Fetching models, against an HTTP server on this computer."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli import build_app
from bridge.errors import ModelError
from bridge.tracking.engine import catalogue, models
from bridge.tracking.engine.catalogue import FileState, PublishedModel
from bridge.tracking.engine.download import fetch

CONTENT = bytes(range(256)) * 2000


class Server:
    """Serves CONTENT at every path; the test says how well."""

    def __init__(self) -> None:
        self.ranges = True
        self.cut_after: int | None = None
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range", "")
                outer.requests.append(asked)
                if self.path == "/missing":
                    self.send_error(404)
                    return
                start = int(asked[6:-1]) if asked and outer.ranges else 0
                body = CONTENT[start:]
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: outer.cut_after])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    yield served
    served.http.shutdown()
    served.http.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "cache_folder", lambda: tmp_path)
    return tmp_path


def published(server: Server, *, sha256: str | None = None, path: str = "/m") -> PublishedModel:
    digest = sha256 or hashlib.sha256(CONTENT).hexdigest()
    return PublishedModel("m.tflite", server.url + path, len(CONTENT), digest, "tests")


def test_fetch_verifies_and_reports_progress(server: Server) -> None:
    model = published(server)
    steps: list[int] = []
    assert model.state() is FileState.MISSING
    path = fetch(model, on_progress=steps.append)
    assert path.read_bytes() == CONTENT
    assert steps == sorted(steps)
    assert steps[-1] == len(CONTENT)
    assert model.state() is FileState.RIGHT
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("ranges", [True, False])
def test_cut_download_goes_on_where_it_stopped(server: Server, ranges: bool) -> None:
    model = published(server)
    server.cut_after = 100_000
    with pytest.raises(ModelError, match="again to go on where it stopped"):
        fetch(model, on_progress=lambda _: None)
    assert not model.path.exists()
    server.cut_after, server.ranges = None, ranges
    assert fetch(model, on_progress=lambda _: None).read_bytes() == CONTENT
    assert server.requests[1] == "bytes=100000-"


def test_wrong_content_is_refused_and_deleted(server: Server) -> None:
    model = published(server, sha256="0" * 64)
    with pytest.raises(ModelError, match="not the file that was pinned"):
        fetch(model, on_progress=lambda _: None)
    assert list(model.path.parent.iterdir()) == []


def test_server_faults_are_one_clear_line(server: Server) -> None:
    with pytest.raises(ModelError, match=r"m.tflite could not be fetched from 127.*Not Found"):
        fetch(published(server, path="/missing"), on_progress=lambda _: None)


def test_unreachable_server_keeps_what_was_fetched(server: Server) -> None:
    model = published(server)
    server.cut_after = 100_000
    with pytest.raises(ModelError):
        fetch(model, on_progress=lambda _: None)
    with socket.socket() as taken:  # bound but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        away = replace(model, url=f"http://127.0.0.1:{taken.getsockname()[1]}/m")
        with pytest.raises(ModelError, match=r"m.tflite could not be fetched from 127.*refused"):
            fetch(away, on_progress=lambda _: None)
    server.cut_after = None
    steps: list[int] = []
    fetch(model, on_progress=steps.append)
    assert steps[0] == 100_000  # the progress bar goes on where it stopped
    assert model.state() is FileState.RIGHT


def test_longer_file_is_refused_without_filling_the_disk(server: Server) -> None:
    short = replace(published(server), size_bytes=1000)
    with pytest.raises(ModelError, match="not the file that was pinned"):
        fetch(short, on_progress=lambda _: None)
    assert list(short.path.parent.iterdir()) == []


def test_commands(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    model = published(server)
    monkeypatch.setattr(catalogue, "PUBLISHED_MODELS", (model,))
    run = CliRunner().invoke
    assert "not fetched" in run(build_app(), ["models", "list"]).output
    assert run(build_app(), ["models", "fetch"]).exit_code == 0
    assert "m.tflite: fetched" in run(build_app(), ["models", "verify"]).output
    model.path.write_bytes(b"damaged")
    result = run(build_app(), ["models", "verify"])
    assert result.exit_code == 1
    assert "models fetch m.tflite" in str(result.exception)
    assert run(build_app(), ["models", "fetch", "m.tflite"]).exit_code == 0
    assert model.state() is FileState.RIGHT
    unknown = run(build_app(), ["models", "fetch", "nose.tflite"])
    assert "unknown model nose.tflite; allowed: m.tflite" in str(unknown.exception)


def test_catalogue_pins_what_the_wheel_carries() -> None:
    pinned = {model.name: model for model in catalogue.PUBLISHED_MODELS}
    for name, folder in (
        ("pose_landmark_full.tflite", "pose_landmark"),
        ("pose_detection.tflite", "pose_detection"),
        ("hand_landmark_full.tflite", "hand_landmark"),
        ("hand_landmark_lite.tflite", "hand_landmark"),
        ("hand_recrop.tflite", "holistic_landmark"),
    ):
        path = models.wheel_model(f"{folder}/{name}")
        if path is None:
            pytest.skip("mediapipe is not installed")
        assert catalogue.file_sha256(path) == pinned[name].sha256
        assert path.stat().st_size == pinned[name].size_bytes
